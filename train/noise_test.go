package train

import (
	"math"
	"testing"

	"noise2sparse/model"
)

// meanNoise is the mean distance of what the first layer saw in the last step from the clean inputs.
func meanNoise(e *Engine) float64 {
	var sum float64
	in, clean := numbers(e, e.Net.Hidden()[0].Input()), numbers(e, e.x)
	for i, v := range in {
		sum += math.Abs(v - clean[i])
	}
	return sum / float64(len(in))
}

// TestNoiseOfEpochs: an epoch has its amount of noise, whether it begins or goes on after a resume;
// noise of every kind can be off, in validation too, and come back.
func TestNoiseOfEpochs(t *testing.T) {
	pointer := func(v float64) *float64 { return &v }
	one, three := 1, 3
	for _, c := range []struct {
		name  string
		noise model.NoiseConfig
		want  []float64 // mean |noise| of each epoch, for a run of many draws
	}{
		{"exponential, off", model.NoiseConfig{Kind: "exponential", Rate: pointer(2), OffAfterEpochs: &one, InEvaluation: true}, []float64{0.5, 0, 0}},
		{"laplace, annealed and off", model.NoiseConfig{Kind: "laplace", Scale: pointer(2), OffAfterEpochs: &three, InEvaluation: true, Anneal: &model.AnnealConfig{Epochs: 1, Terminal: 1, StopAtTerminal: true}}, []float64{2, 2, 1, 0}},
		{"gaussian, from nothing", model.NoiseConfig{Kind: "gaussian", InEvaluation: true, Anneal: &model.AnnealConfig{Epochs: 1, Terminal: 1, StopAtTerminal: true}}, []float64{0, 0, 0.8, 0.8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e *Engine
			var seen []float64 // of the epoch's steps
			look := func() { seen = append(seen, meanNoise(e)) }
			e = smallEngine(t, smallConfig(func(cfg *Config) { cfg.Noise = c.noise }), Hooks{AfterStep: look, AfterEvalStep: look})
			check := func(what string, epoch int) {
				t.Helper()
				got, want := 0.0, c.want[epoch]
				for _, mean := range seen {
					got += mean / float64(len(seen))
				}
				if len(seen) == 0 || math.Abs(got-want) > 0.3*want {
					t.Errorf("epoch %d, %s, %d batches: mean |noise| is %v, want about %v", epoch, what, len(seen), got, want)
				}
				seen = nil
			}
			for epoch := range c.want {
				e.BeginEpoch(epoch, uint64(3*epoch))
				e.Steps(0, 3)
				check("training", epoch)
				e.Evaluate(epoch)
				check("validation", epoch)
			}
			for _, epoch := range []int{0, len(c.want) - 1} {
				resumed := smallEngine(t, smallConfig(func(cfg *Config) { cfg.Noise = c.noise }), Hooks{AfterStep: look})
				e = resumed
				e.Continue(epoch, uint64(3*epoch))
				e.Steps(1, 2)
				check("resumed", epoch)
			}
		})
	}
}
