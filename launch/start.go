package launch

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"go.uber.org/zap"

	"noise2sparse/experiment"
	"noise2sparse/track"
	"noise2sparse/train"
)

// findStarts finds the runs that tasks not begun yet start from. Those that are not done are for Ready to
// tell.
func (p *Plan) findStarts() error {
	sources := map[string]*source{}
	var errs []error
	for _, t := range p.Tasks {
		s := t.Config.StartFrom
		if s == nil || t.Action == Skip {
			continue
		}
		if steps, err := track.Checkpoints(t.Dir); t.Action == Resume && err == nil && len(steps) > 0 {
			continue // it has weights of its own
		}
		var err error
		if s.Run != "" {
			t.Start, err = startFromRun(s)
		} else {
			t.Start, err = p.startFromExperiment(t, s.Experiment, sources)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, s := range sources {
		if err := s.unfinished(p.Options); err != nil {
			p.unready = append(p.unready, err)
		}
	}
	return errors.Join(errs...)
}

// source is an experiment that tasks start from.
type source struct {
	*experiment.Experiment
	ref     string           // as start_from names it
	runs    *runs            // its folders, once they have been looked for
	missing []experiment.Job // those that are needed and not done
}

// unfinished says which runs have to be made first, and how.
func (s *source) unfinished(o Options) error {
	if len(s.missing) == 0 {
		return nil
	}
	program := o.Program
	if program == "" {
		program = "trainer"
	}
	if j := s.missing[0]; len(s.missing) == 1 {
		return fmt.Errorf("start_from: needs a finished run %s, and there is none; make it with: %s",
			filepath.Join(o.Out, s.Name, j.ID), Command(program, "run", "--exp", s.ref, "--job", fmt.Sprint(j.Index), "--out", o.Out))
	}
	return fmt.Errorf("start_from: needs %d finished runs of %s in %s, which are not there; make them with: %s",
		len(s.missing), s.Name, filepath.Join(o.Out, s.Name), Command(program, "run", "--exp", s.ref, "--out", o.Out))
}

// startFromRun is a checkpoint folder, or the run folder whose newest checkpoint is meant.
func startFromRun(s *train.StartFrom) (string, error) {
	if _, _, err := track.Find(s.Run); err != nil {
		return "", fmt.Errorf("start_from.run: %w", err)
	}
	return s.Run, nil
}

// startFromExperiment is the folder of the job of the other experiment that start_from means; the
// newest one that is done. Where none is, that is noted with the source.
func (p *Plan) startFromExperiment(t *Task, ref string, sources map[string]*source) (string, error) {
	if sources[ref] == nil {
		e, err := experiment.Load(ref, nil)
		if err != nil {
			return "", fmt.Errorf("start_from.experiment: %w", err)
		}
		sources[ref] = &source{Experiment: e, ref: ref}
	}
	s := sources[ref]
	j, err := experiment.StartJob(t.Job, s.Experiment)
	if err != nil {
		return "", err
	}
	parent := filepath.Join(p.Out, s.Name)
	if s.runs == nil {
		if s.runs, err = listRuns(parent); err != nil {
			return "", err
		}
	}
	id := s.runs.idOf(j)
	for n := s.runs.rounds[id]; n > 0; n-- {
		if dir := filepath.Join(parent, round(id, n)); isDone(dir, 0) {
			return dir, nil
		}
	}
	if !slices.ContainsFunc(s.missing, func(o experiment.Job) bool { return o.Index == j.Index }) {
		s.missing = append(s.missing, j)
	}
	return "", nil
}

// loadStart reads the checkpoint that t starts from. Damaged ones that it passes over are logged.
func loadStart(t *Task, log *zap.Logger) (*track.Checkpoint, error) {
	if t.Start == "" {
		return nil, nil
	}
	run, checkpoint, err := track.Find(t.Start)
	if err != nil {
		return nil, fmt.Errorf("start_from: %w", err)
	}
	if checkpoint != "" {
		return track.Load(checkpoint)
	}
	c, broken, err := track.Latest(run)
	if err == nil && c == nil {
		err = fmt.Errorf("start_from: %s has no intact checkpoint", run)
		if len(broken) > 0 {
			err = fmt.Errorf("%w: %v", err, broken[0])
		}
		return nil, err
	}
	for _, b := range broken {
		log.Warn("start_from: checkpoint passed over", zap.Error(b))
	}
	return c, err
}
