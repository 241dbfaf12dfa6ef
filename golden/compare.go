package golden

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/model"
)

// metricBound is for real-valued metrics (FORMAT.md section 11).
var metricBound = Bound{Rel: 5e-5, Abs: 2e-6}

// Report is what a replay found.
type Report struct {
	Case string
	// Checked is the number of comparisons.
	Checked int
	// Worst is the largest error in units of its tolerance; at most 1 in a case that passes.
	Worst     float64
	WorstName string
	Failures  []string
}

// Passed tells whether every comparison was within its tolerance, and there were some.
func (r *Report) Passed() bool { return len(r.Failures) == 0 && r.Checked > 0 }

func (r *Report) fail(name, text string) {
	r.Failures = append(r.Failures, name+": "+text)
}

// compared records an error in units of its tolerance.
func (r *Report) compared(name string, ratio float64, text string) {
	r.Checked++
	if ratio > r.Worst || math.IsNaN(ratio) {
		r.Worst, r.WorstName = ratio, name
	}
	if !(ratio <= 1) {
		r.fail(name, text)
	}
}

// number compares one number.
func (r *replay) number(name string, got, want float64, b Bound) {
	limit := b.Abs + b.Rel*math.Abs(want)
	err := math.Abs(got - want)
	r.report.compared(name, ratio(err, limit), fmt.Sprintf("step %d: %v, recorded %v: off by %.3g, admitted %.3g", r.step+1, got, want, err, limit))
}

// metric compares element i of a recorded metric, where the case has it.
func (r *replay) metric(name string, i int, got float64, b Bound) {
	raw, ok := r.c.Metrics[name]
	if !ok {
		return
	}
	r.seen(name)
	var want []*float64
	if err := json.Unmarshal(raw, &want); err != nil || i >= len(want) {
		r.report.fail(name, fmt.Sprintf("the case has no value for step %d (%v)", i+1, err))
		return
	}
	if want[i] == nil {
		return // 0/0, or a mean with one in it: such terms are 0 here (DEVIATIONS.md)
	}
	r.number(name, got, *want[i], b)
}

// tensor compares a tensor with the case's, where the case has it.
func (r *replay) tensor(name string, t compute.Tensor, b TensorBound) {
	if !r.c.tensors.Has(name) {
		if !strings.HasPrefix(name, "act1/") {
			r.report.fail(name, "the case has no such tensor")
		}
		return
	}
	want, err := r.c.tensors.Get(name)
	if err != nil || want.Len() != t.Len() {
		r.report.fail(name, fmt.Sprintf("the case has %v, the network %v (%v)", want, t, err))
		return
	}
	if r.tiedPairs && !independent(name) {
		r.folded(name, r.floats(t), want.Float32s(), t.Cols(), b)
		return
	}
	r.within(name, r.floats(t), want.Float32s(), b)
}

// within compares numbers: either bound is enough.
func (r *replay) within(name string, got, want []float32, b TensorBound) {
	maxAbs, normRel := difference(got, want)
	err2 := min(ratio(maxAbs, b.MaxAbs), ratio(normRel, b.NormRel))
	r.report.compared(name, err2, fmt.Sprintf("max|a-b| %.3g (admitted %.3g), ‖a-b‖/‖b‖ %.3g (admitted %.3g)", maxAbs, b.MaxAbs, normRel, b.NormRel))
}

// difference returns max|a − b| and ‖a − b‖ / ‖b‖; NaN in a counts as infinitely far.
func difference(a, b []float32) (maxAbs, normRel float64) {
	var d2, b2 float64
	for i := range a {
		d := math.Abs(float64(a[i]) - float64(b[i]))
		if math.IsNaN(d) {
			return math.Inf(1), math.Inf(1)
		}
		maxAbs = max(maxAbs, d)
		d2 += d * d
		b2 += float64(b[i]) * float64(b[i])
	}
	return maxAbs, ratio(math.Sqrt(d2), math.Sqrt(b2))
}

// ratio is a/b, where 0/0 is 0.
func ratio(a, b float64) float64 {
	if a == 0 {
		return 0
	}
	return a / b
}

// floats reads a tensor.
func (r *replay) floats(t compute.Tensor) []float32 {
	out := make([]float32, t.Len())
	if len(out) > 0 {
		r.b.Download(unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), 4*len(out)), t)
	}
	return out
}

// activeFraction is the share of a layer's last activations whose magnitude is above 0, or, where
// the activation has no zeros of its own, above the case's threshold.
func (r *replay) activeFraction(h *model.Hidden) float64 {
	n := 0
	threshold := 0.0
	if m := &r.c.Model; m.Activation != "relu" && m.Architecture == "ffn" {
		threshold = m.ActivityThreshold
	}
	post := r.floats(h.Post)
	for _, v := range post {
		if math.Abs(float64(v)) > threshold {
			n++
		}
	}
	return float64(n) / float64(len(post))
}

// zeroFractions fails for a recorded share of zeros of what is no parameter.
func (r *replay) zeroFractions() {
	var want map[string]float64
	if raw, ok := r.c.Metrics["grad1_exact_zero_fraction"]; !ok || json.Unmarshal(raw, &want) != nil {
		return
	}
	for name := range want {
		if !slices.ContainsFunc(r.e.Net.Params().List, func(p *model.Param) bool { return p.Name == name }) {
			r.report.fail("grad1_exact_zero_fraction", name+" is no parameter of the network")
		}
	}
}

// zeroFraction compares the share of a first gradient's entries that are exactly 0.
func (r *replay) zeroFraction(p *model.Param) {
	var want map[string]float64
	raw, ok := r.c.Metrics["grad1_exact_zero_fraction"]
	if !ok || json.Unmarshal(raw, &want) != nil {
		return
	}
	n := 0
	grad := r.floats(p.Grad)
	for _, v := range grad {
		if v == 0 {
			n++
		}
	}
	if w, ok := want[p.Name]; ok {
		r.number("exact zeros of grad1/"+p.Name, float64(n)/float64(len(grad)), w, Bound{Abs: 1.01 / float64(len(grad))})
	}
}
