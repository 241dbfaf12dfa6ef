package metric

import "math"

// deadSum is the reference's bound: a neuron whose activations sum to less over an epoch is dead.
const deadSum = 1e-5

func init() {
	register("active_fraction", "mean_Active_Neurons", "fraction of (sample, neuron) pairs",
		"mean over samples of the fraction of hidden neurons that are active (output above 0 for ReLU and Top-K, magnitude above metrics.activity_threshold for others)",
		Metric{Layer: func(s *Snapshot, l *Layer) (float64, bool) {
			return ratio(sum(l.Fired), float64(s.Samples*len(l.Fired))), true
		}})

	register("dead_fraction", "", "fraction of neurons",
		"neurons that were active for no sample of the epoch or evaluation",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) {
			return fraction(l.Fired, func(n float64) bool { return n == 0 }), true
		}})

	register("dead_fraction_by_sum", "fraction_dead_train_neurons", "fraction of neurons",
		"neurons whose activations summed over the samples stay below 1e-5, the reference's bound",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) {
			return fraction(l.Total, func(t float64) bool { return t < deadSum }), true
		}})

	register("activity_entropy", "neuron_activity_pdf_entropy", "bits",
		"-sum_j p_j log2 p_j over the neurons' shares p_j of all activation; log2 of the neurons where all are equally active",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) { return shareEntropy(l.Total), true }})

	register("firing_share_entropy", "", "bits",
		"activity_entropy with shares of firing, the number of samples each neuron was active for (what the reference logs for all activations but ReLU)",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) { return shareEntropy(l.Fired), true }})

	register("firing_entropy", "", "bits per neuron",
		"mean over neurons of the entropy of firing or not, -f log2 f - (1-f) log2(1-f), f the fraction of samples it fires for",
		Metric{Layer: func(s *Snapshot, l *Layer) (float64, bool) {
			var h float64
			for _, f := range l.FiringFractions(s.Samples) {
				h += BinaryEntropy(f)
			}
			return ratio(h, float64(len(l.Fired))), true
		}})
}

// FiringFractions is, for each neuron, the fraction of samples for which it was active.
func (l *Layer) FiringFractions(samples int) []float64 {
	f := make([]float64, len(l.Fired))
	for j, n := range l.Fired {
		f[j] = ratio(n, float64(samples))
	}
	return f
}

// Shares are each neuron's part of the sum over all of them, such as its share of all activity; 0
// where the sum is.
func Shares(of []float64) []float64 {
	all := sum(of)
	p := make([]float64, len(of))
	for j, v := range of {
		p[j] = ratio(v, all)
	}
	return p
}

// BinaryEntropy is the entropy in bits of an event of probability f; 0 at 0 and at 1.
func BinaryEntropy(f float64) float64 { return plogp(f) + plogp(1-f) }

// shareEntropy is the entropy in bits of the shares total_j / Σ total. A share of 0 counts as
// 1e-15, as in the reference (FORMAT.md, metrics). 0 where there is no activity at all.
func shareEntropy(total []float64) float64 {
	all := sum(total)
	if all == 0 {
		return 0
	}
	var h float64
	for _, t := range total {
		p := t / all
		if p == 0 {
			p = 1e-15
		}
		h += plogp(p)
	}
	return h
}

// plogp is -p log2 p, 0 at 0.
func plogp(p float64) float64 {
	if p <= 0 {
		return 0
	}
	return -p * math.Log2(p)
}

func sum(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s
}

// fraction is the share of values for which holds is true; 0 of none.
func fraction(x []float64, holds func(float64) bool) float64 {
	n := 0
	for _, v := range x {
		if holds(v) {
			n++
		}
	}
	return ratio(float64(n), float64(len(x)))
}
