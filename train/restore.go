package train

import (
	"encoding/json"
	"fmt"

	"noise2sparse/track"
)

// Restore sets everything on the device to what c holds, and returns where the loop was.
func (e *Engine) Restore(c *track.Checkpoint) (loopState, error) {
	var s loopState
	if err := json.Unmarshal(c.Manifest.State, &s); err != nil {
		return s, fmt.Errorf("checkpoint %s: state: %w", c.Path, err)
	}
	if err := restore(e.b, e.ModelBuffers(), c.Model); err != nil {
		return s, fmt.Errorf("checkpoint %s: %w", c.Path, err)
	}
	if err := restore(e.b, e.StateBuffers(), c.Optimizer); err != nil {
		return s, fmt.Errorf("checkpoint %s: %w", c.Path, err)
	}
	if err := e.restoreExtras(c.Optimizer); err != nil {
		return s, fmt.Errorf("checkpoint %s: %w", c.Path, err)
	}
	return s, nil
}

// Continue prepares the rest of an epoch whose state was restored, and which began at the given
// step of the run.
func (e *Engine) Continue(epoch int, first uint64) { e.Schedule(epoch, first) }

// StartFrom sets the weights, and with moments the optimizer's state, to those of another run. It
// returns the number of steps that these moments have seen, 0 without them.
func (e *Engine) StartFrom(c *track.Checkpoint, moments bool) (uint64, error) {
	if err := restore(e.b, e.ModelBuffers(), c.Model); err != nil {
		return 0, fmt.Errorf("start_from %s: %w", c.Path, err)
	}
	var seen loopState
	if moments {
		if err := json.Unmarshal(c.Manifest.State, &seen); err != nil {
			return 0, fmt.Errorf("start_from %s with moments: state: %w", c.Path, err)
		}
		var own []Buffer
		for _, b := range e.StateBuffers() {
			if e.isMoment(b.Name) {
				own = append(own, b)
			}
		}
		if err := restore(e.b, own, c.Optimizer); err != nil {
			return 0, fmt.Errorf("start_from %s with moments: %w", c.Path, err)
		}
	}
	e.Net.Params().Project(e.b)
	return seen.StepsBefore + seen.StepsDone, nil
}

func (e *Engine) isMoment(name string) bool {
	for _, s := range e.opt.State() {
		if name == s.Name {
			return true
		}
	}
	return false
}
