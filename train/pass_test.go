package train

import (
	"slices"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/model"
)

// ends is a backend that counts the batches and losses that are one operation each.
type ends struct {
	compute.Backend
	batches, losses int
}

func (b *ends) TakeBatch(t compute.Batch) {
	b.batches++
	compute.TakeBatchComposed(b.Backend, t)
}

func (b *ends) OutputMSE(total compute.Tensor, o compute.Output, target compute.Tensor, scale, share float64) {
	b.losses++
	compute.OutputMSEComposed(b.Backend, total, o, target, scale, share)
}

func (b *ends) OutputCrossEntropy(total, correct compute.Tensor, o compute.Output, labels, all, index compute.Tensor, scale float64) {
	b.losses++
	compute.OutputCrossEntropyComposed(b.Backend, total, correct, o, labels, all, index, scale)
}

// hostOrder takes the first samples, whatever the step.
type hostOrder struct{ b compute.Backend }

func (o hostOrder) Batch(index compute.Tensor) { o.b.Upload(index, rawBytes(iota32(index.Len()))) }

// endVariants are networks with different ends.
var endVariants = map[string]func(c *Config){
	"plain":           func(*Config) {},
	"without a bias":  func(c *Config) { c.Model.OutputBias = false },
	"tied":            func(c *Config) { c.Model.Hidden, c.Model.TiedWeights = []int{9}, true },
	"without noise":   func(c *Config) { zero := 0.0; c.Noise.Sigma = &zero },
	"projected first": func(c *Config) { c.Model.Projection = "before_noise" },
	"projected after": func(c *Config) { c.Model.Projection = "after_noise" },
	"penalised":       func(c *Config) { c.Regularization = RegularizationConfig{L2: 0.1, ActivationL1: 0.1} },
	"a memory": func(c *Config) {
		c.Model = model.Config{Kind: "attention", Activation: "relu", Attention: model.AttentionConfig{Beta: 2}}
	},
	"with every metric": func(c *Config) { c.Metrics.Extra = all() },
	"distributed memory": func(c *Config) {
		k := 3
		c.Model.Kind, c.Model.Hidden, c.TopK = "sdm", []int{9}, model.TopKConfig{Kind: "flat_mask", K: &k, Blocks: 1}
		c.Model.SDM = model.SDMConfig{PositiveWeights: true, NormalizeAddresses: true, LearnAddresses: true}
	},
	"normalised": func(c *Config) {
		c.Model.InputNormalization = &model.NormalizationConfig{Mean: []float64{0.4}, Std: []float64{0.2}, Target: "normalized"}
	},
	"classified": func(c *Config) { c.Task = taskClassification },
}

func endsEngine(t *testing.T, change func(c *Config), replace func(b compute.Backend) Replace) (*Engine, *ends) {
	t.Helper()
	cpu, err := compute.Open("cpu", compute.Options{Float: compute.Float64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cpu.Close() })
	b := &ends{Backend: cpu}
	sigma := 0.5
	c := smallConfig(func(c *Config) { c.Noise.Sigma = &sigma; change(c) })
	d := &data.Dataset{Name: "test", Train: data.Split{X: grains(t, 20)}, Val: data.Split{X: grains(t, 10)}}
	if c.Task == taskClassification {
		d.Classes, d.Train.Labels, d.Val.Labels = 4, make([]int32, 20), make([]int32, 10)
		for i := range d.Train.Labels {
			d.Train.Labels[i], d.Val.Labels[i/2] = int32(i%4), int32(i%3)
		}
	}
	e, err := NewEngine(b, c, d, replace(cpu))
	if err != nil {
		t.Fatal(err)
	}
	return e, b
}

func nothingReplaced(compute.Backend) Replace { return Replace{} }

// TestEndsAreTheNetworksOwn: a step that does a network's first and last operations together with the
// batch and the loss computes, to the bit, what the network's own Forward and Backward do.
func TestEndsAreTheNetworksOwn(t *testing.T) {
	for name, change := range endVariants {
		t.Run(name, func(t *testing.T) {
			var got [2][][]float64
			for i := range got {
				e, _ := endsEngine(t, change, nothingReplaced)
				if i == 1 {
					e.core = model.CoreOf(struct{ model.Network }{e.Net}) // hides what the network can leave to others
				}
				e.BeginEpoch(0, 0)
				e.Steps(0, 3) // two whole batches and a smaller one
				e.Evaluate(0)
				got[i] = [][]float64{numbers(e, e.Net.Params().Values), numbers(e, e.sums.epoch), numbers(e, e.sums.val), numbers(e, e.out)}
				for _, x := range e.extras {
					for _, s := range x.buffers(model.Train) {
						got[i] = append(got[i], numbers(e, s.Tensor))
					}
				}
			}
			for k := range got[0] {
				if !slices.Equal(got[0][k], got[1][k]) {
					t.Errorf("result %d is %v, by the network alone %v", k, got[0][k], got[1][k])
				}
			}
		})
	}
}

// TestWhatIsFused: batches are one operation where order and noise are a real run's and nothing lies
// between; losses always are.
func TestWhatIsFused(t *testing.T) {
	none := func(*Config) {}
	for name, c := range map[string]struct {
		change  func(c *Config)
		replace func(b compute.Backend) Replace
		batches int
	}{
		"a real run":       {none, nothingReplaced, 3},
		"silent noise":     {func(c *Config) { zero := 0.0; c.Noise.Sigma = &zero }, nothingReplaced, 3},
		"projection first": {func(c *Config) { c.Model.Projection = "before_noise" }, nothingReplaced, 3},
		"recorded order":   {none, func(b compute.Backend) Replace { return Replace{Order: hostOrder{b}} }, 0},
		"recorded noise": {none, func(b compute.Backend) Replace {
			return Replace{Noise: &hostNoise{b}}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e, b := endsEngine(t, c.change, c.replace)
			e.BeginEpoch(0, 0)
			e.Steps(0, 3)
			if b.batches != c.batches || b.losses != 3 {
				t.Errorf("3 steps took %d batches and %d losses as one operation, want %d and 3", b.batches, b.losses, c.batches)
			}
			e.Evaluate(0)
			if b.losses != 5 {
				t.Errorf("with 2 steps of an evaluation, %d losses, want 5", b.losses)
			}
		})
	}
}

// hostNoise adds nothing, by way of the host.
type hostNoise struct{ b compute.Backend }

func (*hostNoise) On(model.Mode) bool                          { return true }
func (n *hostNoise) Add(dst, src compute.Tensor, _ model.Mode) { n.b.Copy(dst, src) }
