package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"noise2sparse/track"
)

// rayHead starts a cluster of one node that ends with the test, and returns its address. Its program
// is $NOISE2SPARSE_RAY, else ray.
func rayHead(t *testing.T) string {
	t.Helper()
	program := os.Getenv("NOISE2SPARSE_RAY")
	if program == "" {
		program = "ray"
	}
	dir, err := os.MkdirTemp("/tmp", "ray") // Ray's sockets are below it, and their paths must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ports := freePorts(t, 5)
	// --block keeps everything that belongs to the cluster in one group of processes: `ray stop` would
	// end every cluster of this machine.
	c := exec.Command(program, "start", "--head", "--block", "--port="+ports[0], "--dashboard-host=127.0.0.1", "--dashboard-port="+ports[1],
		"--ray-client-server-port="+ports[2], "--dashboard-agent-listen-port="+ports[3], "--metrics-export-port="+ports[4],
		"--include-dashboard=true", "--num-cpus=2", "--num-gpus=1", "--disable-usage-stats", "--temp-dir="+dir)
	c.Env = append(os.Environ(), "RAY_USAGE_STATS_ENABLED=0", "RAY_AUTH_MODE=disabled")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log := new(output)
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("ray start says\n%s", log)
		}
		endGroup(t, c, dir)
	})
	address := "127.0.0.1:" + ports[1]
	eventually(t, "Ray's dashboard answers", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	t.Setenv("RAY_AUTH_MODE", "disabled")
	return "http://" + address
}

// freePorts are ports at which nobody listens, outside those that Ray takes for its workers.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for p := 20000 + os.Getpid()%9000; len(out) < n && p < 30000; p++ {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p)); err == nil {
			l.Close()
			out = append(out, fmt.Sprint(p))
		}
	}
	if len(out) < n {
		t.Fatal("no free ports")
	}
	return out
}

// endGroup ends the cluster: first politely, then each process that works below its folder.
func endGroup(t *testing.T, c *exec.Cmd, dir string) {
	t.Helper()
	_ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
	c.Wait()
	_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range found {
		b, err := os.ReadFile(path)
		var pid int
		if _, e := fmt.Sscanf(path, "/proc/%d/", &pid); err == nil && e == nil && strings.Contains(string(b), dir) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// A sweep on Ray has the bits of one on this machine, though a job is killed in the middle, and the
// launcher is killed and started again.
func TestRayGivesTheSameBits(t *testing.T) {
	needEngine(t, "ray")
	address := rayHead(t)
	here, there := t.TempDir(), filepath.Join(t.TempDir(), "a folder")
	spawn(t, engineSweep(here, "1,2,3,4,5,6")...).ends(t, exitDone)

	args := engineSweep(there, "1,2,3,4,5,6", "--launcher", "ray", "--ray-address", address, "--set", "launch.gpus=0.25")
	first := spawn(t, args...)
	eventually(t, "a dashboard that is ready takes the jobs", isRunning(there, 0))
	first.killed(t)
	second := spawn(t, args...)
	victim := -1
	// The launcher has to have it already; and one may be done before it is killed.
	eventually(t, "a job is killed in the middle", func() bool {
		victim = someRunning(t, there)
		if !strings.Contains(second.saidSoFar(), fmt.Sprintf("goes on as n2s-quickstart-%03d-", victim)) {
			return false
		}
		s, err := track.ReadStatus(runs(t, there)[victim])
		return err == nil && s.State == track.Running && syscall.Kill(s.PID, syscall.SIGKILL) == nil
	})
	second.ends(t, exitDone, "signal 9", "it is tried again")
	if got := attemptsOf(t, there, victim); got != 2 {
		t.Errorf("the job that was killed has been begun %d times, want 2", got)
	}
	compareSweeps(t, here, there, 6)
	logs, err := filepath.Glob(filepath.Join(there, "quickstart", ".ray", "*.log"))
	if err != nil || len(logs) < 6 {
		t.Errorf("logs of 6 jobs: %v (%v)", logs, err)
	}
}

// Ctrl-C ends the jobs of Ray, with a checkpoint, and the same command goes on; --cancel ends jobs
// whose launcher is gone; what can't be started is told, and not tried again.
func TestRayCancels(t *testing.T) {
	needEngine(t, "ray")
	address := rayHead(t)
	out := t.TempDir()
	args := engineSweep(out, "1,2", "--launcher", "ray", "--ray-address", address)
	long := append(args, "--set", "epochs=100000")
	p := spawn(t, long...)
	eventually(t, "job 0 runs", isRunning(out, 0))
	p.interrupt(t)
	p.ends(t, exitInterrupted, "interrupted")
	q := spawn(t, long...)
	eventually(t, "job 1 runs", isRunning(out, 1))
	q.killed(t)
	spawn(t, append(long, "--cancel")...).ends(t, exitDone, "jobs ended")
	for _, dir := range runs(t, out) {
		if s, err := track.ReadStatus(dir); err != nil || s.State != track.Interrupted {
			t.Errorf("%s: %+v (%v)", dir, s, err)
		}
	}
	spawn(t, append(args, "--set", "epochs=1", "--set", "launch.program=/no/trainer")...).ends(t, exitFailed, "ended with code 127", "not found")
	spawn(t, append(args, "--set", "epochs=1")...).ends(t, exitDone)
}
