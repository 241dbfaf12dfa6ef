package track

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

func newSaver(t *testing.T, r *Run, keep Retention) *Saver {
	t.Helper()
	m, o := tensors(0)
	s, err := r.NewSaver(m, o, keep)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func submit(s *Saver, step uint64, valLoss float64) error {
	snap, err := s.Begin()
	if err != nil {
		return err
	}
	m, o := tensors(step)
	for i := range m {
		copy(snap.Model[i].Array.Bytes, m[i].Array.Bytes)
	}
	for i := range o {
		copy(snap.Optimizer[i].Array.Bytes, o[i].Array.Bytes)
	}
	snap.Step, snap.Epoch, snap.State = step, int(step/10), map[string]uint64{"step": step}
	snap.Metrics = map[string]float64{"val/loss": valLoss}
	return s.Save(snap)
}

func TestSaverSavesWhatItWasGiven(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	s := newSaver(t, r, Retention{KeepLast: 100})
	for step := uint64(1); step <= 20; step++ { // the loop overwrites the other buffer meanwhile
		must(t, submit(s, step, 1))
	}
	must(t, s.Wait())
	if s.made > 2 || s.Busy() {
		t.Errorf("%d buffers were made; busy: %v", s.made, s.Busy())
	}
	for step := uint64(1); step <= 20; step++ {
		c, err := Load(checkpointPath(r.checkpoints(), step))
		must(t, err)
		m, o := tensors(step)
		if !equal(c.Model, m) || !equal(c.Optimizer, o) || !strings.Contains(string(c.Manifest.State), fmt.Sprintf(`"step": %d`, step)) {
			t.Errorf("checkpoint %d holds another step's values", step)
		}
	}
	must(t, s.Close())
	must(t, s.Close())
	if _, err := s.Begin(); !errors.Is(err, errSaverClosed) {
		t.Errorf("Begin after Close: %v", err)
	}
	if s.Last() != checkpointPath(r.checkpoints(), 20) {
		t.Errorf("last %s", s.Last())
	}
}

func TestSaverUse(t *testing.T) {
	r := started(t, filepath.Join(t.TempDir(), "run"))
	s := newSaver(t, r, Retention{KeepLast: 1})
	a, err := s.Begin()
	must(t, err)
	_, err = s.Begin()
	wantError(t, err, "second snapshot")
	s.Discard(a)
	a, err = s.Begin()
	must(t, err)
	a.State = math.NaN()
	wantError(t, s.Save(a), "cannot be saved")
	must(t, submit(s, 5, 1)) // it goes on
	must(t, s.Close())
}

func TestRetention(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name   string
		keep   Retention
		losses []float64 // of steps 10, 20, ...
		want   string
	}{
		{"last", Retention{KeepLast: 1}, []float64{1, 2, 3}, "30"},
		{"last 2", Retention{KeepLast: 2}, []float64{1, 2, 3}, "20 30"},
		{"none means one", Retention{}, []float64{1, 2}, "20"},
		{"best", Retention{KeepLast: 1, Best: "val/loss"}, []float64{3, 1, 2, 4}, "20 40"},
		{"best is last", Retention{KeepLast: 1, Best: "val/loss"}, []float64{3, 2, 1}, "30"},
		{"best of equals is the oldest", Retention{KeepLast: 1, Best: "val/loss"}, []float64{1, 1, 1}, "10 30"},
		{"higher", Retention{KeepLast: 1, Best: "val/loss", Higher: true}, []float64{1, 5, 2, 3}, "20 40"},
		{"not finite is never best", Retention{KeepLast: 1, Best: "val/loss"}, []float64{3, nan, math.Inf(-1), 4}, "10 40"},
		{"unknown metric", Retention{KeepLast: 1, Best: "x"}, []float64{1, 2}, "20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			r := started(t, dir)
			s := newSaver(t, r, c.keep)
			for i, l := range c.losses {
				must(t, submit(s, uint64(10*(i+1)), l))
			}
			must(t, s.Close())
			if got := list(t, r.checkpoints()); got != c.want {
				t.Errorf("kept %s, want %s", got, c.want)
			}
			if best := c.keep.BestIn(dir); c.keep.Best == "val/loss" && !strings.Contains(" "+c.want+" ", " "+filepath.Base(best)+" ") {
				t.Errorf("best is %s", best)
			}
		})
	}
}

// An attempt that was killed between its last save and the retention leaves too many; the next one
// finds nothing to save, and puts that right.
func TestRetain(t *testing.T) {
	r := started(t, filepath.Join(t.TempDir(), "run"))
	s := newSaver(t, r, Retention{KeepLast: 9})
	for _, step := range []uint64{10, 20, 30, 40} {
		must(t, submit(s, step, 1))
	}
	must(t, s.Close())
	s = newSaver(t, r, Retention{KeepLast: 2})
	must(t, s.Retain(30))
	must(t, s.Close())
	if got := list(t, r.checkpoints()); got != "20 30 40" {
		t.Errorf("kept %s", got)
	}
}

