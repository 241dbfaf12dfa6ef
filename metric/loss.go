package metric

func init() {
	register("loss", "loss", "reconstruction: squared units of the input; classification: nats",
		"mean over the samples of the per-sample loss, each evaluated before its step's update",
		Metric{Whole: func(s *Snapshot) (float64, bool) { return ratio(s.Loss, float64(s.Samples)), true }})

	register("accuracy", "accuracy", "fraction of samples",
		"samples whose largest output is at their label (ties: the lowest class)",
		Metric{HigherIsBetter: true, Whole: func(s *Snapshot) (float64, bool) {
			return ratio(s.Correct, float64(s.Samples)), s.Classes > 0
		}})
}
