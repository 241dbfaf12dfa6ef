package golden_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/golden"
	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/safetensors"
)

// recording is a case in the making.
type recording struct {
	tensors []array.Named
	metrics map[string]any
}

func (r *recording) add(name string, shape []int, v []float64) {
	f := make([]float32, len(v))
	for i, x := range v {
		f[i] = float32(x)
	}
	a, err := array.FromFloat32s(f, shape...)
	if err != nil {
		panic(err)
	}
	r.tensors = append(r.tensors, array.Named{Name: name, Array: a})
}

func (r *recording) ints(name string, shape []int, v []int32) {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
		panic(err)
	}
	r.tensors = append(r.tensors, array.Named{Name: name, Array: array.Array{DType: dtype.Int32, Shape: shape, Bytes: b.Bytes()}})
}

func (r *recording) series(name string, v float64) {
	old, _ := r.metrics[name].([]float64)
	r.metrics[name] = append(old, v)
}

func (r *recording) matrix(name string, m *mat) { r.add(name, []int{m.r, m.c}, m.v) }

func (r *recording) params(prefix string, ps []*parameter) {
	for _, p := range ps {
		r.add(prefix+p.name, p.shape, p.v)
	}
}

// write puts the case into a folder.
func (r *recording) write(t *testing.T, c map[string]any) string {
	t.Helper()
	c["metrics"] = r.metrics
	dir := filepath.Join(t.TempDir(), "case")
	raw, err := json.Marshal(c)
	if err == nil {
		err = os.Mkdir(dir, 0o777)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "case.json"), raw, 0o666)
	}
	var b bytes.Buffer
	if err == nil {
		err = safetensors.Write(&b, r.tensors, nil)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "tensors.safetensors"), b.Bytes(), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// replayed replays the case in dir and returns what failed.
func replayed(t *testing.T, dir string) ([]string, *golden.Report) {
	t.Helper()
	c, err := golden.Load(dir)
	if err != nil {
		return []string{err.Error()}, nil
	}
	b, err := openCPU()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r, err := golden.Replay(c, b)
	if err != nil {
		return []string{err.Error()}, nil
	}
	return r.Failures, r
}

// rows takes rows of m.
func rows(m *mat, index []int32) *mat {
	out := newMat(len(index), m.c)
	for i, r := range index {
		copy(out.row(i), m.row(int(r)))
	}
	return out
}

func (o *oracle) random(r, c int, bound float64) *mat {
	m := newMat(r, c)
	for i := range m.v {
		m.v[i] = o.number(bound)
	}
	return m
}

func (o *oracle) choose(n, from int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(o.rng.Intn(from))
	}
	return out
}

func pick(labels, index []int32) []int32 {
	var out []int32
	for _, i := range index {
		if labels != nil {
			out = append(out, labels[i])
		}
	}
	return out
}

