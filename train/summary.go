package train

import "noise2sparse/track"

// summary puts together what came out of the run.
func (r *runner) summary() track.Summary {
	ms := r.clock.msPerStep()
	if ms == 0 { // nothing was left to train
		ms = r.last["time/ms_per_step"]
	}
	s := track.Summary{
		Experiment: r.Experiment, Job: r.ID, Seed: r.Config.Seed, Epochs: r.loop.EpochsDone, Steps: r.loop.StepsDone,
		Attempts: r.Folder.Attempt(), Device: r.Backend.Device().Name,
		TrainLoss: track.Float(r.last["train/loss"]), TrainDeadFraction: r.value("train/dead_fraction"),
		ValLoss: r.value("val/loss"), ValAccuracy: r.value("val/accuracy"),
		ValActiveFraction: r.value("val/active_fraction"), ValDeadFraction: r.value("val/dead_fraction"),
		MsPerStep: track.Float(ms), Seconds: track.Float(r.loop.Seconds),
		StoppedEarly: r.loop.Stopped, ConfigSHA256: r.ConfigSHA256, DataSHA256: r.DataSHA256, Version: r.Version,
		Metrics: track.Floats(r.last),
	}
	if ms > 0 {
		s.SamplesPerSecond = track.Float(1e3 * float64(r.Config.BatchSize) / ms)
	}
	if b := r.loop.Best; b.Epoch > 0 {
		s.BestEpoch, s.BestMetric, s.BestValue = &b.Epoch, r.Config.Checkpoint.BestMetric, track.Value(b.Value)
	}
	return s
}

// value is a metric of the last epoch, nil where the run does not have it.
func (r *runner) value(name string) *track.Float {
	v, ok := r.last[name]
	if !ok {
		return nil
	}
	return track.Value(v)
}
