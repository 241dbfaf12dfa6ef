package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/track"
)

// slurmNode starts a cluster of one node that ends with the test.
func slurmNode(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join("..", "..", "scripts", "slurm-node")
	t.Cleanup(func() {
		if b, err := exec.Command(script, "stop", dir).CombinedOutput(); err != nil {
			t.Errorf("slurm-node stop: %v\n%s", err, b)
		}
	})
	if b, err := exec.Command(script, "start", dir).CombinedOutput(); err != nil {
		t.Fatalf("slurm-node start: %v\n%s", err, b)
	}
	t.Setenv("SLURM_CONF", filepath.Join(dir, "slurm.conf"))
}

// ask runs one of SLURM's commands.
func ask(t *testing.T, name string, args ...string) string {
	t.Helper()
	b, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, b)
	}
	return strings.TrimSpace(string(b))
}

// setNode sets the state of the one node. A node that is down may come back by itself, and can't be
// resumed then, nor while it still ends its jobs.
func setNode(t *testing.T, state string) {
	t.Helper()
	host, _, _ := strings.Cut(ask(t, "hostname"), ".")
	update := []string{"update", "nodename=" + host, "state=" + state, "reason=test"}
	if state != "resume" {
		ask(t, "scontrol", update...)
		return
	}
	eventually(t, "the node is back", func() bool {
		_ = exec.Command("scontrol", update...).Run()
		now := ask(t, "sinfo", "--noheader", "--format=%T")
		return strings.HasPrefix(now, "idle") || strings.HasPrefix(now, "mixed") || strings.HasPrefix(now, "allocated")
	})
}

