package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
}

// Status lists the run folders in and below dir, in the order of their names. It only reads.
func Status(dir string) ([]RunStatus, error) {
	if st, err := os.Stat(dir); err == nil && !st.IsDir() {
		return nil, fmt.Errorf("%s is no folder; give a run's, or the one that holds runs", dir)
	}
	var out []RunStatus
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == dir:
			return fmt.Errorf("%s: no such folder, or it can't be read: %w", dir, reason(err))
		case err != nil:
			return nil // a folder that is not the user's to read
		case !d.IsDir():
			return nil
		case path != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case isRun(path):
			out = append(out, statusOf(path))
			return fs.SkipDir
		}
		return nil
	})
	return out, err
}

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
	if r.State == track.Interrupted {
		r.Error = "" // the state says it
	}
	h, err := track.ReadMetrics(dir)
	if err != nil {
		return r
	}
	r.Train, r.Val, r.Active = last(h, "train/loss"), last(h, "val/loss"), last(h, "val/active_fraction")
	return r
}

// last is the newest value of a metric, nil where there is none.
func last(h *track.History, name string) *track.Float {
	for i := len(h.Points) - 1; i >= 0; i-- {
		if v, ok := h.Points[i].Values[name]; ok {
			return track.Value(v)
		}
	}
	return nil
}
