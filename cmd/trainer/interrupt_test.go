package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"noise2sparse/track"
)

// process starts the trainer as a process of its own, and waits until its run has begun.
func process(t *testing.T, out string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	var said bytes.Buffer
	c.Stderr = &said
	begin(t, out, c)
	return c, &said
}

// begin starts a command that is this binary as the trainer, and waits until its run has begun.
func begin(t *testing.T, out string, c *exec.Cmd) {
	t.Helper()
	c.Env = append(os.Environ(), "TRAINER_TEST_MAIN=1")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	for range 1000 {
		if found, _ := filepath.Glob(filepath.Join(out, "*", "*", "status.json")); len(found) > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no run began:\n%v", c.Stderr)
}

// Ctrl-C behind `| tee` ends tee too: what the run says then must not end it before it has saved.
func TestInterruptedAndNobodyReads(t *testing.T) {
	out := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, tiny(out, "--set", "epochs=100000")...)
	c.Stdout, c.Stderr = w, w
	begin(t, out, c)
	w.Close()
	r.Close()
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	dir := glob(t, out, "quickstart", "000-*")
	s, err := track.ReadStatus(dir)
	if err != nil || s.State != track.Interrupted || c.ProcessState.ExitCode() != exitInterrupted {
		t.Errorf("it ended with %v, status %+v (%v)", c.ProcessState, s, err)
	}
	glob(t, dir, "checkpoints", "*")
}

// nohup has the process ignore SIGHUP from the start, and so must the run.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: nothing happens here but the run itself, which others do")
	}
	out := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", append([]string{"-c", `trap "" HUP; exec "$0" "$@"`, exe}, tiny(out, "--set", "epochs=1000")...)...)
	begin(t, out, c)
	if err := c.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	s, err := track.ReadStatus(glob(t, out, "quickstart", "000-*"))
	if err != nil || s.State != track.Done || c.ProcessState.ExitCode() != exitDone {
		t.Errorf("it ended with %v, status %+v (%v)", c.ProcessState, s, err)
	}
}

// Only runs save checkpoints: nothing else says that it does, and what has nothing to save ends.
func TestInterruptedBench(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it waits for some seconds; other tests interrupt runs")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, "bench", "--exp", "quickstart", "--steps", "100000000", "--threads", "1")
	c.Env = append(os.Environ(), "TRAINER_TEST_MAIN=1")
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	time.Sleep(time.Second)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	if c.ProcessState.ExitCode() != exitInterrupted || strings.Contains(said.String(), "checkpoint") {
		t.Errorf("it ended with %v\n%s", c.ProcessState, &said)
	}
}

func TestInterruptedAndResumedRunsEndTheSame(t *testing.T) {
	epochs, signals := 1000, []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL}
	if testing.Short() {
		epochs, signals = 500, signals[:1]
	}
	whole := t.TempDir()
	long, last := []string{"--set", fmt.Sprintf("epochs=%d", epochs)}, fmt.Sprint(4*epochs)
	must(t, tiny(whole, long...)...)
	want := model(t, glob(t, whole, "quickstart", "000-*"), last)
	for _, sig := range signals {
		cut := t.TempDir()
		// Saving every epoch makes it last until the signal comes, and changes no result.
		c, said := process(t, cut, tiny(cut, append(long, "--data-dir", whole, "--set", "checkpoint.every_epochs=1")...)...)
		dir := glob(t, cut, "quickstart", "000-*")
		for range 10_000 {
			if _, ok, _ := track.LastPoint(dir); ok { // an epoch is done
				break
			}
			time.Sleep(time.Millisecond)
		}
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		s, err := track.ReadStatus(dir)
		if err != nil {
			t.Fatal(err)
		}
		state := track.Interrupted
		if sig == syscall.SIGKILL {
			state = track.Killed
		} else if c.ProcessState.ExitCode() != exitInterrupted || !strings.Contains(said.String(), c.Path+" run --resume "+dir+" --data-dir "+whole) {
			t.Errorf("%v: exit code %d\n%s", sig, c.ProcessState.ExitCode(), said)
		}
		if l := errorLines(said.String()); sig != syscall.SIGKILL && (len(l) != 1 || !strings.Contains(l[0], "interrupted; checkpoint saved; go on with: ")) {
			t.Errorf("%v: it says %q, want one line that tells how to go on", sig, l)
		}
		if s.State != state || s.Epoch >= epochs {
			t.Errorf("%v: status is %+v", sig, s)
		}
		must(t, "run", "--resume", dir, "--set", fmt.Sprintf("checkpoint.every_epochs=%d", epochs))
		if !bytes.Equal(model(t, dir, last), want) {
			t.Errorf("%v: interrupted and resumed, the run ends with other weights", sig)
		}
	}
}

// A step of this network takes a second or so; only after it can a first signal be obeyed.
func TestSecondSignalStopsAtOnce(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	stderr, err := os.Create(filepath.Join(out, "stderr")) // a file can be read while the process writes
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	said := func() string {
		b, err := os.ReadFile(stderr.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	c := exec.Command(exe, "run", "--exp", "quickstart", "--out", out, "--set", "data.samples=8000",
		"--set", "data.size=20", "--set", "model.hidden=[20000]", "--set", "batch_size=8000")
	c.Stderr = stderr
	begin(t, out, c)
	signal := func() {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	signal()
	// On a busy machine the first signal may be seen late, and the time that tells two signals apart begins then.
	for began := time.Now(); !strings.Contains(said(), "once more stops at once"); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("the first signal is not answered:\n%s", said())
		}
	}
	time.Sleep(sameSignal + 50*time.Millisecond)
	signal()
	began := time.Now()
	c.Wait()
	if c.ProcessState.ExitCode() != exitInterrupted || time.Since(began) > 500*time.Millisecond {
		t.Errorf("exit code %d after %v", c.ProcessState.ExitCode(), time.Since(began))
	}
	if strings.Contains(said(), "checkpoint saved") {
		t.Errorf("it says that it saved:\n%s", said())
	}
	if s, err := track.ReadStatus(glob(t, out, "quickstart", "000-*")); err != nil || s.State != track.Killed {
		t.Errorf("status is %+v (%v)", s, err)
	}
}
