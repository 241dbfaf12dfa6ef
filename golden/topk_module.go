package golden

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/model"
)

// module is a case of kind top_k_module on its way: a rule's forward and backward pass alone.
type module struct {
	*replay
	rule *model.AloneTopK
}

// replayModule runs such a case and compares.
func replayModule(c *Case, b compute.Backend) (*Report, error) {
	cfg, err := c.topKConfig()
	if err != nil {
		return nil, err
	}
	x, err := c.tensors.Get("x")
	if err != nil {
		return nil, err
	}
	if k := cfg.K; k != nil && *k > x.RowLen() {
		return nil, fmt.Errorf("model.top_k: k_min is %d, of %d neurons", *k, x.RowLen())
	}
	if cfg.Samples() {
		return nil, missing("%s alone: it draws its k at random", cfg.Kind)
	}
	rule, err := model.NewTopK(b, cfg, x.Rows(), x.RowLen())
	if err != nil {
		return nil, err
	}
	m := module{&replay{c: c, b: b, report: &Report{Case: c.Name}}, rule}
	m.restore()
	if err := m.compare(x.Rows(), x.RowLen()); err != nil {
		return nil, err
	}
	return m.report, b.Sync()
}

// restore sets the rule's counters to the recorded ones. The epoch's is advanced by the rule itself.
func (m *module) restore() {
	for _, s := range m.rule.State() {
		switch s.Name {
		case "top_k.activation_counters":
			if before, err := m.c.tensors.Get("counters_before"); err == nil {
				m.b.Upload(s.Tensor, before.Bytes)
			}
		case "top_k.epoch_counter":
			if e := m.c.Model.TopK.EpochCounter; e > 0 {
				m.b.Fill(s.Tensor, e-1)
				m.rule.EndEpoch()
			}
		}
	}
}

func (m *module) compare(rows, cols int) error {
	x, gradOutput := m.upload("x", rows, cols), m.upload("grad_output", rows, cols)
	post, pre, dpre := m.b.Alloc(compute.Float32, rows, cols), m.b.Alloc(compute.Float32, rows, cols), m.b.Alloc(compute.Float32, rows, cols)
	m.b.Copy(pre, x)
	m.rule.Forward(post, pre, model.Train)
	saved := compute.Tensor{}
	if m.rule.NeedsPre() {
		saved = pre
	}
	m.rule.Backward(dpre, gradOutput, post, saved)
	if err := m.b.Sync(); err != nil {
		return err
	}
	out, grad := m.floats(post), m.floats(dpre)
	var loss float64
	for i, g := range m.floats(gradOutput) {
		loss += float64(out[i]) * float64(g)
	}
	k := m.meanK(rows)
	if len(m.rule.Params.List) == 0 { // of a learned k there are several numbers that could be meant
		m.optional("k", k)
	}
	given := m.floats(x)
	m.perRow("active_per_row", out, cols)
	if _, ok := m.c.Metrics["positive_per_row"]; ok {
		m.perRow("positive_per_row", given, cols)
	}
	if m.tied(given, cols, int(k)) {
		m.compareTied(out, grad, cols)
	} else {
		m.number("loss", loss, m.c.Loss[0], m.c.Tolerance.Loss)
		m.tensor("output", post, m.c.Tolerance.Output)
		m.tensor("grad_input", dpre, m.c.Tolerance.GradInput)
	}
	for _, s := range m.rule.State() {
		if s.Name == "top_k.activation_counters" && m.c.tensors.Has("counters_after") {
			m.tensor("counters_after", s.Tensor, vectorBound)
		}
	}
	for _, p := range m.rule.Params.List { // κ's gradient, under whichever name it is there
		for _, name := range []string{"grad_" + p.Name, "grad_learned_k", "grad1/" + p.Name} {
			if m.c.tensors.Has(name) {
				m.tensor(name, p.Grad, m.c.Tolerance.GradInput)
			}
		}
	}
	m.allRead()
	return nil
}

// meanK is the k of the pass: the same for all rows.
func (m *module) meanK(rows int) float64 {
	raw := make([]byte, 8)
	m.b.Download(raw, m.rule.K.Sum[model.Train])
	return math.Float64frombits(binary.LittleEndian.Uint64(raw)) / float64(rows)
}

// optional compares a metric that is one number, where the case has it.
func (m *module) optional(name string, got float64) {
	var want float64
	if raw, ok := m.c.Metrics[name]; ok && json.Unmarshal(raw, &want) == nil {
		m.number(name, got, want, metricBound)
	}
}

func (m *module) upload(name string, rows, cols int) compute.Tensor {
	t := m.b.Alloc(compute.Float32, rows, cols)
	a, err := m.c.tensors.Get(name)
	if err != nil || len(a.Bytes) != t.Bytes() {
		m.report.fail(name, fmt.Sprintf("the case has no tensor like %v (%v)", t, err))
		return t
	}
	m.b.Upload(t, a.Bytes)
	return t
}

// perRow compares the number of entries above 0 in each row of out.
func (m *module) perRow(name string, out []float32, cols int) {
	var want []float64
	if raw, ok := m.c.Metrics[name]; !ok || json.Unmarshal(raw, &want) != nil || len(want)*cols != len(out) {
		m.report.fail(name, "the case has no such list")
		return
	}
	for r, w := range want {
		n := 0
		for _, v := range out[r*cols : (r+1)*cols] {
			if v > 0 {
				n++
			}
		}
		m.number(fmt.Sprintf("%s, row %d", name, r), float64(n), w, exact)
	}
}

// tied tells whether a mask of k entries cuts between equal ones somewhere, so that which are kept is a
// library's choice.
func (m *module) tied(x []float32, cols, k int) bool {
	if !strings.HasSuffix(m.c.Model.TopK.Approach, "_mask") || k >= cols {
		return false
	}
	for ; len(x) > 0; x = x[cols:] {
		row := slices.Clone(x[:cols])
		slices.Sort(row)
		if at := row[cols-k]; at > 0 && at == row[cols-k-1] {
			return true
		}
	}
	return false
}

// compareTied compares what does not depend on the choice: each row's sorted outputs, and that what
// was kept passes its gradient and nothing else does.
func (m *module) compareTied(out, grad []float32, cols int) {
	want, err := m.c.tensors.Get("output")
	given, err2 := m.c.tensors.Get("grad_output")
	if err != nil || err2 != nil {
		m.report.fail("output", "is missing")
		return
	}
	wanted, gradOutput := want.Float32s(), given.Float32s()
	var worst, wrong float64
	for i := 0; i < len(out); i += cols {
		a, b := slices.Sorted(slices.Values(out[i:i+cols])), slices.Sorted(slices.Values(wanted[i:i+cols]))
		for j := range a {
			worst = max(worst, math.Abs(float64(a[j]-b[j])))
		}
	}
	for i, g := range grad {
		expected := float32(0)
		if out[i] > 0 {
			expected = gradOutput[i]
		}
		wrong = max(wrong, math.Abs(float64(g-expected)))
	}
	m.report.compared("sorted output", ratio(worst, m.c.Tolerance.Output.MaxAbs), fmt.Sprintf("max|a-b| %.3g", worst))
	m.report.compared("grad_input of what is kept", ratio(wrong, m.c.Tolerance.GradInput.MaxAbs), fmt.Sprintf("max|a-b| %.3g", wrong))
}
