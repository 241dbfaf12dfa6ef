package metric

func init() {
	register("l2_norm", "L2_norm", "units of the parameter",
		"L2 norm of each parameter (weights and biases) at the epoch's end",
		Metric{Param: func(_ *Snapshot, p *Param) (float64, bool) { return p.Norm, true }})

	register("grad_norm", "", "loss per unit of the parameter",
		"L2 norm of the gradient before clipping, mean over the epoch's steps: of all parameters together, and of each",
		Metric{
			Whole: func(s *Snapshot) (float64, bool) {
				return ratio(s.GradNorm, float64(s.Steps)), s.Steps > 0
			},
			Param: func(s *Snapshot, p *Param) (float64, bool) {
				return ratio(p.GradNorm, float64(s.Steps)), s.Steps > 0
			},
		})

	register("encoder_norm", "Mean_L2_norm", "pre-activation per unit of input",
		"mean over the hidden neurons of the L2 norm of their incoming weights at the epoch's end",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) { return mean(l.RowNorms), len(l.RowNorms) > 0 }})

	register("zero_encoder_fraction", "", "fraction of neurons",
		"hidden neurons all of whose incoming weights are 0 at the epoch's end, such as an sdm's under positive weights: they have no direction, and can't be normalised",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) {
			return fraction(l.RowNorms, func(n float64) bool { return n == 0 }), len(l.RowNorms) > 0
		}})

	register("mean_bias", "Mean_neuron_bias_terms", "units of the pre-activation",
		"mean of the hidden biases at the epoch's end",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) { return mean(l.Bias), len(l.Bias) > 0 }})

	register("negative_bias_fraction", "frac_neg_bias_terms", "fraction of biases",
		"hidden biases below 0 at the epoch's end",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) {
			return fraction(l.Bias, func(b float64) bool { return b < 0 }), len(l.Bias) > 0
		}})

	register("bias_sign_flips", "", "biases",
		"number of hidden biases that are on the other side of 0 than one epoch before (0 counts as positive)",
		Metric{Layer: func(_ *Snapshot, l *Layer) (float64, bool) {
			n := 0
			for j, b := range l.Bias {
				if (b < 0) != (l.PreviousBias[j] < 0) {
					n++
				}
			}
			return float64(n), len(l.Bias) > 0 && len(l.PreviousBias) == len(l.Bias)
		}})
}

// mean is the average; 0 of none.
func mean(x []float64) float64 { return ratio(sum(x), float64(len(x))) }
