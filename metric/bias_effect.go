package metric

// BiasEffect tells what the bias b does to the signs of a layer's neurons, with W x the product
// before it: for each neuron, numbers of samples.
type BiasEffect struct {
	Samples  float64   // that were looked at
	Active   []float64 // W x > 0
	Woken    []float64 // not W x > 0, but W x + b > 0; nil without a bias
	Silenced []float64 // W x > 0, but not W x + b > 0; nil without a bias
}

func init() {
	register("pre_bias_active_fraction", "Mean_pre_bias_Active_neurons", "fraction of (sample, neuron) pairs",
		"mean over samples of the fraction of hidden neurons whose product W x is positive before the bias; extra bias_effect",
		biasEffect(func(e *BiasEffect) []float64 { return e.Active }))
	register("bias_woken_fraction", "Mean_neg_to_pos_neurons", "fraction of (sample, neuron) pairs",
		"pairs that the bias makes positive: not W x > 0, but W x + b > 0; extra bias_effect",
		biasEffect(func(e *BiasEffect) []float64 { return e.Woken }))
	register("bias_silenced_fraction", "Mean_pos_to_neg_neurons", "fraction of (sample, neuron) pairs",
		"pairs that the bias takes back: W x > 0, but not W x + b > 0; extra bias_effect",
		biasEffect(func(e *BiasEffect) []float64 { return e.Silenced }))
}

func biasEffect(of func(*BiasEffect) []float64) Metric {
	return Metric{Extra: "bias_effect", Layer: func(_ *Snapshot, l *Layer) (float64, bool) {
		if l.BiasEffect == nil || of(l.BiasEffect) == nil {
			return 0, false
		}
		counts := of(l.BiasEffect)
		return ratio(sum(counts), l.BiasEffect.Samples*float64(len(counts))), true
	}}
}

// with returns e with the neurons of another layer, seen for the same samples. Either may be nil.
func (e *BiasEffect) with(other *BiasEffect) *BiasEffect {
	switch {
	case other == nil:
		return e
	case e == nil:
		e = &BiasEffect{Samples: other.Samples}
	}
	e.Active = append(e.Active, other.Active...)
	e.Woken = append(e.Woken, other.Woken...)
	e.Silenced = append(e.Silenced, other.Silenced...)
	return e
}
