package experiment

import (
	"math"
	"slices"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/problem"
	"noise2sparse/metric"
)

// Search is the `search:` section: which jobs of a sweep are run, and which are given up early.
//
// Without the section, and with kind grid, the jobs are all combinations of the grid. With kind random
// they are Samples of them: fields of the grid are drawn from their lists, fields of Space from their
// distributions. Either way Experiment.Jobs holds the jobs, so who runs them need not know how they
// were chosen. What is drawn follows from Seed alone, on every machine.
//
// Halving is for whoever runs the jobs. Their Config.Epochs is that of a run to its end; a rung is a
// number of epochs after which a run pauses, with a checkpoint, its configuration unchanged:
//
//	alive := all jobs
//	for _, epochs := range h.RungEpochs(config.Epochs) {
//		train each of alive up to epochs          // resumes it, after the first rung
//		values := their h.Metric, NaN for a run that failed or diverged
//		alive = those of h.Promote(values)
//	}
//	train each of alive up to config.Epochs       // all others are given up: hopeless
type Search struct {
	Kind    string   `yaml:"kind" default:"grid" doc:"grid: all combinations; random: a number of samples, each field of grid drawn from its list and each field of space from its distribution"`
	Samples *int     `yaml:"samples" doc:"random: how many jobs"`
	Seed    uint64   `yaml:"seed" default:"5" doc:"random: seeds the samples, which are the same on every machine"`
	Halving *Halving `yaml:"halving" doc:"give up the worst jobs early, by successive halving; null: none"`

	// Space holds the fields that are drawn from distributions, in the file's order. It is the
	// section's `space:`, a mapping of dotted paths.
	Space []Range `yaml:"-"`

	pos strict.Pos `yaml:"-"`
}

// The kinds of search.
const (
	searchGrid   = "grid"
	searchRandom = "random"
)

// Halving is the `search.halving:` section: successive halving (Jamieson and Talwalkar 2016, "Non-
// stochastic best arm identification and hyperparameter optimization", algorithm 1).
type Halving struct {
	Metric string `yaml:"metric" default:"val/loss" doc:"what the jobs are compared by; see trainer list metrics"`
	Goal   string `yaml:"goal" default:"auto" doc:"min, max, or auto: the direction in which the metric is better"`
	Eta    int    `yaml:"eta" default:"3" doc:"of the jobs compared, one in so many goes on"`
	Rungs  []int  `yaml:"rungs" default:"[]" doc:"epochs after which jobs are compared; empty: epochs/eta, epochs/eta squared, ..., down to 1"`
}

// RungEpochs lists the epochs after which jobs of so many epochs in all are compared: ascending, at
// least 1, less than epochs.
func (h *Halving) RungEpochs(epochs int) []int {
	if len(h.Rungs) > 0 {
		return slices.Clone(h.Rungs)
	}
	var rungs []int
	for r := epochs / h.Eta; r >= 1; r /= h.Eta {
		rungs = append(rungs, r)
	}
	slices.Reverse(rungs)
	return rungs
}

// Promote returns which of the jobs compared go on, as indices into values, ascending: the best
// ⌈n/eta⌉ of those whose value is a number. Among equal values the lower index is better.
func (h *Halving) Promote(values []float64) []int {
	order := make([]int, 0, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case h.Better(values[i], values[j]):
			return -1
		case h.Better(values[j], values[i]):
			return 1
		}
		return 0
	})
	order = order[:min(len(order), (len(values)+h.Eta-1)/h.Eta)]
	slices.Sort(order)
	return order
}

// Better tells whether the metric's value a is better than b; NaN is better than nothing.
func (h *Halving) Better(a, b float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return !math.IsNaN(a)
	}
	if h.Goal == "max" || h.Goal == "auto" && metric.HigherIsBetter(h.Metric) {
		return a > b
	}
	return a < b
}

// check records what is wrong with the section, but for Space.
func (s *Search) check(ps *problem.List) {
	switch {
	case s.Kind != searchGrid && s.Kind != searchRandom:
		ps.Addf("kind", "is %q; give grid or random", s.Kind)
	case s.Kind == searchRandom && s.Samples == nil:
		ps.Addf("samples", "is missing: a random search needs it")
	case s.Kind == searchGrid && s.Samples != nil:
		ps.Addf("samples", "is given, but kind grid runs every combination; give kind random, or leave it out")
	}
	if n := s.Samples; n != nil && (*n < 1 || *n > maxSamples) {
		ps.Addf("samples", "is %d; give 1 to %d", *n, maxSamples)
	}
	if s.Halving != nil {
		s.Halving.check(ps.At("halving"))
	}
}

func (h *Halving) check(ps *problem.List) {
	if err := metric.Check(h.Metric); err != nil {
		ps.Addf("metric", "%v", err)
	}
	if h.Goal != "auto" && h.Goal != "min" && h.Goal != "max" {
		ps.Addf("goal", "is %q; give auto, min or max", h.Goal)
	}
	if h.Eta < 2 || h.Eta > 1000 {
		ps.Addf("eta", "is %d; give 2 to 1000", h.Eta)
	}
	for i, r := range h.Rungs {
		if r < 1 || i > 0 && r <= h.Rungs[i-1] {
			ps.Addf("rungs", "are %v; give rising numbers of epochs, from 1", h.Rungs)
			return
		}
	}
}

// checkJobs records what of the jobs, of so many epochs, does not suit halving. swept tells whether
// they may differ in a field.
func (h *Halving) checkJobs(ps *problem.List, epochs int, swept func(path string) bool) {
	for _, path := range []string{"epochs", "task", "dataset", "validation.every_epochs"} {
		if swept(path) {
			ps.Addf("", "compares jobs, but %s is swept: give it one value", path)
			return
		}
	}
	switch n := len(h.Rungs); {
	case n > 0 && h.Rungs[n-1] >= epochs:
		ps.Addf("rungs", "end at %d, but a run has %d epochs; give less", h.Rungs[n-1], epochs)
	case len(h.RungEpochs(epochs)) == 0:
		ps.Addf("", "compares nowhere: runs have %d epochs, and eta is %d", epochs, h.Eta)
	}
}
