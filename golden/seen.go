package golden

import (
	"maps"
	"slices"
	"strings"
)

// seen notes that a recorded metric was compared.
func (r *replay) seen(name string) {
	if r.compared == nil {
		r.compared = map[string]bool{}
	}
	r.compared[name] = true
}

// notSeries are recorded metrics that are no series of values: they are compared elsewhere, or
// describe the case.
var notSeries = []string{"grad1_exact_zero_fraction", "min_top_k_margin"}

// compareAll fails for every recorded metric that nothing was compared with.
func (r *replay) compareAll() {
	names := slices.Collect(maps.Keys(r.c.Metrics))
	for _, name := range r.c.tensors.Names() {
		if strings.HasPrefix(name, "metric/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if !r.compared[name] && !slices.Contains(notSeries, name) {
			r.report.fail(name, "is recorded, but was compared with nothing")
		}
	}
}
