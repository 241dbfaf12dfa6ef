package launch

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"noise2sparse/compute"
	"noise2sparse/internal/atomicfile"
	"noise2sparse/internal/problem"
	"noise2sparse/launch/console"
	"noise2sparse/track"
	"noise2sparse/train"
)

// Order is a line of JSON that a launcher writes to a worker's standard input: one of its fields.
type Order struct {
	Run    *RunOrder `json:"run,omitempty"`
	Cancel string    `json:"cancel,omitempty"` // the job that is to save and end
}

// RunOrder has a worker train the run in a folder.
type RunOrder struct {
	Job   string `json:"job"`
	Dir   string `json:"dir"`
	Until int    `json:"until,omitempty"` // see Submission
}

// News is a line of JSON that a worker writes to its standard output: one of its fields.
type News struct {
	Ended *Ended `json:"ended,omitempty"`
	// Warning is a line for the user, about Job.
	Warning string `json:"warning,omitempty"`
	Job     string `json:"job,omitempty"`
}

// Ended tells that a worker has ended a job, and how.
type Ended struct {
	Job   string `json:"job"`
	Error string `json:"error,omitempty"`
	Final bool   `json:"final,omitempty"` // a wrong configuration: see Report
	// Lost: the worker's device is lost to it. It begins no further job, and ends.
	Lost bool `json:"lost,omitempty"`
}

// Worker trains what a launcher orders, in a process of its own: so nothing that happens to a job,
// a fault of its GPU or the system's killing it for want of memory, happens to the launcher or to the jobs
// of other workers. Datasets stay loaded from one job to the next that needs the same.
type Worker struct {
	DataDir string
	Device  Device
	Version string

	out  io.Writer
	mu   sync.Mutex // of out, cancels
	data *datasets

	cancels map[string]context.CancelFunc
	jobs    sync.WaitGroup
	lost    chan error // a job's error after which this process can't use the device any more
}

// Serve obeys the orders in in until that ends, and writes news to out. When in ends, which it also
// does when the launcher dies, or ctx is cancelled, the jobs save checkpoints, and it returns. After a
// fault of the device all jobs fail, and it returns an error: another process can go on with them.
func (w *Worker) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	w.out, w.cancels, w.lost = out, map[string]context.CancelFunc{}, make(chan error, 1)
	w.data = newDatasets(w.DataDir, nil)
	w.Device.seen = true
	defer w.hold()()
	ctx, cancel := context.WithCancel(ctx)
	defer w.jobs.Wait()
	defer cancel()
	lines, ended := readLines(in)
	for {
		select {
		case line := <-lines:
			if len(w.lost) > 0 { // as below: select takes either
				continue
			}
			if err := w.obey(ctx, line); err != nil {
				return err
			}
		case err := <-ended:
			return err
		case err := <-w.lost:
			return fmt.Errorf("this worker process ends, since it can't use its GPU any more: %w", err)
		case <-ctx.Done():
			return nil
		}
	}
}

// hold keeps the device open between the jobs. Where it can't be opened, the jobs will say so.
func (w *Worker) hold() (release func()) {
	_, give, err := w.Device.Hold()
	if err != nil {
		return func() {}
	}
	return func() { _ = give() } // the process ends
}

// readLines reads from in until it ends, in a goroutine of its own: its first error, nil for the end,
// comes behind the last line.
func readLines(in io.Reader) (<-chan []byte, <-chan error) {
	lines, ended := make(chan []byte), make(chan error, 1)
	go func() {
		r := bufio.NewReader(in)
		for {
			line, err := r.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				err = nil
			} else if err == nil {
				lines <- line
				continue
			}
			ended <- err
			return
		}
	}()
	return lines, ended
}

