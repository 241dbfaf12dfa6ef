package train_test

import (
	"testing"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
	"noise2sparse/train"
)

// rules is a configuration of each Top-K rule for 16 neurons.
func rules() map[string]model.TopKConfig {
	n, epochs, threshold, logK, rate, kappa, window := 4, 3, 60.0, 1.2, 0.05, 5.0, 0.3
	configs := map[string]model.TopKConfig{}
	for _, name := range model.TopKs.Names() {
		c := model.TopKConfig{Kind: name, Blocks: 1}
		switch name {
		case "learn_k_sigmoid":
			c.InitialK, c.Window, c.LR = &kappa, &window, &rate
		case "learn_k_reinforce", "learn_k_score_function":
			c.InitialLogK, c.LR = &logK, &rate
		case "gaba_switch_act", "gaba_switch_act_bin", "gaba_switch_grad":
			c.K, c.SwitchThreshold = &n, &threshold
		case "flat_mask", "flat_subtract":
			c.K = &n
		default:
			c.K, c.TransitionEpochs = &n, &epochs
		}
		configs[name] = c
	}
	return configs
}

// withRule is a small SDM with every norm and the rule.
func withRule(c model.TopKConfig) train.Config {
	cfg := withOptimizer("adam")
	cfg.Model.Kind, cfg.Model.Hidden, cfg.Model.Activation, cfg.TopK = "sdm", []int{16}, "relu", c
	cfg.Model.SDM = model.SDMConfig{NormalizeAddresses: true, NormalizeOutputRows: true, NormalizeActivations: true, LearnAddresses: true}
	return cfg
}

// With every rule, a run that is cut off twice and resumed is the same, bit for bit, as one in a piece.
func TestEveryTopKRuleResumes(t *testing.T) {
	d := samples(t, 160, 16)
	for name, rule := range rules() {
		t.Run(name, func(t *testing.T) {
			c := withRule(rule)
			var ps problem.List
			if c.TopK.Check(&ps, &c.Model); ps.Err() != nil {
				t.Fatal(ps.Err())
			}
			whole := runIn(t, t.TempDir()+"/whole", c, d, 0)
			dir := t.TempDir() + "/cut"
			for _, stop := range []int{3, 11} {
				if cut := runIn(t, dir, c, d, stop); cut.Manifest.Step != uint64(stop) {
					t.Fatalf("cut off after %d steps, not %d", cut.Manifest.Step, stop)
				}
			}
			resumed := runIn(t, dir, c, d, 0)
			sameTensors(t, resumed.Model, whole.Model)
			sameTensors(t, resumed.Optimizer, whole.Optimizer)
		})
	}
}

// No rule allocates in a step.
func TestNoTopKRuleAllocates(t *testing.T) {
	for name, rule := range rules() {
		t.Run(name, func(t *testing.T) {
			b, err := compute.Open("cpu", compute.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			e, err := train.NewEngine(b, withRule(rule), samples(t, 8*32+4, 40), train.Replace{})
			if err != nil {
				t.Fatal(err)
			}
			e.BeginEpoch(0, 0)
			e.Steps(0, 1) // scratch memory is made by the first selections
			step := 1
			allocations := testing.AllocsPerRun(e.StepsPerEpoch()-2, func() {
				e.Steps(step, 1)
				step++
			})
			if err := b.Sync(); err != nil || allocations != 0 {
				t.Errorf("%v allocations per step (%v)", allocations, err)
			}
		})
	}
}
