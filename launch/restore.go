package launch

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"noise2sparse/track"
	"noise2sparse/train"
)

// restore finds the checkpoint to go on from, or the one of another run to start from.
func (r *runner) restore(t *Task, j *train.Job) (err error) {
	switch {
	case t.Action == Begin:
	case t.Checkpoint != "":
		if j.Resume, err = track.Load(t.Checkpoint); err != nil {
			return err
		}
	default:
		var broken []error
		if j.Resume, broken, err = track.Latest(t.Dir); err != nil {
			return err
		}
		if err := nothingLeft(t.Dir, j.Resume, broken); err != nil {
			return err
		}
		for _, b := range broken {
			j.Log.Warn("checkpoint passed over", zap.Error(b))
		}
	}
	if j.Resume == nil {
		j.Start, err = loadStart(t, j.Log)
		return err
	}
	return compareVersions(j)
}

// nothingLeft is an error where a run had checkpoints and none can be used: to start over in its
// folder would pass for going on.
func nothingLeft(dir string, c *track.Checkpoint, broken []error) error {
	if c != nil {
		return nil
	}
	if len(broken) > 0 {
		return fmt.Errorf("%s: no checkpoint can be used: %w", dir, broken[0])
	}
	attempts, err := track.ReadAttempts(dir)
	for _, a := range attempts {
		if a.Step > 0 {
			return fmt.Errorf("%s: the run has gone on from a checkpoint before (step %d), and there is none any more; bring it back, or begin anew with --fresh", dir, a.Step)
		}
	}
	return err
}

// compareVersions warns where other versions than the checkpoint's compute, and refuses other data.
func compareVersions(j *train.Job) error {
	then, now := j.Resume.Manifest.Versions, j.Versions()
	const dataKey = "data_sha256"
	if was, is := then[dataKey], now[dataKey]; was != "" && was != is {
		return fmt.Errorf("%s: the run began with other data (sha256 %.8s..., now %.8s...); give its --data-dir, or begin anew with --fresh", j.Folder.Dir(), was, is)
	}
	if then[dataKey] == "" { // an imported run, which meets its data now
		delete(now, dataKey)
	}
	if changes := track.VersionChanges(then, now); len(changes) > 0 {
		j.Log.Warn("other versions than before: the run need not repeat the bits of one never interrupted", zap.String("changes", strings.Join(changes, "; ")))
	}
	return nil
}

// notRestored notes why a run could not go on. Of a run that was there before, the status stays what
// it was, since nothing has changed.
func notRestored(t *Task, j *train.Job, err error) error {
	zap.New(j.Folder.LogCore(zap.InfoLevel)).Error("cannot go on", zap.Error(err))
	if t.Action == Begin {
		err = errors.Join(err, j.Folder.Finish(track.Failed, 0, 0, err))
	}
	return err
}

// checkEpochs refuses to go on to fewer epochs than are done already.
func checkEpochs(t *Task) error {
	done, err := epochsDone(t)
	if err == nil && done > t.Config.Epochs {
		err = wrong("epochs", "is %d, but %d are done; give at least that", t.Config.Epochs, done)
	}
	return err
}

// epochsDone counts those that the checkpoint to go on from has done, begun ones too; 0 where there
// is none.
func epochsDone(t *Task) (int, error) {
	c, err := (*track.Checkpoint)(nil), error(nil)
	if t.Checkpoint != "" {
		c, err = track.Load(t.Checkpoint)
	} else {
		c, _, err = track.Latest(t.Dir)
	}
	if err != nil || c == nil {
		return 0, err
	}
	var state struct {
		StepInEpoch int `json:"step_in_epoch"`
	}
	if err := json.Unmarshal(c.Manifest.State, &state); err != nil {
		return 0, fmt.Errorf("checkpoint %s: state: %w", c.Path, err)
	}
	if state.StepInEpoch > 0 {
		return c.Manifest.Epoch + 1, nil
	}
	return c.Manifest.Epoch, nil
}
