package golden_test

import (
	"math"
	"math/rand"
	"slices"
	"strings"
)

// oracle is a network in training as FORMAT.md describes it, and what a case says of it.
type oracle struct {
	rng                     *rand.Rand
	sdm, classify           bool
	d, out, batch, samples  int
	epochs, perEpoch        int
	hidden                  []int
	activation, projection  string
	tied, hiddenBias        bool
	sharedBias, outputBias  bool
	inhibition              map[string]any
	normalize               bool // of the input
	l1, l2, activationL1    float64
	top                     *oracleTopK
	addresses, values, unit bool // the norms of an sdm
	positive, positiveBias  bool
	optimizer               string
	lr, kRate, gamma        float64
	stepSize                int
	biasLR, clip            *float64

	params []*parameter
	losses []float64 // of the samples of the last batch
	extra  float64   // what each of them has on top
}

type parameter struct {
	name  string
	shape []int
	*mat
	state   oracleOptim
	carried []float64
}

const inputMean, inputStd = 0.4, 0.5

// declare adds a parameter with uniform numbers in ±bound.
func (o *oracle) declare(name string, bound float64, shape ...int) {
	n := 1
	for _, s := range shape {
		n *= s
	}
	p := &parameter{name: name, shape: shape, mat: newMat(n/shape[len(shape)-1], shape[len(shape)-1]), state: oracleOptim{}}
	for i := range p.v {
		p.v[i] = o.number(bound)
	}
	o.params = append(o.params, p)
}

// number is one that float32 holds, in ±bound.
func (o *oracle) number(bound float64) float64 {
	return float64(float32(bound * (2*o.rng.Float64() - 1)))
}

func (o *oracle) build() {
	if o.projection != "none" && !o.sdm {
		o.declare("projection.weight", 1/math.Sqrt(float64(o.d)), o.d, o.d)
	}
	if t := o.top; t != nil && t.k != nil {
		o.params = append(o.params, &parameter{name: "top_k.learned_k", shape: []int{1}, mat: t.k, state: oracleOptim{}})
	} else if t != nil && t.stats != nil {
		o.params = append(o.params, &parameter{name: "top_k.learned_k_stats", shape: []int{2}, mat: t.stats, state: oracleOptim{}})
	}
	in := o.d
	for l, n := range o.hidden {
		name, bound := "hidden."+string(rune('0'+l)), 1/math.Sqrt(float64(in))
		o.declare(name+".weight", bound, n, in)
		if l == 0 && o.sharedBias {
			o.declare(name+".shared_bias", bound, 1)
		} else if o.hiddenBias {
			o.declare(name+".bias", bound, n)
		}
		at := "inhibition." + string(rune('0'+l))
		switch o.inhibition["kind"] {
		case "all_to_all":
			o.declare(at+".weight", 0.2, n, n)
		case "interneuron":
			o.declare(at+".pool.weight", 0.3, 1, n)
			o.declare(at+".pool.bias", 0.3, 1)
			o.declare(at+".broadcast.weight", 0.3, n, 1)
		}
		in = n
	}
	if !o.tied {
		o.declare("output.weight", 1/math.Sqrt(float64(in)), o.out, in)
	}
	if o.outputBias {
		o.declare("output.bias", 0.3, o.out)
	}
}

func (o *oracle) param(name string) *mat {
	for _, p := range o.params {
		if p.name == name {
			return p.mat
		}
	}
	return nil
}

// pass is one forward pass.
type pass struct {
	projection, noised, output *mat
	pre, post                  []*mat
}

var shapes = map[string][2]func(float64) float64{
	"relu": {relu, above},
	"tanh": {math.Tanh, func(x float64) float64 { return 1 - math.Tanh(x)*math.Tanh(x) }},
	"gelu": {
		func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) },
		func(x float64) float64 {
			return (1+math.Erf(x/math.Sqrt2))/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		},
	},
	"softplus": {
		func(x float64) float64 { return math.Log(1 + math.Exp(x)) },
		func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	},
	"leaky_relu": {func(x float64) float64 { return max(x, 0.01*x) }, func(x float64) float64 { return 0.01 + 0.99*above(x) }},
}

func (o *oracle) forward(t *tape, x, noise *mat) *pass {
	p := &pass{}
	v := newMat(x.r, x.c)
	copy(v.v, x.v)
	if o.normalize {
		for i := range v.v {
			v.v[i] = (v.v[i] - inputMean) / inputStd
		}
	}
	if o.projection == "before_noise" {
		v = t.mul(v, o.param("projection.weight"), true)
		p.projection = v
	}
	if noise != nil {
		v = t.add(v, noise, 1)
	}
	p.noised = v
	if o.projection == "after_noise" {
		v = t.mul(v, o.param("projection.weight"), true)
		p.projection = v
	}
	if o.positive {
		v = t.relu(v)
	}
	if o.addresses {
		v = t.unit(v)
	}
	for l := range o.hidden {
		name := "hidden." + string(rune('0'+l))
		v = t.mul(v, o.param(name+".weight"), true)
		for _, bias := range []string{".bias", ".shared_bias"} {
			if b := o.param(name + bias); b != nil {
				v = t.add(v, b, 1)
			}
		}
		p.pre = append(p.pre, v)
		switch {
		case o.top != nil:
			v = o.top.forward(t, v)
		case o.inhibition != nil:
			v = o.inhibit(t, v, "inhibition."+string(rune('0'+l)))
		default:
			f := shapes[o.activation]
			v = t.each(v, f[0], f[1])
		}
		p.post = append(p.post, v)
	}
	if o.unit {
		v = t.unit(v)
	}
	if o.tied {
		v = t.mul(v, o.param("hidden.0.weight"), false)
	} else {
		v = t.mul(v, o.param("output.weight"), true)
	}
	if c := o.param("output.bias"); c != nil {
		v = t.add(v, c, 1)
	}
	p.output = v
	return p
}

