package golden_test

import (
	"math"
	"slices"
)

// topK is the competition of FORMAT.md section 7 with its state.
type oracleTopK struct {
	approach   string
	n, kMin, T int
	threshold  float64
	window     float64
	epoch      float64
	counters   []float64
	k, stats   *mat // the learned scalar; mean and scale
	eps        []float64
	z          []float64
	sampled    []float64
	clipped    []bool
}

// current is k in this epoch.
func (o *oracleTopK) current() int {
	n, k, e := float32(o.n), float32(o.kMin), float32(o.epoch)
	switch o.approach {
	case "linear_decay_mask", "linear_decay_subtract":
		c := float32(-float64(o.n-o.kMin) / float64(o.T))
		return int(min(max(n+c*e, k), n))
	case "exp_decay_mask", "exp_decay_subtract":
		c := float32(math.Pow(float64(o.kMin)/float64(o.n), 1/float64(o.T)))
		return int(min(max(n*float32(math.Pow(float64(c), float64(e))), k), n))
	case "gaba_switch_act_bin", "gaba_switch_act", "gaba_switch_grad":
		return o.kMin + 1
	}
	return o.kMin
}

// ranks are the columns of a row from its largest entry on.
func ranks(row []float64) []int {
	order := make([]int, len(row))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case row[a] > row[b]:
			return -1
		case row[a] < row[b]:
			return 1
		}
		return 0
	})
	return order
}

// forward is the output for pre, which is relu'd first.
func (o *oracleTopK) forward(t *tape, pre *mat) *mat {
	a := t.relu(pre)
	w, slope := make([]float64, len(a.v)), make([]float64, len(a.v))
	less := newMat(a.r, a.c) // what is subtracted
	subtracts := false
	o.z, o.sampled, o.clipped = nil, nil, nil
	for i := range a.r {
		order := ranks(a.row(i))
		at := i * a.c
		switch o.approach {
		case "learn_k_sigmoid":
			o.edge(w[at:at+a.c], slope[at:at+a.c], order)
		case "learn_k_reinforce":
			raw := o.stats.v[0] + o.stats.v[1]*o.eps[i]
			z := min(max(raw, 0), math.Log(float64(o.n)))
			k := math.RoundToEven(math.Exp(z))
			o.z, o.sampled, o.clipped = append(o.z, z), append(o.sampled, k), append(o.clipped, z != raw)
			for _, j := range order[:int(k)] {
				w[at+j] = 1
			}
		case "flat_mask", "linear_decay_mask", "exp_decay_mask":
			for _, j := range order[:o.current()] {
				w[at+j] = 1
			}
		default:
			subtracts = true
			s := a.row(i)[order[o.current()-1]]
			for j := range a.c {
				less.v[at+j] = s * o.response(j)
			}
		}
	}
	if !subtracts {
		return t.weigh(a, w, slope, o.k)
	}
	post := t.relu(t.add(a, less, -1))
	for i, v := range post.v {
		switch o.approach {
		case "gaba_switch_act_bin":
			o.counters[i%o.n] += above(v)
		case "gaba_switch_act":
			o.counters[i%o.n] += v
		}
	}
	return post
}

// response is what neuron j makes of the threshold.
func (o *oracleTopK) response(j int) float64 {
	if o.counters == nil {
		return 1
	}
	return min(max(-1+2/o.threshold*o.counters[j], -1), 1)
}

// edge sets the weights of a row by learn_k_sigmoid.
func (o *oracleTopK) edge(w, slope []float64, order []int) {
	kappa := o.k.v[0]
	K := int(math.RoundToEven(kappa))
	h := int(math.Floor(float64(o.n) * o.window / 2))
	hi, lo := min(K+h, o.n-1), max(K-h, 0)
	width := hi - lo
	for i := range hi {
		if i < hi-width {
			w[order[i]] = 1
			continue
		}
		from, to := -float64(K-lo)*20/float64(width), float64(hi-K)*20/float64(width)
		x := from + (to-from)*float64(i-lo)/math.Max(1, float64(width-1)) - (kappa - float64(K))
		s := 1 / (1 + math.Exp(-x))
		if 1-s > 0x1p-24 { // else 0, in the reference's float32
			w[order[i]], slope[order[i]] = 1-s, s*(1-s)
		}
	}
}

// learn is the step of (mean, scale) after the optimizer's; it returns the gradient, which stays.
func (o *oracleTopK) learn(losses []float64, rate float64) [2]float64 {
	mu, sigma := o.stats.v[0], o.stats.v[1]
	var g [2]float64
	for i, z := range o.z {
		dMu, dSigma := 0.0, -1/sigma
		if o.clipped[i] {
			d := z - mu
			dMu, dSigma = d/(sigma*sigma), d*d/(sigma*sigma*sigma)-1/sigma
		}
		g[0] -= dMu * losses[i] / float64(len(losses))
		g[1] -= dSigma * losses[i] / float64(len(losses))
	}
	o.stats.v[0] -= rate * g[0]
	o.stats.v[1] -= rate * g[1]
	return g
}
