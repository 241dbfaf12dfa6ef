package launch

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"noise2sparse/launch/ledger"
	"noise2sparse/track"
	"noise2sparse/train"
)

// cluster is an engine whose jobs outlive the launcher: they wait until they are cancelled.
type cluster struct {
	*engine
	atWork func(jobs int) // nil, or called with how many were submitted, whenever they are asked for
}

func (c cluster) Lasting() {}

func (c cluster) Poll(context.Context, time.Duration) ([]Report, error) {
	if c.atWork != nil {
		c.atWork(len(c.submitted))
	}
	if c.cancelled == 0 || len(c.queue) == 0 {
		return nil, nil
	}
	j := c.queue[0]
	c.queue = c.queue[1:]
	return []Report{{Job: j.Job, Ended: true}}, nil
}

// Who leaves jobs with an engine of their own finds them again, and ends them by asking for that alone.
func TestLeaveAndCancel(t *testing.T) {
	out := t.TempDir()
	plan := func() *Plan { return small(t, out, "grid.seed=[1, 2]") }
	ctx, cancel := context.WithCancel(context.Background())
	e := &engine{t: t, room: 2}
	_, err := Sweep(ctx, plan(), cluster{e, func(jobs int) {
		if jobs == 2 {
			cancel()
		}
	}}, Policy{}, quiet())
	var left *LeftError
	if !errors.As(err, &left) || left.Jobs != 2 || !errors.Is(err, train.ErrInterrupted) || e.cancelled != 0 {
		t.Errorf("left with %v, and %d jobs were cancelled", err, e.cancelled)
	}

	places := []string{"place of " + plan().Tasks[0].ID, "place of " + plan().Tasks[1].ID}
	e = &engine{t: t, room: 2, alive: map[string]bool{places[0]: true, places[1]: true}}
	res, err := Sweep(context.Background(), plan(), cluster{engine: e}, Policy{Cancel: true}, quiet())
	if err != nil || res.Count(track.Interrupted) != 2 || e.cancelled != 2 || len(e.submitted) != 0 || !slices.Equal(e.attached, places) {
		t.Errorf("cancelled: %v, %+v; attached to %v, submitted %v", err, res.Jobs, e.attached, e.submitted)
	}
	h, err := ledger.Read(filepath.Join(out, "quickstart"))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range plan().Tasks {
		if run := h.Of(task.ID); run.Open != nil {
			t.Errorf("%s is still under way in the ledger: %+v", task.ID, run.Open)
		}
	}
	e = &engine{t: t, room: 2}
	if res, err := Sweep(context.Background(), plan(), cluster{engine: e}, Policy{Cancel: true}, quiet()); err != nil || len(e.submitted) != 0 {
		t.Errorf("with nothing to cancel: %v, %+v", err, res.Jobs)
	}
}