func (w *Worker) obey(ctx context.Context, line []byte) error {
	var o Order
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("an order that is not understood, %.200q: %w; trainer worker is started by trainer run", line, err)
	}
	switch {
	case o.Run != nil:
		run, cancel := context.WithCancel(ctx)
		w.mu.Lock()
		w.cancels[o.Run.Job] = cancel
		w.mu.Unlock()
		w.jobs.Go(func() { w.run(run, *o.Run) })
	case o.Cancel != "":
		w.mu.Lock()
		cancel := w.cancels[o.Cancel]
		w.mu.Unlock()
		if cancel != nil {
			cancel()
		}
	}
	return nil
}

// run trains one job and tells how it ended; the rest is in its folder.
func (w *Worker) run(ctx context.Context, o RunOrder) {
	e := Ended{Job: o.Job}
	err := w.trainSafely(ctx, o)
	if errors.Is(err, compute.ErrDeviceLost) {
		e.Lost = true
		select {
		case w.lost <- err:
		default: // a neighbour was first
		}
	}
	if err != nil && !errors.Is(err, train.ErrInterrupted) && !errors.Is(err, train.ErrPaused) {
		var wrong *problem.Error
		e.Error, e.Final = oneLine(err), errors.As(err, &wrong)
	}
	w.mu.Lock()
	delete(w.cancels, o.Job)
	w.mu.Unlock()
	w.tell(News{Ended: &e})
}

// trainSafely makes an error of a panic, so that it ends this job and none of its neighbours. The stack
// goes into the run folder.
func (w *Worker) trainSafely(ctx context.Context, o RunOrder) (err error) {
	defer func() {
		if p := recover(); p != nil {
			said := fmt.Sprintf("panic: %v\n\n%s", p, debug.Stack())
			err = errors.Join(fmt.Errorf("panic: %v; the stack is in the run's crash log", p), KeepCrash(o.Dir, []byte(said)))
		}
	}()
	return w.train(ctx, o)
}

func (w *Worker) train(ctx context.Context, o RunOrder) error {
	p, err := Resolve(Options{Resume: o.Dir, Until: o.Until, DataDir: w.DataDir, Device: w.Device, Version: w.Version})
	if err != nil {
		return err
	}
	t := p.Tasks[0]
	if t.Action == Skip {
		return nil
	}
	if err := p.Ready(); err != nil {
		return err
	}
	w.data.use(t.Config)
	defer w.data.leave(t.Config)
	show := console.Forward(zapcore.NewCore(warningEncoder(), zapcore.AddSync(warnings{w, o.Job}), zapcore.WarnLevel))
	r := &runner{Plan: p, console: show, log: zap.New(show.Core()), data: w.data}
	_, err = r.train(ctx, t, &Outcome{})
	return err
}

// tell writes news as one line. A launcher that no longer reads is gone, and in ends too.
func (w *Worker) tell(n News) {
	b, err := json.Marshal(n)
	if err != nil { // cannot happen: texts and numbers
		panic(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = w.out.Write(append(b, '\n'))
}

// warnings tells each log line as news.
type warnings struct {
	w   *Worker
	job string
}

func (k warnings) Write(p []byte) (int, error) {
	k.w.tell(News{Warning: strings.TrimSpace(string(p)), Job: k.job})
	return len(p), nil
}

// warningEncoder writes a log line for people, without its time: message, then fields.
func warningEncoder() zapcore.Encoder {
	return zapcore.NewConsoleEncoder(zapcore.EncoderConfig{MessageKey: "msg", ConsoleSeparator: " ", LineEnding: "\n"})
}

// KeepCrash writes into a run folder what the process that trained it said as it died, a stack trace
// as a rule: crash.<attempt>.log. It does nothing where that is nothing, or kept already.
func KeepCrash(dir string, said []byte) error {
	if len(said) == 0 {
		return nil
	}
	attempts, err := track.ReadAttempts(dir)
	if err != nil {
		return err
	}
	n := 0 // it died before it began
	if len(attempts) > 0 {
		n = attempts[len(attempts)-1].Attempt
	}
	err = atomicfile.WriteNew(filepath.Join(dir, fmt.Sprintf("crash.%d.log", n)), said)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