// A run resumed from step 10 while 20 and 30 exist must keep what it saves, although it is not the
// newest by number, and take the others over as it passes them.
func TestRetentionAfterAResumeFromAnOlderCheckpoint(t *testing.T) {
	r := started(t, filepath.Join(t.TempDir(), "run"))
	s := newSaver(t, r, Retention{KeepLast: 3})
	for _, step := range []uint64{10, 20, 30} {
		must(t, submit(s, step, 1))
	}
	must(t, s.Close())
	s = newSaver(t, r, Retention{KeepLast: 1})
	for _, c := range []struct {
		step uint64
		want string
	}{{12, "12 20 30"}, {20, "20 30"}, {25, "25 30"}, {35, "35"}} {
		must(t, submit(s, c.step, 1))
		must(t, s.Wait())
		if got := list(t, r.checkpoints()); got != c.want {
			t.Errorf("after step %d: %s, want %s", c.step, got, c.want)
		}
	}
}

func TestFullDiskKeepsTheLastGoodCheckpoint(t *testing.T) {
	disk := smallDisk(t, 512<<10, "")
	dir := filepath.Join(disk, "run")
	r := started(t, dir)
	big, err := array.New(dtype.Float32, 50_000) // 200 kB: two fit, the third does not
	must(t, err)
	s, err := r.NewSaver([]array.Named{{Name: "W", Array: big}}, nil, Retention{KeepLast: 5})
	must(t, err)
	defer s.Close()
	var failed error
	for step := uint64(1); step <= 5 && failed == nil; step++ {
		snap, err := s.Begin()
		must(t, err)
		snap.Step = step
		if failed = s.Save(snap); failed == nil {
			failed = s.Wait()
		}
	}
	wantError(t, failed, "cannot save the checkpoint of step 3", "no space left on device", "free some space")
	if !errors.Is(failed, syscall.ENOSPC) {
		t.Errorf("error %v is not ENOSPC", failed)
	}
	if _, err := s.Begin(); err == nil {
		t.Error("the saver goes on after a failed save")
	}
	if got := list(t, r.checkpoints()); got != "1 2" {
		t.Errorf("left %s, want the two good ones", got)
	}
	c, broken, err := Latest(dir)
	if err != nil || c == nil || c.Manifest.Step != 2 || len(broken) != 0 {
		t.Errorf("latest %v, %v, %v", c, broken, err)
	}
	if s.Last() != checkpointPath(r.checkpoints(), 2) {
		t.Errorf("last %s", s.Last())
	}
	if err := r.Finish(Failed, 0, 3, failed); err != nil {
		t.Errorf("the status was not written, although the half checkpoint is gone: %v", err)
	}
	if err := s.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close forgot the failed save: %v", err)
	}
}

// A metrics line that a full disk cut off spoils no other line.
func TestFullDiskTearsOneMetricsLine(t *testing.T) {
	disk := smallDisk(t, 256<<10, "")
	dir := filepath.Join(disk, "run")
	r := started(t, dir)
	ballast := filepath.Join(disk, "ballast")
	must(t, os.WriteFile(ballast, make([]byte, 210<<10), 0o666))
	values := map[string]float64{}
	for i := range 300 {
		values[fmt.Sprintf("metric/with/a/long/name/%d", i)] = float64(i)
	}
	var err error
	step := uint64(0)
	for err == nil && step < 1000 {
		step++
		err = r.Metrics(1, step, values)
	}
	wantError(t, err, "metrics.jsonl", "no space left on device")
	must(t, os.Remove(ballast))
	must(t, r.Metrics(1, step+1, values))
	h, err := ReadMetrics(dir)
	must(t, err)
	if len(h.Points) != int(step) || h.Torn > 1 { // all but the failed one, and the one after
		t.Errorf("%d whole and %d torn lines after %d writes", len(h.Points), h.Torn, step+1)
	}
}

func TestSaverAllocatesItsBuffersOnce(t *testing.T) {
	r := started(t, filepath.Join(t.TempDir(), "run"))
	big, err := array.New(dtype.Float32, 1<<20) // 4 MB
	must(t, err)
	s, err := r.NewSaver([]array.Named{{Name: "W", Array: big}}, nil, Retention{KeepLast: 1})
	must(t, err)
	defer s.Close()
	step := uint64(0)
	once := func() {
		step++
		snap, err := s.Begin()
		must(t, err)
		snap.Step = step
		must(t, s.Save(snap))
		must(t, s.Wait())
	}
	once()
	const saves = 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range saves {
		once()
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / saves; got > 200<<10 || s.made != 1 {
		t.Errorf("a save of 4 MB allocates %d bytes; %d buffers made", got, s.made)
	}
}