// record trains the network, and returns the case of it. Validation is one batch more than val_x has
// rows for, so that some come twice.
func (o *oracle) record(r *recording, validate bool) map[string]any {
	o.build()
	r.metrics = map[string]any{}
	steps := o.epochs * o.perEpoch
	x := o.random(o.samples, o.d, 1)
	valX, valRows := o.random(o.batch+1, o.d, 1), o.choose(2*o.batch, o.batch+1)
	for _, m := range []*mat{x, valX} { // so that noise leaves no sample without a positive number
		for i, v := range m.v {
			m.v[i] = math.Abs(v)
		}
	}
	r.matrix("x", x)
	var labels []int32
	if o.classify {
		labels = o.choose(o.samples, o.out)
		r.ints("labels", []int{o.samples}, labels)
	}
	batches := o.choose(steps*o.batch, o.samples)
	r.ints("batch_index", []int{steps, o.batch}, batches)
	noise := o.random(steps*o.batch, o.d, 0.3)
	r.add("noise", []int{steps, o.batch, o.d}, noise.v)
	var eps *mat
	if o.top != nil && o.top.stats != nil {
		eps = o.random(steps, o.batch, 2)
		r.matrix("reinforce_eps", eps)
	}
	if validate {
		r.matrix("val_x", valX)
		r.ints("val_batch_index", []int{2, o.batch}, valRows)
		if o.classify {
			r.ints("val_labels", []int{valX.r}, o.choose(valX.r, 1))
		}
	}
	r.params("init/", o.params)
	o.project()
	if o.sdm {
		r.params("start/", o.params)
	}
	var loss, sampled, densities []float64
	fired := newMat(1, o.hidden[0])
	for s := range steps {
		epoch := s / o.perEpoch
		index := batches[s*o.batch : (s+1)*o.batch]
		bx := rows(x, index)
		bn := newMat(o.batch, o.d)
		copy(bn.v, noise.v[s*len(bn.v):])
		if eps != nil {
			o.top.eps = eps.row(s)
			r.series("step/learned_k_mean", o.top.stats.v[0])
			r.series("step/learned_k_scale", o.top.stats.v[1])
		}
		if o.top != nil && o.top.k != nil {
			r.series("step/learned_k", o.top.k.v[0])
		}
		var t tape
		for _, p := range o.params {
			clear(p.g)
		}
		if o.top != nil && o.top.counters != nil && s == 0 {
			r.metrics["step/TopK_Act_0/k"] = []float64{}
		}
		if o.top != nil && o.top.counters != nil {
			o.counters(r, s)
			r.series("step/TopK_Act_0/k", float64(o.top.kMin+1))
		}
		p := o.forward(&t, bx, bn)
		loss = append(loss, o.loss(p, bx, pick(labels, index)))
		t.reverse()
		if s == 0 {
			o.first(r, p)
		}
		for l, post := range p.post {
			active := 0.0
			for i, v := range post.v {
				active += above(math.Abs(v)-o.threshold()) / float64(len(post.v))
				if l == 0 && o.activation == "relu" && o.top == nil {
					fired.v[i%post.c] += v
				} else if l == 0 {
					fired.v[i%post.c] += above(math.Abs(v) - o.threshold())
				}
			}
			r.series("step/active_fraction/hidden."+string(rune('0'+l)), active)
		}
		if eps != nil {
			mu, sigma := o.top.stats.v[0], o.top.stats.v[1]
			sampled = append(sampled, o.top.sampled...)
			for _, z := range o.top.z {
				densities = append(densities, -(z-mu)*(z-mu)/(2*sigma*sigma)-math.Log(sigma)-math.Log(2*math.Pi)/2)
			}
		}
		r.series("step/grad_norm", o.update(s+1, epoch))
		if eps != nil {
			for _, p := range o.params {
				if p.name == "top_k.learned_k_stats" {
					g := o.top.learn(o.losses, o.kRate)
					p.carried = g[:]
				}
			}
		}
		o.project()
		if s == 0 {
			r.params("step1/", o.params)
		}
		if (s+1)%o.perEpoch == 0 {
			r.series("epoch/learning_rate", o.rates(epoch)[0])
			r.series("epoch/noise_amount", 0.3)
			o.cosines(r, fired)
			clear(fired.v)
			if validate {
				o.validate(r, valX, valRows)
			}
			if o.top != nil {
				o.top.epoch++
			}
		}
	}
	r.params("final/", o.params)
	for _, p := range o.params {
		for name, v := range p.state {
			shape := p.shape
			if len(v) != len(p.v) {
				shape = []int{len(v)}
			}
			if strings.HasPrefix(name, "precond") {
				n := int(math.Sqrt(float64(len(v))))
				shape = []int{n, n}
			}
			r.add("opt/"+p.name+"/"+name, shape, v)
		}
	}
	if eps != nil {
		r.add("sampled_k", []int{steps, o.batch}, sampled)
		r.add("k_log_probs", []int{steps, o.batch}, densities)
	} else {
		bx := rows(x, batches[:o.batch])
		p := o.forward(&tape{}, bx, nil)
		r.matrix("eval/output", p.output)
		for l, post := range p.post {
			r.matrix(fmt.Sprintf("eval/hidden.%d.post", l), post)
		}
	}
	return o.caseOf(loss)
}
