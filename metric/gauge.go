package metric

func init() {
	gauge("k", "TopK_Act_0/k", "neurons",
		"number of neurons that Top-K keeps, mean over the samples; a learned k before rounding")
	gauge("topk_threshold", "TopK_Act_0/mean_inhib_amount", "units of the activation",
		"mean over the samples of the smallest of the k kept activations: how much a neuron needs, and how far the others are inhibited")
	gauge("auxk_loss", "", "squared units of the input",
		"auxiliary loss of model.auxk without its factor, mean over the training samples; 0 in evaluation, which leaves dead neurons alone")
	gauge("zero_inputs", "", "fraction of samples",
		"samples whose input was all zeros and so could not be normalised (model.sdm.normalize_addresses)")
	gauge("silent_samples", "", "fraction of samples",
		"samples for which no hidden neuron was active, so that there was nothing to normalise (model.sdm.normalize_activations)")
}

// gauge registers the mean over the samples of what layers add up themselves (model.Gauge).
func gauge(name, reference, unit, doc string) {
	register(name, reference, unit, doc, Metric{Layer: func(s *Snapshot, l *Layer) (float64, bool) {
		v, ok := l.Gauges[name]
		return ratio(v, float64(s.Samples)), ok
	}})
}
