package launch

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"noise2sparse/launch/console"
	"noise2sparse/launch/ledger"
	"noise2sparse/track"
)

// Overview is what `trainer status` shows of a folder.
type Overview struct {
	Runs   []RunStatus   `json:"runs"`
	Sweeps []SweepStatus `json:"sweeps"`
}

// SweepStatus is a sweep with a ledger.
type SweepStatus struct {
	Dir      string              `json:"dir"`
	Launcher string              `json:"launcher,omitempty"` // "pid 12 on host"; "": none is at work
	Jobs     int                 `json:"jobs"`               // of the last command, or the runs that are there, if more
	Counts   map[track.State]int `json:"counts"`             // jobs in each state; "": not begun
	Left     *track.Float        `json:"seconds_left,omitempty"`
	Torn     int                 `json:"torn_lines,omitempty"` // of the ledger, that are no records
}

// Status reads the run folders in and below dir, in the order of their names, and the ledgers of their
// sweeps: jobs that have no folder yet are among the runs, with no state. It changes nothing.
func Status(dir string) (*Overview, error) {
	if st, err := os.Stat(dir); err == nil && !st.IsDir() {
		return nil, fmt.Errorf("%s is no folder; give a run's, or the one that holds runs", dir)
	}
	o := &Overview{Runs: []RunStatus{}, Sweeps: []SweepStatus{}}
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
			o.Runs = append(o.Runs, statusOf(path))
			return fs.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, ledger.Name)); err == nil {
			o.addSweep(path)
			return fs.SkipDir
		}
		return nil
	})
	return o, err
}

// addSweep reads the sweep in dir.
func (o *Overview) addSweep(dir string) {
	s := SweepStatus{Dir: dir, Launcher: ledger.Holder(dir), Counts: map[track.State]int{}}
	h, _ := ledger.Read(dir) // what of it can't be read, the run folders tell
	s.Torn = h.Torn
	seen := map[string]bool{}
	first := len(o.Runs)
	entries, _ := os.ReadDir(dir) // what can't be read holds no runs for this user
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !e.IsDir() || !isRun(path) {
			continue
		}
		r := statusOf(path)
		seen[jobID(path)] = true
		if j := h.Jobs[e.Name()]; j != nil && r.Error == "" && r.State != track.Done && r.State != track.Running {
			r.Error = j.Error
		}
		o.Runs = append(o.Runs, r)
	}
	for _, j := range h.Plans[h.Plan] {
		if !seen[j.Job] {
			o.Runs = append(o.Runs, RunStatus{Dir: filepath.Join(dir, j.Job)})
		}
	}
	for _, r := range o.Runs[first:] {
		s.Jobs++
		s.Counts[r.State]++
	}
	s.Left = sweepLeft(o.Runs[first:])
	o.Sweeps = append(o.Sweeps, s)
}

// sweepLeft is about how long a sweep at work still takes, in seconds: what the runs at work have left,
// shared among them with what the others will take, as long as those that are done have.
func sweepLeft(runs []RunStatus) *track.Float {
	var working, waiting, done int
	var left, took float64
	for _, r := range runs {
		switch {
		case r.State == track.Running:
			working++
			if r.Left != nil {
				left += float64(*r.Left)
			}
		case r.State == track.Done:
			if r.took > 0 {
				done++
				took += r.took.Seconds()
			}
		case r.State != track.Stopped && r.State != track.Failed && r.State != track.NaN:
			waiting++
		}
	}
	if working == 0 || waiting > 0 && done == 0 {
		return nil
	}
	if waiting > 0 {
		left += float64(waiting) * took / float64(done)
	}
	return track.Value(left / float64(working))
}

// AtWork tells whether a launcher or a run is at work.
func (o *Overview) AtWork() bool {
	for _, s := range o.Sweeps {
		if s.Launcher != "" {
			return true
		}
	}
	for _, r := range o.Runs {
		if r.State == track.Running {
			return true
		}
	}
	return false
}

// stateOrder is the order in which counts are told.
var stateOrder = []struct {
	state track.State
	text  string
}{
	{track.Done, "done"},
	{track.Running, "running"},
	{"", "not begun"},
	{track.Paused, "paused"},
	{track.Interrupted, "interrupted"},
	{track.Killed, "killed"},
	{track.Stopped, "stopped"},
	{track.NaN, "nan"},
	{track.Failed, "failed"},
}

// String is the sweep in a line.
func (s SweepStatus) String() string {
	line := fmt.Sprintf("%s: %s", s.Dir, plural(s.Jobs, "job"))
	for _, k := range stateOrder {
		if n := s.Counts[k.state]; n > 0 {
			line += fmt.Sprintf(", %d %s", n, k.text)
		}
	}
	if s.Left != nil {
		line += fmt.Sprintf(", about %s left", console.Duration(time.Duration(float64(*s.Left)*float64(time.Second))))
	}
	if s.Launcher != "" {
		line += "; launcher: " + s.Launcher
	}
	return line
}

// Lines are the overview as a table, under a line for each sweep. With few, runs at work come first,
// so that they are seen where there is no room for all.
func (o *Overview) Lines(few bool) []string {
	var lines []string
	for _, s := range o.Sweeps {
		lines = append(lines, s.String())
	}
	rows := [][]string{{"run", "state", "epoch", "train loss", "val loss", "active", "left", "updated", "owner", "error"}}
	var rest [][]string
	for _, r := range o.Runs {
		if few && r.State != track.Running {
			rest = append(rest, r.row())
			continue
		}
		rows = append(rows, r.row())
	}
	var b strings.Builder
	rows, align := withoutEmpty(append(rows, rest...), "llrrrrrrll")
	_ = console.Table(&b, align, rows) // a builder takes everything
	return append(lines, strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")...)
}

// withoutEmpty leaves out the columns, and their letters, that have nothing below their titles.
func withoutEmpty(rows [][]string, align string) (out [][]string, left string) {
	out = make([][]string, len(rows))
	for c := range rows[0] {
		if len(rows) > 1 && !slices.ContainsFunc(rows[1:], func(r []string) bool { return r[c] != "" }) {
			continue
		}
		left += align[c : c+1]
		for i, r := range rows {
			out[i] = append(out[i], r[c])
		}
	}
	return out, left
}

// ago is how long ago something was, roughly.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.0f s ago", max(0, d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%.0f min ago", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h ago", d.Hours())
	}
	return fmt.Sprintf("%.0f d ago", d.Hours()/24)
}

func (r RunStatus) row() []string {
	state, updated, left, epoch := string(r.State), "", "", ""
	if state == "" {
		state = "not begun"
	} else {
		epoch = fmt.Sprintf("%d/%d", r.Epoch, r.Epochs)
	}
	if r.Updated != nil {
		updated = ago(time.Since(*r.Updated))
	}
	if r.Left != nil {
		left = console.Duration(time.Duration(float64(*r.Left) * float64(time.Second)))
	}
	return []string{
		r.Dir, state, epoch, optional(r.Train, console.Loss), optional(r.Val, console.Loss),
		optional(r.Active, console.Percent), left, updated, r.Owner, r.Error,
	}
}
