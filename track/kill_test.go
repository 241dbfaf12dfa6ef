package track

import (
	"bufio"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

// victimDir names the run folder to a copy of the test binary that is to be killed.
const victimDir = "TRACK_TEST_VICTIM_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		fmt.Fprintln(os.Stderr, victim(dir))
		os.Exit(1) // only killed victims are good ones
	}
	os.Exit(m.Run())
}

// victim resumes the run in dir and saves a checkpoint each step, for ever. It prints what must
// survive: each step whose save it was told of.
func victim(dir string) error {
	r, err := Open(dir)
	if err != nil {
		return err
	}
	c, broken, err := Latest(dir)
	if err != nil || len(broken) > 0 {
		return fmt.Errorf("latest: %v, broken %v", err, broken)
	}
	step := uint64(0)
	if c != nil {
		steps, err := Checkpoints(dir)
		if err != nil {
			return err
		}
		step = c.Manifest.Step
		for _, s := range steps { // newest first
			if s < c.Manifest.Step { // go back one: some steps are saved again
				step = s
				break
			}
		}
	}
	if err := r.Start(Attempt{Step: step}, nil); err != nil {
		return err
	}
	a, err := array.New(dtype.Float32, 1<<16)
	if err != nil {
		return err
	}
	s, err := r.NewSaver([]array.Named{{Name: "W", Array: a}}, []array.Named{{Name: "m", Array: a}}, Retention{KeepLast: 2, Best: "val/loss"})
	if err != nil {
		return err
	}
	for {
		step++
		if err := victimStep(r, s, step); err != nil {
			return err
		}
		fmt.Println(step)
	}
}

func victimStep(r *Run, s *Saver, step uint64) error {
	loss := map[string]float64{"val/loss": float64(step % 7)}
	if err := r.Metrics(int(step), step, loss); err != nil {
		return err
	}
	snap, err := s.Begin()
	if err != nil {
		return err
	}
	snap.Step, snap.Metrics = step, loss
	for i := range snap.Model[0].Array.Bytes {
		snap.Model[0].Array.Bytes[i] = byte(step)
	}
	r.status.now.Updated = time.Time{} // every heartbeat is written
	if err := r.Heartbeat(int(step), step); err != nil {
		return err
	}
	if err := s.Save(snap); err != nil {
		return err
	}
	return s.Wait()
}

func TestKilledAtAnyMoment(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Create(dir, nil)
	must(t, err)
	must(t, r.Close())
	var acked uint64
	caught := map[string]int{}
	for i := range 30 {
		pause := time.Duration(rand.Int64N(int64(40 * time.Millisecond)))
		if last := killAfter(t, dir, pause, i%3 == 0); last > 0 {
			acked = last // it may be below an earlier one, since victims go back
		} else if all, err := ReadAttempts(dir); err == nil && len(all) > 0 {
			acked = min(acked, all[len(all)-1].Step) // it went back, and has saved nothing
		}
		countLeftovers(t, dir, caught)
		c, broken, err := Latest(dir)
		must(t, err)
		if len(broken) > 0 {
			t.Fatalf("killed after %v: broken checkpoints %v", pause, broken)
		}
		if acked > 0 && (c == nil || c.Manifest.Step < acked) {
			t.Fatalf("killed after %v: step %d was saved, and the latest is %+v", pause, acked, c)
		}
		if c == nil {
			continue
		}
		steps, err := Checkpoints(dir)
		must(t, err)
		for _, step := range steps { // also those that a kill kept from being removed
			must(t, Verify(checkpointPath(filepath.Join(dir, checkpointsName), step)))
		}
		if b := c.Model[0].Array.Bytes; b[0] != byte(c.Manifest.Step) || b[len(b)-1] != byte(c.Manifest.Step) {
			t.Fatalf("checkpoint %d holds the values of step %d", c.Manifest.Step, b[0])
		}
		checkReaders(t, dir, c.Manifest.Step)
	}
	if acked == 0 {
		t.Fatal("no victim saved anything")
	}
	t.Logf("last step %d; kills that left something half-done: %v", acked, caught)
}

// killAfter starts a victim, kills it a pause after its first save (or after its start), and returns
// the last step whose save it reported.
func killAfter(t *testing.T, dir string, pause time.Duration, atStart bool) (last uint64) {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), victimDir+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	kill := func() { cmd.Process.Kill() }
	if atStart {
		time.AfterFunc(pause, kill)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if last == 0 && !atStart {
			time.AfterFunc(pause, kill)
		}
		if last, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Fatalf("the victim ended by itself: %v: %s", err, stderr.String())
	}
	return last
}

// countLeftovers counts what the kill interrupted, to show that kills hit saves.
func countLeftovers(t *testing.T, dir string, caught map[string]int) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		for _, mark := range []string{tmpPrefix, trashPrefix, ".status.json.tmp-"} {
			if strings.HasPrefix(d.Name(), mark) {
				caught[mark]++
			}
		}
		return err
	}))
}

func checkReaders(t *testing.T, dir string, step uint64) {
	t.Helper()
	s, err := ReadStatus(dir)
	if err != nil || s.State != Killed {
		t.Fatalf("status %+v, %v", s, err)
	}
	h, err := ReadMetricsAll(dir)
	must(t, err)
	_, steps, _ := h.Series("val/loss")
	for i, s := range steps {
		if s != uint64(i+1) {
			t.Fatalf("metrics of step %d are missing; there are %v", i+1, steps)
		}
	}
	if h.Torn > 0 || len(steps) < int(step) {
		t.Fatalf("%d torn lines, %d steps measured, checkpoint at %d", h.Torn, len(steps), step)
	}
}
