package metric

func init() {
	register("encoder_decoder_cosine", "Mean_cosine_sim_to_transpose", "cosine",
		"mean over the hidden neurons of the cosine of incoming and outgoing weights (row of W, column of the next layer's), where both have one length; extra cosine",
		cosine(func(*Layer) []float64 { return nil }))
	register("encoder_decoder_cosine_by_activity", "Activation_Weighted_cosine_sim_to_transpose", "cosine",
		"encoder_decoder_cosine with each neuron weighted by its share of all activation; extra cosine",
		cosine(func(l *Layer) []float64 { return l.Total }))
	register("encoder_decoder_cosine_by_firing", "", "cosine",
		"encoder_decoder_cosine with each neuron weighted by its share of firing (what the reference logs for all activations but ReLU); extra cosine",
		cosine(func(l *Layer) []float64 { return l.Fired }))
}

// cosine is the mean of a layer's cosines with the given weights; nil: all equal.
func cosine(weights func(*Layer) []float64) Metric {
	return Metric{Extra: "cosine", Layer: func(_ *Snapshot, l *Layer) (float64, bool) {
		if l.Cosine == nil {
			return 0, false
		}
		w := weights(l)
		if w == nil {
			return mean(l.Cosine), true
		}
		var s float64
		for j, p := range Shares(w) {
			s += p * l.Cosine[j]
		}
		return s, true
	}}
}
