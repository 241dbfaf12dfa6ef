package train

import (
	"math"
	"slices"
	"sort"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/internal/philox"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

// ResamplingConfig is the `resampling:` section.
type ResamplingConfig struct {
	EveryEpochs int `yaml:"every_epochs" default:"10" doc:"after every N epochs, neurons that fired for no training sample of the last one begin anew"`
	UntilEpoch  int `yaml:"until_epoch" default:"100" doc:"not after this epoch: neurons need time to settle"`
	Samples     int `yaml:"samples" default:"8192" doc:"training samples among which badly reconstructed ones are looked for"`
}

// encoderShare is the norm of a resampled neuron's incoming weights, as a share of the living
// neurons' mean: small, so that it disturbs little until it has learned.
const encoderShare = 0.2

// elementwiseRules are the optimizers whose state is a number for each weight.
var elementwiseRules = []string{"adam", "adamw", "demon_adam", "sgd", "sgd_momentum", "rmsprop", "adagrad", "sparse_adam", "sparse_sgd_momentum"}

// checkResampling records why neurons can't be resampled in this network.
func (c *Config) checkResampling(ps *problem.List) {
	r := c.Resampling
	if r == nil {
		return
	}
	need := func(ok bool, what string) {
		if !ok {
			ps.Addf("resampling", "needs %s; set it to null, or change that", what)
		}
	}
	m := &c.Model
	need(c.Task == taskReconstruction, "task: reconstruction")
	need(m.Kind == "ffn" && len(m.Hidden) == 1, "a network of kind ffn with one hidden layer")
	need(!m.TiedWeights && !m.SharedBias && m.Inhibition == nil && (m.Projection == "none" || m.Projection == "") && m.InputNormalization == nil,
		"a network without tied_weights, shared_bias, projection, inhibition and input_normalization")
	need(slices.Contains(elementwiseRules, c.Optimizer.Kind), "an optimizer that treats each weight on its own, such as adam")
	for _, f := range []struct {
		name string
		n    int
	}{{"every_epochs", r.EveryEpochs}, {"until_epoch", r.UntilEpoch}, {"samples", r.Samples}} {
		if f.n < 1 {
			ps.Addf("resampling."+f.name, "is %d; give at least 1", f.n)
		}
	}
}

// resampleDue tells whether dead neurons are to be resampled after that many epochs.
func (c *Config) resampleDue(epochs int) bool {
	r := c.Resampling
	return r != nil && epochs%r.EveryEpochs == 0 && epochs <= r.UntilEpoch && epochs < c.Epochs
}

// Resample lets neurons that fired for no training sample of the epoch just ended begin anew, and
// returns how many there were (Bricken et al. 2023, "Towards Monosemanticity", appendix "Neuron
// Resampling"). For each, a training sample x is drawn with a probability proportional to the square
// of its loss, among the first Samples of a random order. Its outgoing weights become x/‖x‖, its
// incoming ones 0.2·m·x/‖x‖ with m the mean norm of the living neurons' (1 where none lives), its
// bias 0, and the optimizer's state of all these weights 0. It is done on the host: it is rare.
func (e *Engine) Resample(epoch int) int {
	h := e.Net.Hidden()[0]
	var dead []int
	for j, fired := range floats(e.b, h.Activity[model.Train].Fired) {
		if fired == 0 {
			dead = append(dead, j)
		}
	}
	if len(dead) == 0 {
		return 0
	}
	x, cumulative := e.squaredLosses(epoch)
	total := cumulative[len(cumulative)-1]
	if !(total > 0) || math.IsInf(total, 0) { // nothing to learn, or diverged: checkFinite reports it
		return 0
	}
	d := e.x.Cols()
	norm := encoderShare * livingNorm(normsOfRows(floats(e.b, h.Weight.Value), h.Width), dead)
	draws := philox.Stream{Seed: e.cfg.Seed, Purpose: uint32(compute.PurposeResampling), Step: uint64(epoch)}
	units := make([][]float64, len(dead))
	for i := range dead {
		at := sort.SearchFloat64s(cumulative, philox.Uniform64(draws.Word(i))*total)
		units[i] = unit(x[at*d : (at+1)*d])
	}
	e.renew(dead, units, norm)
	return len(dead)
}

// squaredLosses evaluates samples of a random order, and returns them (S × d) with the running sums of
// their squared losses [S].
func (e *Engine) squaredLosses(epoch int) (x, cumulative []float64) {
	n, size, d := min(e.cfg.Resampling.Samples, e.train.n), e.cfg.BatchSize, e.x.Cols()
	order := philox.NewPermutation(e.cfg.Seed^uint64(compute.PurposeResampling), uint64(epoch), e.train.n)
	e.b.Fill(e.evalStep, 0)
	e.b.Advance(e.evalStep, 1<<40+int64(epoch)<<20) // noise that no evaluation draws
	sum := 0.0
	for lo := 0; lo < n; lo += size {
		rows := make([]int32, min(size, n-lo))
		for i := range rows {
			rows[i] = int32(order.At(lo + i))
		}
		index, in := e.index.Head(len(rows)), e.x.Head(len(rows))
		e.b.Upload(index, rawBytes(rows))
		e.b.Gather(in, e.train.x, index)
		clean, out := floats(e.b, in), floats(e.b, e.Net.Forward(in, model.Eval))
		e.b.Advance(e.evalStep, 1)
		for i := range rows {
			loss := 0.0
			for j := i * d; j < (i+1)*d; j++ {
				loss += (out[j] - clean[j]) * (out[j] - clean[j]) / float64(d)
			}
			sum += loss * loss
			cumulative = append(cumulative, sum)
		}
		x = append(x, clean...)
	}
	return x, cumulative
}

// renew gives the dead neurons new weights, and forgets what the optimizer knew of the old ones.
func (e *Engine) renew(dead []int, units [][]float64, norm float64) {
	n, d := e.Net.Hidden()[0].Width, e.x.Cols()
	// A neuron's numbers lie at first + k·stride, k < count, and become scale · unit[k].
	for name, w := range map[string]struct {
		scale                float64
		first, stride, count int // first: per neuron
	}{
		"hidden.0.weight": {norm, d, 1, d},
		"output.weight":   {1, 1, n, d},
		"hidden.0.bias":   {0, 1, 1, 1},
	} {
		set := func(t compute.Tensor, scale float64) {
			v := floats(e.b, t)
			for i, j := range dead {
				for k := range w.count {
					v[j*w.first+k*w.stride] = scale * units[i][k]
				}
			}
			uploadFloats(e.b, t, v)
		}
		for _, p := range e.ModelBuffers() {
			if p.Name != name {
				continue
			}
			set(p.Tensor, w.scale)
			for _, s := range e.opt.State() {
				if strings.HasPrefix(s.Name, name+"/") && s.Tensor.Len() == p.Tensor.Len() {
					set(s.Tensor, 0)
				}
			}
		}
	}
}

// normsOfRows are the L2 norms of the rows of w (n × d).
func normsOfRows(w []float64, n int) []float64 {
	d, out := len(w)/n, make([]float64, n)
	for i := range out {
		for _, v := range w[i*d : (i+1)*d] {
			out[i] += v * v
		}
		out[i] = math.Sqrt(out[i])
	}
	return out
}

// livingNorm is the mean of the norms of the neurons that are not dead; 1 where there are none.
func livingNorm(norms []float64, dead []int) float64 {
	sum, n := 0.0, 0
	for j, v := range norms {
		if _, gone := slices.BinarySearch(dead, j); !gone {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// unit is x/‖x‖; x itself where that is 0.
func unit(x []float64) []float64 {
	norm := 0.0
	for _, v := range x {
		norm += v * v
	}
	if norm = math.Sqrt(norm); norm == 0 {
		norm = 1
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v / norm
	}
	return out
}
