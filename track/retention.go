package track

import (
	"math"
	"path/filepath"
	"strconv"
)

// Retention says which checkpoints are kept.
type Retention struct {
	KeepLast int    // the newest ones; at least 1
	Best     string // the metric whose best value's checkpoint is kept too; "": none
	Higher   bool   // higher values of Best are better
}

// retain removes the checkpoints that r does not keep, after the one of step was saved durably.
// Kept are the KeepLast newest up to step, the best of these (of equals the oldest), and those
// beyond step, which an earlier attempt left: they count once this attempt has come past them.
func (r Retention) retain(checkpoints string, step uint64) error {
	steps, err := listSteps(checkpoints)
	if err != nil {
		return err
	}
	for len(steps) > 0 && steps[0] > step { // newest first
		steps = steps[1:]
	}
	best, hasBest := r.best(checkpoints, steps)
	for i, s := range steps {
		if i < max(1, r.KeepLast) || hasBest && s == best {
			continue
		}
		if rerr := remove(checkpointPath(checkpoints, s)); err == nil {
			err = rerr
		}
	}
	return err
}

// best is the step with the best finite value of r.Best. A checkpoint whose state.json cannot be
// read has no value.
func (r Retention) best(checkpoints string, steps []uint64) (step uint64, ok bool) {
	if r.Best == "" {
		return 0, false
	}
	var value float64
	for i := len(steps) - 1; i >= 0; i-- { // oldest first
		s, err := readState(checkpointPath(checkpoints, steps[i]))
		if err != nil {
			continue
		}
		f, has := s.Metrics[r.Best]
		v := float64(f)
		if !has || math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if !ok || r.Higher && v > value || !r.Higher && v < value {
			step, value, ok = steps[i], v, true
		}
	}
	return step, ok
}

// BestIn is the folder of the checkpoint of the run in dir that r keeps as the best one, or "".
func (r Retention) BestIn(dir string) string {
	parent := filepath.Join(dir, checkpointsName)
	steps, err := listSteps(parent)
	if err != nil {
		return ""
	}
	if step, ok := r.best(parent, steps); ok {
		return checkpointPath(parent, step)
	}
	return ""
}

func checkpointPath(checkpoints string, step uint64) string {
	return filepath.Join(checkpoints, strconv.FormatUint(step, 10))
}
