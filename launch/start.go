package launch

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"noise2sparse/experiment"
	"noise2sparse/track"
	"noise2sparse/train"
)

// findStarts finds the runs that tasks not begun yet start from.
func (p *Plan) findStarts() error {
	sources := map[string]*experiment.Experiment{}
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
	return errors.Join(errs...)
}

// startFromRun is a checkpoint folder, or the run folder whose newest checkpoint is meant.
func startFromRun(s *train.StartFrom) (string, error) {
	if _, _, err := track.Find(s.Run); err != nil {
		return "", fmt.Errorf("start_from.run: %w", err)
	}
	return s.Run, nil
}

// startFromExperiment is the folder of the other experiment's job with the same values of what
// both sweep; the newest one that is done.
func (p *Plan) startFromExperiment(t *Task, ref string, sources map[string]*experiment.Experiment) (string, error) {
	if sources[ref] == nil {
		e, err := experiment.Load(ref, nil)
		if err != nil {
			return "", fmt.Errorf("start_from.experiment: %w", err)
		}
		sources[ref] = e
	}
	e := sources[ref]
	j, err := matching(t.Job, e)
	if err != nil {
		return "", err
	}
	parent := filepath.Join(p.Out, e.Name)
	n, err := newestRound(parent, j.ID)
	if err != nil {
		return "", err
	}
	for ; n > 0; n-- {
		if dir := filepath.Join(parent, round(j.ID, n)); isDone(dir, 0) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("start_from: job %s needs a finished run %s, and there is none; make it with: trainer run --exp %s --job %d --out %s",
		t.ID, filepath.Join(parent, j.ID), ref, j.Index, p.Out)
}

// matching is the one job of e that agrees with j in all that both sweep.
func matching(j experiment.Job, e *experiment.Experiment) (experiment.Job, error) {
	want := map[string]string{}
	for _, v := range j.Values {
		want[v.Path] = v.Value
	}
	var found []experiment.Job
	var common []string
	for _, o := range e.Jobs() {
		same := true
		common = common[:0]
		for _, v := range o.Values {
			if w, ok := want[v.Path]; ok {
				common = append(common, v.Path+"="+w)
				same = same && w == v.Value
			}
		}
		if same {
			found = append(found, o)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	values := "the values of what both sweep"
	if len(common) > 0 {
		values = strings.Join(common, ", ")
	}
	return experiment.Job{}, wrong("start_from.experiment", "%d jobs of %s have %s, so which one job %s starts from is not clear; name a folder with start_from.run", len(found), e.Name, values, j.ID)
}

// loadStart reads the checkpoint that t starts from.
func loadStart(t *Task) (*track.Checkpoint, error) {
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
	}
	return c, err
}