// inQueue is squeue's "ARRAY_INDEX STATE REASON" of the job n of engineSweep; "" where it is gone.
// With MaxArraySize=4 the jobs 4 and 5 are 0 and 1 of the second array.
func inQueue(t *testing.T, n int) string {
	t.Helper()
	for line := range strings.Lines(ask(t, "squeue", "--noheader", "--array", "--format=%F_%K %T %r %j")) {
		f := strings.Fields(line)
		second := len(f) > 0 && strings.HasSuffix(f[len(f)-1], ".2")
		if len(f) > 0 && strings.HasSuffix(f[0], fmt.Sprintf("_%d", n%4)) && second == (n > 3) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func place(t *testing.T, n int) string { p, _, _ := strings.Cut(inQueue(t, n), " "); return p }

func submissions(t *testing.T, out string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(out, "quickstart", ".slurm", "*", "jobs.json"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

// A sweep on SLURM has the bits of one on this machine, though its node is drained and a job queued
// again in the middle, a second job is told that its time is up, the node is lost, and the launcher is
// killed and started again.
func TestSlurmGivesTheSameBits(t *testing.T) {
	needEngine(t, "slurm")
	slurmNode(t)
	here, there := t.TempDir(), filepath.Join(t.TempDir(), "a folder")
	long := []string{"--set", "epochs=2400", "--set", "checkpoint.every_epochs=20"} // four disturbances, one after the other
	spawn(t, engineSweep(here, "1,2,3,4,5,6", append(long, "--parallel", "2")...)...).ends(t, exitDone)

	args := engineSweep(there, "1,2,3,4,5,6", append(long, "--launcher", "slurm", "--set", "launch.slurm.partition=test", "--set", "launch.slurm.time='60'")...)
	first := spawn(t, args...)
	eventually(t, "job 0 runs", isRunning(there, 0))
	setNode(t, "drain")
	ask(t, "scontrol", "requeue", place(t, 0))
	first.killed(t)
	eventually(t, "job 0 waits for the drained node", func() bool { return strings.Contains(inQueue(t, 0), "PENDING") })

	second := spawn(t, args...)
	eventually(t, "the launcher says that the job waits for the node", func() bool {
		return strings.Contains(second.saidSoFar(), "waits in SLURM's queue: ")
	})
	setNode(t, "resume")
	// A job may be done before it is disturbed, so there may be several tries.
	timeUp, lost := -1, -1
	eventually(t, "a job queues again since its time is up", func() bool {
		timeUp = someRunning(t, there)
		// what SLURM does before the time limit
		_ = exec.Command("scancel", "--batch", "--signal=USR1", place(t, timeUp)).Run()
		for i := 0; i < 100 && !strings.Contains(inQueue(t, timeUp), "PENDING") && inQueue(t, timeUp) != ""; i++ {
			time.Sleep(50 * time.Millisecond)
		}
		return strings.Contains(inQueue(t, timeUp), "PENDING")
	})
	eventually(t, "the node is lost while a job runs", func() bool {
		lost = someRunning(t, there)
		setNode(t, "down")
		s, err := track.ReadStatus(runs(t, there)[lost])
		setNode(t, "resume")
		return err == nil && s.State != track.Done
	})
	said := second.ends(t, exitDone, "goes on as ")
	if n := submissions(t, there); n != 2 {
		t.Errorf("%d arrays were submitted for 6 jobs, want 2 of at most 4; the launcher says\n%s", n, said)
	}
	for _, n := range []int{0, timeUp, lost} {
		if got := attemptsOf(t, there, n); got < 2 {
			t.Errorf("job %d has been begun %d times, want at least 2", n, got)
		}
	}
	compareSweeps(t, here, there, 6)
	spawn(t, args...).ends(t, exitDone)
	if n := submissions(t, there); n != 2 {
		t.Errorf("done jobs were submitted again: %d arrays", n)
	}
}

// Who leaves the launcher leaves the jobs; --cancel ends them, with a checkpoint.
func TestSlurmLeaveAndCancel(t *testing.T) {
	needEngine(t, "slurm")
	slurmNode(t)
	out := t.TempDir()
	args := engineSweep(out, "1,2,3,4,5,6", "--launcher", "slurm", "--set", "epochs=100000", "--parallel", "1")
	p := spawn(t, args...)
	eventually(t, "job 0 runs", isRunning(out, 0))
	p.interrupt(t)
	p.ends(t, exitInterrupted, "left 6 jobs with slurm", "--cancel")
	if !isRunning(out, 0)() || !strings.Contains(inQueue(t, 1), "JobArrayTaskLimit") || !strings.Contains(inQueue(t, 5), "Dependency") {
		t.Errorf("after leaving, the queue is\n%s", ask(t, "squeue", "--array"))
	}
	spawn(t, append(args, "--cancel")...).ends(t, exitDone, "6 jobs ended")
	if q := ask(t, "squeue", "--noheader"); q != "" {
		t.Errorf("after cancelling, the queue is\n%s", q)
	}
	spawn(t, "status", out).ends(t, exitDone, "interrupted")
	spawn(t, append(args, "--cancel")...).ends(t, exitDone, "0 jobs ended")
}

// What SLURM refuses, and jobs that can't be started, are told in SLURM's words; the same command goes
// on once it is put right.
func TestSlurmRefuses(t *testing.T) {
	needEngine(t, "slurm")
	slurmNode(t)
	for name, c := range map[string]struct {
		set  string
		says []string
	}{
		"partition": {"launch.slurm.partition=nope", []string{"invalid partition specified: nope"}},
		"option":    {"launch.slurm.extra=[--nonsense]", []string{"nonsense"}},
		"program":   {"launch.program=/no/trainer", []string{"/no/trainer: No such file or directory", "log: "}},
	} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			args := engineSweep(out, "1,2", "--launcher", "slurm", "--set", "epochs=1")
			spawn(t, append(args, "--set", c.set)...).ends(t, exitFailed, c.says...)
			spawn(t, args...).ends(t, exitDone)
		})
	}
	t.Run("no controller", func(t *testing.T) {
		empty := filepath.Join(t.TempDir(), "slurm.conf")
		if err := os.WriteFile(empty, []byte("ClusterName=x\nSlurmctldHost=localhost\nSlurmctldPort=1\nAuthType=auth/none\nSlurmctldTimeout=1\nMessageTimeout=1\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		t.Setenv("SLURM_CONF", empty)
		spawn(t, engineSweep(t.TempDir(), "1", "--launcher", "slurm")...).ends(t, exitFailed, "the cluster does not answer")
	})
}
