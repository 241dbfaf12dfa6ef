package golden

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/model"
	"noise2sparse/train"
)

// replayFormula runs a case of kind resnet50_formula: a network whose weights follow from a formula,
// evaluated, trained for one step, and looked at again in training mode.
func replayFormula(c *Case, b compute.Backend) (*Report, error) {
	c.Model.Task, c.Epochs, c.PerEpoch = "classification", 1, 1
	cfg, err := c.config()
	if err != nil {
		return nil, err
	}
	images, err := c.tensors.Get("images")
	if err != nil {
		return nil, err
	}
	labels, err := c.integers("labels")
	if err != nil {
		return nil, err
	}
	d := &data.Dataset{Name: c.Name, Classes: c.Model.OutputSize, Image: geometry(images.Shape), Train: data.Split{X: images, Labels: labels}}
	f := &formula{replay: &replay{c: c, b: b, report: &Report{Case: c.Name}}}
	f.e, err = train.NewEngine(b, cfg, d, train.Replace{Order: f, StepsPerEpoch: 1, Hooks: train.Hooks{
		Begin: f.begin, AfterBackward: f.afterBackward, AfterStep: f.afterStep,
	}})
	if err != nil {
		return nil, err
	}
	batch := f.pixels(images)
	logits := TensorBound{NormRel: c.Tolerance.Logits.NormRel}
	f.tensor("logits_eval_before", f.e.Net.Forward(batch, model.Eval), logits)
	f.e.BeginEpoch(0, 0)
	f.e.Steps(0, 1)
	after := f.e.Net.Forward(batch, model.Train)
	f.tensor("logits_train_after", after, logits)
	f.number("loss after the step", crossEntropy(f.floats(after), labels, c.Model.OutputSize), c.Loss[1], c.Tolerance.Loss)
	f.allRead()
	return f.report, b.Sync()
}

// formula is such a case on its way.
type formula struct{ *replay }

// Batch implements train.BatchOrder: all images in their order.
func (f *formula) Batch(index compute.Tensor) {
	for i := range index.Len() {
		f.b.Fill(index.At(i), float64(i))
	}
}

// begin sets the weights. Running statistics begin at 0 and 1, as those of any new network.
func (f *formula) begin(e *train.Engine) {
	f.e = e
	names := f.c.ParameterOrder
	for t, p := range e.Net.Params().List {
		if t >= len(names) || names[t] != p.Name {
			f.report.fail(p.Name, fmt.Sprintf("is parameter %d here, but not in the case", t))
			return
		}
		shape := p.Value.Shape()
		v := make([]float32, p.Value.Len())
		for i := range v {
			v[i] = float32(f.c.Model.weight(p.Name, shape, uint64(t), uint64(i)))
		}
		a, err := array.FromFloat32s(v, shape...)
		if err != nil {
			f.report.fail(p.Name, err.Error())
			return
		}
		f.b.Upload(p.Value, a.Bytes)
	}
}

// weight is element i of parameter t by the formula of the case.
func (m *Model) weight(name string, shape []int, t, i uint64) float64 {
	s := m.WeightSeed + t<<40 + i
	s += 0x9E3779B97F4A7C15
	s = (s ^ s>>30) * 0xBF58476D1CE4E5B9
	s = (s ^ s>>27) * 0x94D049BB133111EB
	s ^= s >> 31
	u := 2*(float64(s>>40)/(1<<24)) - 1
	features := float64(m.Planes[len(m.Planes)-1] * m.Expansion)
	switch {
	case len(shape) == 4:
		return u * math.Sqrt(6/float64(shape[1]*shape[2]*shape[3]))
	case strings.HasPrefix(name, "fc."):
		return u * math.Sqrt(1/features)
	case strings.HasSuffix(name, ".bias"):
		return 0.1 * u
	case strings.Contains(name, ".bn3."):
		return 0.2 * (1 + 0.1*u)
	}
	return 1 + 0.1*u
}

// formulaBound is that of numbers for which the case states none.
const formulaBound = 1e-3

func (f *formula) afterBackward() {
	f.tensor("logits_train", f.e.Output(), TensorBound{NormRel: f.c.Tolerance.Logits.NormRel})
	f.buffers("final_buffer/", TensorBound{NormRel: formulaBound})
	first, err := f.c.tensors.Get("grad_first8")
	if err != nil {
		f.report.fail("grad_first8", err.Error())
		return
	}
	var begin []float32
	for _, p := range f.e.Net.Params().List {
		g := f.floats(p.Grad)
		f.normAndSum("grad_norm_and_sum_per_parameter", p.Name, g, f.c.Tolerance.GradNorms.Rel)
		row := make([]float32, first.RowLen())
		copy(row, g)
		begin = append(begin, row...)
	}
	f.within("grad_first8", begin, first.Float32s(), TensorBound{NormRel: formulaBound})
}

func (f *formula) afterStep() {
	s := f.e.LastStep()
	f.number("loss", s.Loss, f.c.Loss[0], f.c.Tolerance.Loss)
	f.metric("step/grad_norm", 0, s.GradNorm, f.c.Tolerance.GradNorms)
	for _, p := range f.e.Net.Params().List {
		f.normAndSum("step1_norm_and_sum_per_parameter", p.Name, f.floats(p.Value), formulaBound)
	}
	f.step++
}

// normAndSum compares norm and sum of v, the sum in units of the norm.
func (f *formula) normAndSum(metric, name string, v []float32, rel float64) {
	var all map[string][2]float64
	if err := json.Unmarshal(f.c.Metrics[metric], &all); err != nil {
		f.report.fail(metric, err.Error())
		return
	}
	want, ok := all[name]
	if !ok {
		f.report.fail(metric, "has no "+name)
		return
	}
	var square, sum float64
	for _, x := range v {
		square += float64(x) * float64(x)
		sum += float64(x)
	}
	f.number(metric+" "+name, math.Sqrt(square), want[0], Bound{Rel: rel})
	f.number(metric+" (sum) "+name, sum, want[1], Bound{Abs: rel * want[0]})
}

// crossEntropy is the mean loss of logits (n × classes).
func crossEntropy(logits []float32, labels []int32, classes int) float64 {
	var total float64
	for i, label := range labels {
		row, sum := logits[i*classes:(i+1)*classes], 0.0
		for _, z := range row {
			sum += math.Exp(float64(z) - float64(row[label]))
		}
		total += math.Log(sum)
	}
	return total / float64(len(labels))
}
