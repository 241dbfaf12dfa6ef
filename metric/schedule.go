package metric

func init() {
	register("learning_rate", "", "parameter units per unit of the optimizer's direction",
		"rate of most parameters in the epoch's last step, after its schedule",
		Metric{Whole: func(s *Snapshot) (float64, bool) { return s.LearningRate, s.Steps > 0 }})

	register("noise_amount", "Diffusion_Noise", "units of the input; a rate's inverse",
		"sigma, scale or rate of the noise that the epoch was trained with",
		Metric{Whole: func(s *Snapshot) (float64, bool) { return s.NoiseAmount, s.Steps > 0 }})
}
