package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"noise2sparse/launch"
	"noise2sparse/launch/ledger"
	"noise2sparse/track"
)

// sweepProcess starts a sweep as a process of its own, and waits until so many of its jobs train.
func sweepProcess(t *testing.T, out string, working int, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	for range 2000 {
		if len(atWork(t, out)) >= working {
			return c, &said
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no %d jobs at work", working)
	return nil, nil
}

// atWork are the runs below out that train now and have done an epoch.
func atWork(t *testing.T, out string) []launch.RunStatus {
	t.Helper()
	o, err := launch.Status(out)
	if err != nil {
		t.Fatal(err)
	}
	var at []launch.RunStatus
	for _, r := range o.Runs {
		if r.State == track.Running && r.Train != nil {
			at = append(at, r)
		}
	}
	return at
}

// processes are those that train the runs at work.
func processes(t *testing.T, out string) []int {
	t.Helper()
	var pids []int
	for _, r := range atWork(t, out) {
		st, err := track.ReadStatus(r.Dir)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, st.PID)
	}
	return pids
}

// lasting are the flags of jobs that take a second or so, most of it computing.
var lasting = []string{
	"--set", "epochs=200", "--set", "model.hidden=[500]", "--set", "metrics.neuron_vectors_every_epochs=100",
	"--set", "checkpoint.keep_best=false", "--parallel", "2",
}

// A worker that the system kills takes its job with it and no other; the job is tried again, and goes
// on from its checkpoint to the bits of a run that was left alone.
func TestKilledWorker(t *testing.T) {
	if testing.Short() {
		t.Skip("a sweep takes seconds")
	}
	whole, out := t.TempDir(), t.TempDir()
	flags := func(out string) []string {
		return tiny(out, append(lasting, "--seeds", "1,2,3", "--set", "checkpoint.every_epochs=20")...)
	}
	must(t, flags(whole)...)
	c, said := sweepProcess(t, out, 1, flags(out)...)
	victim := atWork(t, out)
	if len(victim) == 0 {
		t.Skip("the jobs were done too soon")
	}
	st, err := track.ReadStatus(victim[0].Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(st.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if !strings.Contains(said.String(), "its process was ended by signal 9") {
		t.Errorf("it says:\n%s", said)
	}
	for _, dir := range runs(t, whole) {
		same(t, outcome(t, dir), outcome(t, filepath.Join(out, "quickstart", filepath.Base(dir))))
	}
	failed := 0
	eachLine(t, filepath.Join(out, "quickstart", ledger.Name), func(r ledger.Record) {
		if r.Event == ledger.Failed {
			failed++
			if r.Run != filepath.Base(victim[0].Dir) {
				t.Errorf("%s failed too: %s", r.Run, r.Error)
			}
		}
	})
	if failed != 1 {
		t.Errorf("%d failures in the ledger, want 1", failed)
	}
}

// The first Ctrl-C has all jobs save; the same command goes on to the same bits. A second launcher is
// turned away while the first is there. Meanwhile the workers are stopped, so that no job ends too soon.
func TestInterruptedSweep(t *testing.T) {
	if testing.Short() {
		t.Skip("a sweep takes seconds")
	}
	whole, out := t.TempDir(), t.TempDir()
	flags := func(out string) []string {
		return tiny(out, append(lasting, "--set", "epochs=400", "--seeds", "1,2,3")...)
	}
	must(t, flags(whole)...)
	c, said := sweepProcess(t, out, 2, flags(out)...)
	workers := processes(t, out)
	for _, pid := range workers {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	if a := trainer(t, flags(out)...); a.code != exitFailed || !strings.Contains(a.errOut, "another launcher (pid ") {
		t.Errorf("a second launcher: exit code %d\n%s", a.code, a.errOut)
	}
	if a := must(t, "status", out); !strings.Contains(a.out, "; launcher: pid ") || !strings.Contains(a.out, "1 not begun") {
		t.Errorf("status says:\n%s", a.out)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for _, pid := range workers {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	c.Wait()
	if c.ProcessState.ExitCode() != exitInterrupted || !strings.Contains(said.String(), "the same command goes on") {
		t.Errorf("exit code %d\n%s", c.ProcessState.ExitCode(), said)
	}
	var s launch.Overview
	must(t, "status", out, "--json").lastJSON(t, &s)
	if n := s.Sweeps[0].Counts; n[track.Interrupted] != 2 || n[""] != 1 || s.Sweeps[0].Launcher != "" {
		t.Errorf("status: %+v", s.Sweeps[0])
	}
	must(t, flags(out)...)
	for _, dir := range runs(t, whole) {
		same(t, outcome(t, dir), outcome(t, filepath.Join(out, "quickstart", filepath.Base(dir))))
	}
}

// The second Ctrl-C ends launcher and workers at once.
func TestSecondSignalStopsASweepAtOnce(t *testing.T) {
	out := t.TempDir()
	c, _ := sweepProcess(t, out, 2, tiny(out, "--seeds", "1,2", "--set", "epochs=100000", "--set", "model.hidden=[2000]", "--set", "data.size=8", "--parallel", "2")...)
	pids := processes(t, out)
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil { // so that both signals meet jobs at work
		t.Fatal(err)
	}
	c.Process.Signal(os.Interrupt)
	c.Process.Signal(syscall.SIGCONT)
	time.Sleep(sameSignal + 50*time.Millisecond)
	c.Process.Signal(os.Interrupt)
	c.Wait()
	if c.ProcessState.ExitCode() != exitInterrupted {
		t.Errorf("exit code %d", c.ProcessState.ExitCode())
	}
	for _, pid := range pids {
		for began := time.Now(); lives(pid); time.Sleep(10 * time.Millisecond) {
			if time.Since(began) > 5*time.Second {
				t.Fatalf("worker %d is still there", pid)
			}
		}
	}
}

// A disk that is full for one job is that job's failure alone, and once there is space the same command
// goes on with it.
func TestFullDiskOfOneJob(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: other sweeps run there")
	}
	out := t.TempDir()
	flags := tiny(out, "--seeds", "1,2,3", "--set", "model.hidden=[1000]", "--parallel", "2", "--retries", "1")
	var plan launch.DryRun
	must(t, append(flags, "--dry-run", "--json")...).lastJSON(t, &plan)
	dir := plan.Jobs[1].Dir
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=160k"); err != nil {
		t.Skipf("mounting a small tmpfs: %v (needs root)", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	a := trainer(t, flags...)
	if a.code != exitFailed || !strings.Contains(a.errOut, "1 of 3 jobs failed") || !strings.Contains(a.errOut, "no space left on device") {
		t.Errorf("exit code %d\n%s", a.code, a.errOut)
	}
	if err := unix.Mount("none", dir, "tmpfs", unix.MS_REMOUNT, "size=20m"); err != nil {
		t.Fatal(err)
	}
	must(t, flags...)
	for _, d := range runs(t, out) {
		if st, err := track.ReadStatus(d); err != nil || st.State != track.Done {
			t.Errorf("%s is %s (%v)", d, st.State, err)
		}
	}
}

// A lock of a machine that is gone, and a ledger with garbage in it, keep nobody from going on.
func TestStaleLockAndDamagedLedger(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: reads and writes files with no goroutine that other tests lack")
	}
	out := t.TempDir()
	flags := tiny(out, "--seeds", "1,2")
	must(t, flags...)
	dir := filepath.Join(out, "quickstart")
	write(t, filepath.Join(dir, ".ledger.lock"), []byte(`{"id":"00000000000000aa","host":"gone","pid":1,"space":"x","began":"1"}`))
	must(t, flags...) // what is done is done, whoever has the lock
	if a := trainer(t, append(flags, "--set", "epochs=4")...); a.code != exitFailed || !strings.Contains(a.errOut, "another launcher (pid 1 on gone") {
		t.Errorf("a lock just touched: exit code %d\n%s", a.code, a.errOut)
	}
	old := time.Now().Add(-2 * time.Minute)
	if err := os.Chtimes(filepath.Join(dir, ".ledger.lock"), old, old); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, ledger.Name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("garbage\n{\"event\":\"finished\",\"jo")
	f.Close()
	must(t, append(flags, "--set", "epochs=4")...)
	h, err := ledger.Read(dir)
	if err != nil || h.Torn != 2 || len(h.Jobs) != 4 {
		t.Errorf("the ledger tells of %d jobs, %d torn lines (%v)", len(h.Jobs), h.Torn, err)
	}
}
