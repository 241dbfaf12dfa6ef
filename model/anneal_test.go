package model_test

import (
	"strings"
	"testing"

	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

func pointer[T any](v T) *T { return &v }

// TestAmountAt: the reference's amounts (the recorded case ffn_noise_annealing), the way that stops,
// growing noise, and noise that is switched off.
func TestAmountAt(t *testing.T) {
	for _, c := range []struct {
		name  string
		noise model.NoiseConfig
		want  []float64
	}{
		{"constant", model.NoiseConfig{Kind: "gaussian", Sigma: pointer(0.8)}, []float64{0.8, 0.8, 0.8}},
		{"none", model.NoiseConfig{Kind: "gaussian"}, []float64{0, 0}},
		{
			"the reference",
			model.NoiseConfig{Kind: "gaussian", Sigma: pointer(0.8), Anneal: &model.AnnealConfig{StartEpoch: 1, Epochs: 3, Terminal: 0.2}},
			[]float64{0.8, 0.8, 0.8, 0.6, 0.4, 0.2, 0, 0},
		},
		{
			"stops",
			model.NoiseConfig{Kind: "laplace", Scale: pointer(0.8), Anneal: &model.AnnealConfig{StartEpoch: 1, Epochs: 3, Terminal: 0.2, StopAtTerminal: true}},
			[]float64{0.8, 0.8, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2},
		},
		{
			"grows",
			model.NoiseConfig{Kind: "poisson", Rate: pointer(1.0), Anneal: &model.AnnealConfig{Epochs: 2, Terminal: 2, StopAtTerminal: true}},
			[]float64{1, 1, 1.5, 2, 2},
		},
		{
			"off",
			model.NoiseConfig{Kind: "exponential", Rate: pointer(4.0), OffAfterEpochs: pointer(2)},
			[]float64{4, 4, 0, 0},
		},
	} {
		for epoch, want := range c.want {
			got, during := c.noise.AmountAt(epoch), c.noise.During(epoch)
			if diff := got - want; diff > 1e-12 || diff < -1e-12 {
				t.Errorf("%s: epoch %d has %v, want %v", c.name, epoch, got, want)
			}
			if during.Amount() != got || during.AmountAt(99) != got {
				t.Errorf("%s: the noise during epoch %d has %v, later %v; want %v", c.name, epoch, during.Amount(), during.AmountAt(99), got)
			}
		}
		if ps := check(c.noise); ps != "" {
			t.Errorf("%s: %s", c.name, ps)
		}
	}
}

func check(n model.NoiseConfig) string {
	var ps problem.List
	n.Check(&ps)
	var lines []string
	for _, p := range ps.All() {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func TestNoiseScheduleProblems(t *testing.T) {
	for _, c := range []struct {
		noise model.NoiseConfig
		want  []string
	}{
		{
			model.NoiseConfig{Kind: "gaussian", Anneal: &model.AnnealConfig{StartEpoch: -1, Terminal: 0}, OffAfterEpochs: pointer(0)},
			[]string{"off_after_epochs: is 0", "anneal.start_epoch: is -1", "anneal.epochs: is 0", "anneal: there is no noise to change: give noise.sigma"},
		},
		{
			model.NoiseConfig{Kind: "exponential", Rate: pointer(2.0), Anneal: &model.AnnealConfig{Epochs: 3}},
			[]string{"anneal.terminal: is 0; a rate must be positive", "anneal.stop_at_terminal: is false"},
		},
		{
			model.NoiseConfig{Kind: "gaussian", Sigma: pointer(1.0), Anneal: &model.AnnealConfig{Epochs: 3, Terminal: -1}},
			[]string{"anneal.terminal: is -1"},
		},
	} {
		got := check(c.noise)
		if n := strings.Count(got, "\n") + 1; n != len(c.want) {
			t.Errorf("%d problems, want %d:\n%s", n, len(c.want), got)
		}
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("no problem contains %q:\n%s", w, got)
			}
		}
	}
}
