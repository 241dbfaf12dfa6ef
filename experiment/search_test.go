package experiment

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// drawn returns the values of one field in n samples.
func drawn(t *testing.T, n int, path, distribution string, more ...string) []float64 {
	t.Helper()
	sets := append([]string{"search={kind: random, samples: " + strings.TrimSpace(text(n)) + "}", "search.space." + path + "=" + distribution}, more...)
	var out []float64
	for _, j := range mustLoad(t, "quickstart", sets...).Jobs() {
		for _, v := range j.Values {
			if v.Path == path {
				out = append(out, number(t, v.Value))
			}
		}
	}
	if len(out) != n {
		t.Fatalf("%d values, want %d", len(out), n)
	}
	return out
}

func share(of []float64, holds func(float64) bool) float64 {
	n := 0.0
	for _, x := range of {
		if holds(x) {
			n++
		}
	}
	return n / float64(len(of))
}

// Each distribution stays in its bounds and has the quantiles that it should have; of 1,000 samples a
// share is off by less than 0.05 but once in 600.
func TestDistributions(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	const n = 1000
	more := "search.space.regularization.l1={uniform: [0, 1]}" // so that no sample comes twice and is drawn again
	for name, c := range map[string]struct {
		path, distribution string
		lo, hi             float64
		quantile           func(p float64) float64
	}{
		"uniform":     {"noise.sigma", "{uniform: [0.5, 2.5]}", 0.5, 2.5, func(p float64) float64 { return 0.5 + 2*p }},
		"log_uniform": {"optimizer.lr", "{log_uniform: [1e-6, 1]}", 1e-6, 1, func(p float64) float64 { return math.Pow(10, 6*p-6) }},
		"int":         {"seed", "{int: [0, 1000000000]}", 0, 1e9, func(p float64) float64 { return 1e9 * p }},
	} {
		x := drawn(t, n, c.path, c.distribution, more)
		if lo, hi := slices.Min(x), slices.Max(x); lo < c.lo || hi > c.hi {
			t.Errorf("%s: draws from %v to %v", name, lo, hi)
		}
		for _, p := range []float64{0.1, 0.25, 0.5, 0.9} {
			if got := share(x, func(v float64) bool { return v < c.quantile(p) }); math.Abs(got-p) > 0.05 {
				t.Errorf("%s: a share of %v lies below the %v quantile", name, got, p)
			}
		}
	}
	// Both ends of int, and all values of choice, come as often.
	for name, x := range map[string][]float64{
		"int":    drawn(t, n, "batch_size", "{int: [50, 53]}", more),
		"choice": drawn(t, n, "batch_size", "{choice: [50, 51, 52, 53]}", more),
	} {
		for v := 50.0; v <= 53; v++ {
			if got := share(x, func(y float64) bool { return y == v }); math.Abs(got-0.25) > 0.05 {
				t.Errorf("%s: %v has a share of %v, want 0.25", name, v, got)
			}
		}
	}
}

// Fewer samples are the first of more; another field, or another seed of the runs, changes nothing;
// another seed of the search does.
func TestSamplesAreStable(t *testing.T) {
	few := drawn(t, 20, "noise.sigma", "{uniform: [0, 1]}")
	for name, same := range map[string][]float64{
		"more":          drawn(t, 50, "noise.sigma", "{uniform: [0, 1]}")[:20],
		"another field": drawn(t, 20, "noise.sigma", "{uniform: [0, 1]}", "search.space.optimizer.lr={uniform: [0, 1]}"),
		"run's seed":    drawn(t, 20, "noise.sigma", "{uniform: [0, 1]}", "seed=9"),
	} {
		if !slices.Equal(few, same) {
			t.Errorf("%s: %v, want %v", name, same, few)
		}
	}
	if other := drawn(t, 20, "noise.sigma", "{uniform: [0, 1]}", "search.seed=6"); slices.Equal(few, other) {
		t.Error("another seed of the search draws the same")
	}
}

// Samples of a grid are combinations without repetition; as many as there are, all of them.
func TestSamplesOfAGrid(t *testing.T) {
	ids := func(n int) []string {
		var out []string
		for _, j := range mustLoad(t, "quickstart", "grid={seed: [1, 2, 3, 4, 5], epochs: [1, 2, 3, 4]}", "search={kind: random, samples: "+text(n)+"}").Jobs() {
			out = append(out, j.SHA256)
		}
		return out
	}
	all, few := ids(20), ids(7)
	if !slices.Equal(all[:7], few) {
		t.Error("fewer samples are not the first of more")
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 20 {
		t.Errorf("20 samples of 20 combinations have repetitions")
	}
}

func TestHalving(t *testing.T) {
	nan := math.NaN()
	lower := Halving{Metric: "val/loss", Goal: "auto", Eta: 3}
	higher := Halving{Metric: "val/accuracy", Goal: "auto", Eta: 2}
	for name, c := range map[string]struct {
		h      Halving
		values []float64
		want   []int
	}{
		"the lowest third":       {lower, []float64{5, 1, 4, 2, 3, 6}, []int{1, 3}},
		"rounded up":             {lower, []float64{5, 1, 4, 2}, []int{1, 3}},
		"one":                    {lower, []float64{5}, []int{0}},
		"none":                   {lower, nil, []int{}},
		"higher is better":       {higher, []float64{0.1, 0.9, 0.5, 0.7}, []int{1, 3}},
		"goal max":               {Halving{Metric: "val/loss", Goal: "max", Eta: 2}, []float64{1, 2}, []int{1}},
		"goal min":               {Halving{Metric: "val/accuracy", Goal: "min", Eta: 2}, []float64{1, 2}, []int{0}},
		"ties: the first":        {lower, []float64{2, 2, 2}, []int{0}},
		"NaN loses":              {lower, []float64{nan, 7, nan, 9}, []int{1, 3}},
		"NaN never goes on":      {lower, []float64{nan, nan, nan, 9}, []int{3}},
		"all NaN":                {lower, []float64{nan, nan}, []int{}},
		"infinite is a number":   {lower, []float64{math.Inf(1), nan, nan}, []int{0}},
		"minus infinity is best": {lower, []float64{1, math.Inf(-1), 0}, []int{1}},
	} {
		if got := c.h.Promote(c.values); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v go on, want %v", name, got, c.want)
		}
	}
	for _, c := range []struct {
		h      Halving
		epochs int
		want   []int
	}{
		{Halving{Eta: 3}, 100, []int{1, 3, 11, 33}},
		{Halving{Eta: 2}, 8, []int{1, 2, 4}},
		{Halving{Eta: 3}, 2, nil},
		{Halving{Eta: 3, Rungs: []int{5, 20}}, 100, []int{5, 20}},
	} {
		if got := c.h.RungEpochs(c.epochs); !slices.Equal(got, c.want) {
			t.Errorf("rungs of %d epochs, eta %d: %v, want %v", c.epochs, c.h.Eta, got, c.want)
		}
	}
}