func (o *oracle) inhibit(t *tape, pre *mat, name string) *mat {
	mu := pre
	for range o.inhibition["steps"].(int) {
		c := t.relu(mu)
		if o.inhibition["kind"] == "all_to_all" {
			c = t.mul(c, o.param(name+".weight"), true)
		} else {
			c = t.relu(t.add(t.mul(c, o.param(name+".pool.weight"), true), o.param(name+".pool.bias"), 1))
			c = t.mul(c, o.param(name+".broadcast.weight"), true)
		}
		if o.inhibition["only_inhibitory"].(bool) {
			c = t.relu(c)
		}
		mu = t.add(mu, t.add(t.add(pre, c, -1), mu, -1), o.inhibition["step_size"].(float64))
	}
	return t.relu(mu)
}

// loss is the batch's, and seeds the gradients of what it looks at; o.losses are the samples'.
func (o *oracle) loss(p *pass, x *mat, labels []int32) float64 {
	total, n := 0.0, float64(x.r)
	o.losses = make([]float64, x.r)
	for i := range x.r {
		row, g := p.output.row(i), p.output.grow(i)
		if o.classify {
			sum := 0.0
			for _, z := range row {
				sum += math.Exp(z)
			}
			for j, z := range row {
				g[j] = math.Exp(z) / sum / n
			}
			g[labels[i]] -= 1 / n
			o.losses[i] = math.Log(sum) - row[labels[i]]
		} else {
			for j, z := range row {
				r := z - x.row(i)[j]
				o.losses[i] += r * r / float64(o.d)
				g[j] = 2 * r / float64(o.d) / n
			}
		}
	}
	o.extra = 0
	for _, q := range o.params {
		for _, v := range q.v {
			o.extra += o.l1*math.Abs(v) + o.l2*v*v
		}
	}
	for i, v := range p.post[0].v {
		o.extra += o.activationL1 * math.Abs(v) / n
		p.post[0].g[i] += o.activationL1 * sign(v) / n
	}
	for i := range o.losses {
		o.losses[i] += o.extra
		total += o.losses[i]
	}
	return total / n
}

func sign(x float64) float64 { return above(x) - above(-x) }

// project restores what must hold of an sdm's parameters.
func (o *oracle) project() {
	for _, p := range o.params {
		if o.positive && (len(p.shape) > 1 || o.positiveBias) {
			for i, v := range p.v {
				p.v[i] = relu(v)
			}
		}
	}
	normalise := func(m *mat) {
		for i := range m.r {
			n := length(m.row(i))
			for j := range m.row(i) {
				m.row(i)[j] /= n
			}
		}
	}
	if o.addresses {
		normalise(o.param("hidden.0.weight"))
	}
	if o.values {
		normalise(o.param("output.weight"))
	}
}

// group is the number of a parameter's group: of biases where these have a rate of their own, of a
// learned k; -1 where it is not the main optimizer's.
func (o *oracle) group(p *parameter) int {
	learned := o.sdm && o.sharedBias || o.top != nil && (o.top.k != nil || o.top.stats != nil)
	switch {
	case p.name == "top_k.learned_k_stats":
		return -1
	case p.name == "top_k.learned_k":
		return 1
	case o.biasLR != nil && !learned && (strings.Contains(p.name, "bias") || len(p.shape) == 1):
		return 1
	}
	return 0
}

// rates are those of the groups in an epoch.
func (o *oracle) rates(epoch int) []float64 {
	f := 1.0
	if o.stepSize > 0 {
		f = math.Pow(o.gamma, float64(epoch/o.stepSize))
	}
	out := []float64{o.lr * f}
	if slices.ContainsFunc(o.params, func(p *parameter) bool { return o.group(p) == 1 }) {
		if o.top != nil && o.top.k != nil {
			return append(out, o.kRate*f)
		}
		out = append(out, *o.biasLR*f)
	}
	return out
}

// update clips and takes the optimizer's step t in an epoch; it returns the norm before the clip.
func (o *oracle) update(t, epoch int) float64 {
	square := 0.0
	for _, p := range o.params {
		for i, v := range p.v {
			p.g[i] += o.l1*sign(v) + 2*o.l2*v
			if p.carried != nil {
				p.g[i] += p.carried[i]
			}
			square += p.g[i] * p.g[i]
		}
	}
	norm, scale := math.Sqrt(square), 1.0
	if o.clip != nil {
		scale = min(1, *o.clip/(norm+1e-6))
	}
	for _, p := range o.params {
		g := o.group(p)
		if g < 0 {
			continue
		}
		clipped := make([]float64, len(p.g))
		for i, x := range p.g {
			clipped[i] = x * scale
		}
		rows, cols := p.shape[0], 0
		if len(p.shape) == 2 {
			cols = p.shape[1]
		}
		p.state.step(o.optimizer, p.v, clipped, rows, cols, t, 1000, o.rates(epoch)[g], 0.3)
	}
	return norm
}
