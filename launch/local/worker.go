package local

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"noise2sparse/launch"
)

// worker is a worker process. The launcher's goroutine alone uses it, but its output is read by two
// others, which pass it on as events.
type worker struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	said *tail
	jobs map[string]launch.Submission // under way
	lost bool                         // it has told that its device is lost, and ends
}

// event is what a worker has told, or that it is gone.
type event struct {
	worker *worker
	news   launch.News
	exited bool
}

// start starts a worker that passes on what it tells to events.
func start(program string, args, env []string, events chan<- event) (*worker, error) {
	w := &worker{cmd: exec.Command(program, args...), said: &tail{}, jobs: map[string]launch.Submission{}}
	w.cmd.Env = append(os.Environ(), env...)
	w.cmd.Stderr = w.said
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.in = in
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadBytes('\n')
			if err != nil {
				break
			}
			var n launch.News
			if json.Unmarshal(line, &n) == nil {
				events <- event{worker: w, news: n}
			}
		}
		_ = w.cmd.Wait() // how it ended is in ProcessState
		events <- event{worker: w, exited: true}
	}()
	return w, nil
}

// run orders a job.
func (w *worker) run(j launch.Submission) error {
	err := w.order(launch.Order{Run: &launch.RunOrder{Job: j.Job, Dir: j.Dir, Until: j.Until}})
	if err == nil {
		w.jobs[j.Job] = j
	}
	return err
}

func (w *worker) cancel(job string) error { return w.order(launch.Order{Cancel: job}) }

func (w *worker) order(o launch.Order) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = w.in.Write(append(b, '\n'))
	return err
}

func (w *worker) has(job string) bool {
	_, ok := w.jobs[job]
	return ok
}

func (w *worker) kill() { _ = w.cmd.Process.Kill() }

// exited tells whether the process, which is gone, has ended by itself.
func (w *worker) exited() bool { return w.cmd.ProcessState.Exited() }

// epitaph says why the process is gone, in a line.
func (w *worker) epitaph() string {
	st, _ := w.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if st.Signaled() {
		text := fmt.Sprintf("its process was ended by signal %d (%v)", st.Signal(), st.Signal())
		if st.Signal() == syscall.SIGKILL {
			text += ", as the system does where memory runs out; fewer jobs at once need less: --parallel"
		}
		return text
	}
	said := w.said.bytes()
	for line := range strings.Lines(string(said)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return "its process died: " + line
		}
	}
	if lines := strings.Fields(string(said)); len(lines) > 0 {
		last := strings.TrimSpace(string(said[bytes.LastIndexByte(bytes.TrimSpace(said), '\n')+1:]))
		return fmt.Sprintf("its process ended with code %d: %s", w.cmd.ProcessState.ExitCode(), last)
	}
	return fmt.Sprintf("its process ended with code %d", w.cmd.ProcessState.ExitCode())
}

// tail keeps the beginning and the end of what is written: a stack trace has its cause on top.
type tail struct {
	mu          sync.Mutex
	first, last []byte
}

const tailBytes = 32 << 10 // of each

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(p), tailBytes-len(t.first))
	t.first = append(t.first, p[:n]...)
	t.last = append(t.last, p[n:]...)
	t.last = t.last[max(0, len(t.last)-tailBytes):]
	return len(p), nil
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append(append([]byte{}, t.first...), t.last...)
}
