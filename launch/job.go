package launch

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"noise2sparse/track"
	"noise2sparse/train"
)

// do runs one task, or reports what it has done before, and notes how it ended.
func (r *runner) do(ctx context.Context, t *Task, o *Outcome) {
	var err error
	var s track.Summary
	if t.Action == Skip {
		s, err = track.ReadSummary(t.Dir)
		o.Figure = existingFigure(t.Dir)
		r.sameData(t, s)
	} else {
		s, err = r.train(ctx, t, o)
		r.data.done(t.Config)
		r.console.Clear()
	}
	var nan *train.NonFiniteError
	switch {
	case err == nil:
		o.State, o.Summary = track.Done, &s
		return
	case errors.Is(err, train.ErrInterrupted):
		if o.State = track.Interrupted; oneLine(err) == train.ErrInterrupted.Error() {
			return // as asked for, and nothing else came of it
		}
	case errors.Is(err, train.ErrPaused):
		o.State = track.Paused
		return
	case errors.As(err, &nan):
		o.State = track.NaN
	default:
		o.State = track.Failed
	}
	o.Error = oneLine(err)
}

// sameData warns where a run that is done has learned from other data than those loaded now. None
// are loaded for it alone.
func (r *runner) sameData(t *Task, s track.Summary) {
	set := r.data.loaded[r.data.key(t.Config)]
	if set != nil && s.DataSHA256 != "" && s.DataSHA256 != set.sha256 {
		r.log.Warn("done already, but with other data; --fresh begins anew", zap.String("job", t.ID), zap.String("was", s.DataSHA256), zap.String("now", set.sha256))
	}
}

// oneLine is an error with each of its lines once: what a failing disk does to the loop it also
// does to what comes after it.
func oneLine(err error) string {
	var lines []string
	for l := range strings.Lines(err.Error()) {
		if l = strings.TrimSpace(l); l != "" && !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "; ")
}

// train opens what the run needs, and runs it.
func (r *runner) train(ctx context.Context, t *Task, o *Outcome) (s track.Summary, err error) {
	set, err := r.data.get(t.Config)
	if err != nil {
		return s, err
	}
	if err := checkFit(t.Config, set.Dataset); err != nil {
		return s, err
	}
	j := train.Job{
		Experiment: r.Name, ID: t.ID, Config: t.Config, ConfigSHA256: t.SHA256,
		Data: set.Dataset, DataSHA256: set.sha256, Version: r.Version, Until: r.Until,
	}
	if j.ConfigYAML, err = t.yaml(); err != nil {
		return s, err
	}
	if j.Backend, err = r.Device.openFor(t.Config, set.Dataset); err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, j.Backend.Close()) }()
	if j.Folder, err = t.open(j.ConfigYAML); err != nil {
		return s, err
	}
	o.Dir = t.Dir
	defer func() { err = errors.Join(err, j.Folder.Close()) }()
	j.Log = zap.New(zapcore.NewTee(r.console.Core(), j.Folder.LogCore(zapcore.InfoLevel)))
	if t.keepConfig {
		j.ConfigYAML = nil
	}
	if err := r.restore(t, &j); err != nil {
		return s, notRestored(t, &j, err)
	}
	r.begins(t, &j)
	j.Watch = r.console.NewProgress(t.Config.Epochs, func(epoch int, values map[string]float64) {
		r.log.Info("epoch", zap.String("job", t.ID), zap.Int("epoch", epoch), zap.Any("metrics", track.Floats(shown(values))))
	})
	j.Finish = func(e *train.Engine, s *track.Summary) error { return look(e, &j, s, o) }
	s, err = train.Run(ctx, j)
	r.ended(&j, s, err)
	return s, err
}

// yaml is the run's config.yaml.
func (t *Task) yaml() ([]byte, error) {
	var b bytes.Buffer
	err := t.experiment.WriteConfig(&b, t.Job)
	return b.Bytes(), err
}

func (t *Task) open(config []byte) (*track.Run, error) {
	if t.Action != Begin {
		return track.Open(t.Dir)
	}
	if t.fresh {
		if err := t.claim(); err != nil {
			return nil, err
		}
	}
	return track.Create(t.Dir, config)
}

func (r *runner) begins(t *Task, j *train.Job) {
	switch {
	case j.Resume != nil:
		r.console.Printf("resume      %s after epoch %d (step %d)", t.Dir, j.Resume.Manifest.Epoch, j.Resume.Manifest.Step)
		j.Log.Info("resume", zap.String("dir", t.Dir), zap.String("checkpoint", j.Resume.Path), zap.Uint64("step", j.Resume.Manifest.Step))
		return
	case t.Action == Resume:
		r.console.Printf("resume      %s from the start: it has no checkpoint yet", t.Dir)
	default:
		r.console.Printf("folder      %s", t.Dir)
	}
	fields := []zap.Field{zap.String("dir", t.Dir), zap.String("version", r.Version), zap.String("data", j.Data.String()), zap.String("data_sha256", j.DataSHA256)}
	if j.Start != nil {
		r.console.Printf("start from  %s", j.Start.Path)
		fields = append(fields, zap.String("start_from", j.Start.Path), zap.Uint64("start_step", j.Start.Manifest.Step))
	}
	j.Log.Info("begin", fields...)
}

// ended writes the end into the run's log. The console shows it in its own way.
func (r *runner) ended(j *train.Job, s track.Summary, err error) {
	log := zap.New(j.Folder.LogCore(zapcore.InfoLevel))
	if err != nil {
		log.Error("end", zap.Error(err))
		return
	}
	log.Info("end", zap.Int("epochs", s.Epochs), zap.Uint64("steps", s.Steps), zap.Float64("ms_per_step", float64(s.MsPerStep)))
}

// shown are the metrics of an epoch that a log line carries; metrics.jsonl has all.
func shown(values map[string]float64) map[string]float64 {
	out := map[string]float64{}
	for _, k := range []string{"train/loss", "val/loss", "val/accuracy", "val/active_fraction", "val/dead_fraction", "time/ms_per_step"} {
		if v, ok := values[k]; ok {
			out[k] = v
		}
	}
	return out
}
