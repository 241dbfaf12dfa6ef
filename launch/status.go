package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"noise2sparse/track"
)

// RunStatus is one run folder in what `trainer status` shows.
type RunStatus struct {
	Dir     string       `json:"dir"`
	State   track.State  `json:"state"` // "" where the run was never started
	Epoch   int          `json:"epoch"` // done
	Epochs  int          `json:"epochs"`
	Step    uint64       `json:"step"`
	Updated *time.Time   `json:"updated,omitempty"`
	Error   string       `json:"error,omitempty"`
	Train   *track.Float `json:"train_loss,omitempty"`
	Val     *track.Float `json:"val_loss,omitempty"`
	Active  *track.Float `json:"val_active_fraction,omitempty"`
	Left    *track.Float `json:"seconds_left,omitempty"` // about; of a run at work
	Owner   string       `json:"owner,omitempty"`        // of a run at work: "pid 12 on host"
	Attempt int          `json:"attempt,omitempty"`
	Device  string       `json:"device,omitempty"`

	took time.Duration // from the last attempt's begin to its end, or to the last word of it
}

// statusOf reads the run folder dir.
func statusOf(dir string) RunStatus {
	r := RunStatus{Dir: dir}
	s, err := track.ReadStatus(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r
	case err != nil:
		r.Error = err.Error()
		return r
	}
	r.State, r.Epoch, r.Epochs, r.Step, r.Updated, r.Error = s.State, s.Epoch, s.Epochs, s.Step, &s.Updated, s.Error
	r.Attempt, r.Device, r.took = s.Attempt, s.Device, s.Updated.Sub(s.Started)
	if r.State == track.Interrupted || r.State == track.Paused {
		r.Error = "" // the state says it
	}
	p, ok, err := track.LastPoint(dir, "train/loss")
	if err != nil || !ok {
		return r
	}
	if _, has := p.Values["val/loss"]; !has { // not every epoch is evaluated
		if p, ok, err = track.LastPoint(dir, "train/loss", "val/loss", "val/active_fraction"); err != nil || !ok {
			return r
		}
	}
	value := func(name string) *track.Float {
		if v, ok := p.Values[name]; ok {
			return track.Value(v)
		}
		return nil
	}
	r.Train, r.Val, r.Active = value("train/loss"), value("val/loss"), value("val/active_fraction")
	if r.State == track.Running {
		r.Owner = fmt.Sprintf("pid %d on %s", s.PID, s.Host)
		r.Epoch = max(r.Epoch, p.Epoch) // status.json is written every few seconds alone
		r.Left = left(dir, s, p)
	}
	return r
}

// left is about how long a run at work still takes, in seconds, by its pace since it was started last;
// nil where that is not known yet.
func left(dir string, s track.Status, p track.Point) *track.Float {
	attempts, err := track.ReadAttempts(dir)
	if err != nil || len(attempts) == 0 || p.Epoch == 0 {
		return nil
	}
	step, at := s.Step, s.Updated
	if p.Step > step {
		step, at = p.Step, p.Time
	}
	first := attempts[len(attempts)-1]
	total := float64(p.Step) / float64(p.Epoch) * float64(s.Epochs)
	done, took := float64(step)-float64(first.Step), at.Sub(first.Time).Seconds()
	if done <= 0 || took <= 0 {
		return nil
	}
	return track.Value(max(0, total-float64(step)) * took / done)
}
