package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"noise2sparse/track"
)

// needEngine skips a test of a real cluster unless $NOISE2SPARSE_ENGINES names the engine: such tests
// take a minute or two, and programs that scripts/test-engines installs.
func needEngine(t *testing.T, name string) {
	t.Helper()
	if !slices.Contains(strings.Fields(os.Getenv("NOISE2SPARSE_ENGINES")), name) {
		t.Skipf("no %s cluster: scripts/test-engines runs this test", name)
	}
}

// engineSweep is a sweep whose jobs take some seconds each: long enough to be disturbed.
func engineSweep(out, seeds string, more ...string) []string {
	return append([]string{
		"run", "--exp", "quickstart", "--out", out, "--seeds", seeds, "--set", "epochs=600",
		"--set", "data.samples=2000", "--set", "data.size=4", "--set", "model.hidden=[32]", "--set", "batch_size=64",
		"--set", "checkpoint.every_epochs=10", "--set", "checkpoint.keep_last=2", "--set", "metrics.neuron_vectors_every_epochs=50",
		"--set", `launch.env={TRAINER_TEST_MAIN: "1"}`,
	}, more...)
}

// spawned is a trainer as a process of its own.
type spawned struct {
	*exec.Cmd
	said output
	over chan struct{}
}

// output is what a process has said so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func (p *spawned) saidSoFar() string { return p.said.String() }

func spawn(t *testing.T, args ...string) *spawned {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &spawned{Cmd: exec.Command(exe, args...), over: make(chan struct{})}
	p.Env = append(os.Environ(), "TRAINER_TEST_MAIN=1")
	p.Stdout, p.Stderr = &p.said, &p.said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.Wait(); close(p.over) }()
	t.Cleanup(func() { p.Process.Kill(); <-p.over })
	return p
}

// end waits for the process, and returns its exit code and what it said.
func (p *spawned) end(t *testing.T) (int, string) {
	t.Helper()
	select {
	case <-p.over:
	case <-time.After(4 * time.Minute):
		p.Process.Kill()
		<-p.over
		t.Fatalf("it does not end; it said\n%s", &p.said)
	}
	return p.ProcessState.ExitCode(), p.said.String()
}

// ends wants a process to end with a code, and to have said certain words.
func (p *spawned) ends(t *testing.T, code int, words ...string) string {
	t.Helper()
	got, said := p.end(t)
	if got != code {
		t.Fatalf("exit code %d, want %d; it said\n%s", got, code, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("it does not say %q, but\n%s", w, said)
		}
	}
	return said
}

// killed ends a process without a word.
func (p *spawned) killed(t *testing.T) {
	t.Helper()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.over
}

// eventually waits for something that takes a moment.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(2 * time.Minute); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("still not so after two minutes: %s", what)
}

// isRunning tells whether the job n is in the middle of its work, with a checkpoint behind it.
func isRunning(out string, n int) func() bool {
	return func() bool {
		found, _ := filepath.Glob(filepath.Join(out, "quickstart", "00"+string(rune('0'+n))+"-*"))
		if len(found) != 1 {
			return false
		}
		s, err := track.ReadStatus(found[0])
		steps, _ := track.Checkpoints(found[0])
		return err == nil && s.State == track.Running && len(steps) > 0
	}
}

// someRunning waits until one of the six jobs is in the middle of its work, and returns its number.
func someRunning(t *testing.T, out string) int {
	t.Helper()
	running := -1
	eventually(t, "a job runs", func() bool {
		for n := range 6 {
			if isRunning(out, n)() {
				running = n
			}
		}
		return running >= 0
	})
	return running
}

// attemptsOf is how often the job n has been started or resumed.
func attemptsOf(t *testing.T, out string, n int) int {
	t.Helper()
	a, err := track.ReadAttempts(runs(t, out)[n])
	if err != nil {
		t.Fatal(err)
	}
	return len(a)
}

// interrupt is Ctrl-C.
func (p *spawned) interrupt(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}
