package launch

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"noise2sparse/internal/problem"
	"noise2sparse/launch/console"
	"noise2sparse/track"
	"noise2sparse/train"
)

// Outcome is how a job ended.
type Outcome struct {
	Job     string         `json:"job"`
	Index   int            `json:"index"`
	Dir     string         `json:"dir"`
	Action  Action         `json:"action"`
	State   track.State    `json:"state"` // "" for a job that was not begun
	Error   string         `json:"error,omitempty"`
	Figure  string         `json:"figure,omitempty"` // the receptive fields
	Summary *track.Summary `json:"summary,omitempty"`
	Fields  *Fields        `json:"-"` // what Figure shows; of the last job alone
}

// Result is how the jobs of an experiment ended.
type Result struct {
	Experiment string    `json:"experiment"`
	Device     string    `json:"device"`              // of the first job that tells
	Placement  string    `json:"placement,omitempty"` // of a sweep on this machine: how it is divided
	Jobs       []Outcome `json:"jobs"`
}

// Count is the number of jobs in a state.
func (r *Result) Count(s track.State) int {
	n := 0
	for _, o := range r.Jobs {
		if o.State == s {
			n++
		}
	}
	return n
}

// ended tells how many jobs came to the end that was meant for them.
func (r *Result) ended() int {
	return r.Count(track.Done) + r.Count(track.Stopped) + r.Count(track.Paused)
}

// Err is train.ErrInterrupted where the user stopped a job, an error where a job failed, else nil.
func (r *Result) Err() error {
	ended := r.ended()
	switch {
	case r.Count(track.Interrupted) > 0:
		return train.ErrInterrupted
	case ended == len(r.Jobs):
		return nil
	case len(r.Jobs) == 1:
		return errors.New(r.Jobs[0].Error)
	}
	return fmt.Errorf("%d of %d jobs failed; the same command goes on with them", len(r.Jobs)-ended, len(r.Jobs))
}

// runner runs the tasks of a plan.
type runner struct {
	*Plan
	console *console.Console
	log     *zap.Logger // to the console alone
	data    *datasets
}

// Run trains the one job of p in this process, or reports what it has done before. The error is about
// what is wrong before it begins, or the job's own; how it ended is in the result too. When ctx is
// cancelled the job saves a checkpoint.
func Run(ctx context.Context, p *Plan, c *console.Console) (_ *Result, failed error) {
	here := *p
	r := &runner{Plan: &here, console: c, log: zap.New(c.Core()), data: newDatasets(p.DataDir, p.Tasks)}
	res := &Result{Experiment: p.Name}
	if len(p.Tasks) != 1 {
		return res, fmt.Errorf("launch: %d jobs in one process; Sweep runs several", len(p.Tasks))
	}
	if err := p.Ready(); err != nil {
		return res, err
	}
	if r.firstToRun() != nil {
		held, release, err := p.Device.Hold()
		if err != nil {
			return res, err
		}
		defer func() { failed = errors.Join(failed, release()) }()
		here.Device = held
	}
	if err := r.prepare(res); err != nil {
		return res, err
	}
	t := p.Tasks[0]
	o := Outcome{Job: t.ID, Index: t.Index, Dir: t.Dir, Action: t.Action}
	if ctx.Err() == nil || t.Action == Skip {
		r.do(ctx, t, &o)
	}
	if o.State == track.Interrupted && o.Error != "" { // the error that is returned says it of a job that failed
		r.log.Warn("not all went well while the job was ended", zap.String("job", o.Job), zap.String("error", o.Error))
	}
	res.Jobs = append(res.Jobs, o)
	if ctx.Err() != nil && res.ended() == 0 {
		return res, train.ErrInterrupted
	}
	return res, res.Err()
}

// prepare checks what can be checked before the first job, and tells what is going to happen.
func (r *runner) prepare(res *Result) error {
	first := r.firstToRun()
	if first == nil {
		return nil // all are done; no device is needed to say so
	}
	b, err := r.Device.open(first.Config)
	if err != nil {
		return err
	}
	d := b.Device()
	b.Close()
	res.Device = d.Name
	if d.Warning != "" {
		r.log.Warn(d.Warning)
	}
	r.console.Busy("reading " + first.Config.Dataset)
	set, err := r.data.get(first.Config)
	r.console.Clear()
	if err != nil {
		return err
	}
	if err := r.fits(set); err != nil {
		return err
	}
	r.console.Printf("experiment  %s, %s", r.Name, plural(len(r.Tasks), "job"))
	r.console.Item("data", "%v", set)
	r.console.Item("sha256", "%s", set.sha256)
	r.console.Item("device", "%s, %s, %s", d.Name, plural(d.Threads, "thread"), d.BLAS)
	r.log.Info("start", zap.String("experiment", r.Name), zap.Int("jobs", len(r.Tasks)), zap.Any("device", d), zap.String("version", r.Version))
	return checkWritable(r.Tasks)
}

// firstToRun is the first task that is not done, nil where all are.
func (p *Plan) firstToRun() *Task {
	for _, t := range p.Tasks {
		if t.Action != Skip {
			return t
		}
	}
	return nil
}

// fits checks all tasks that share the first one's data against it, and against this machine.
func (r *runner) fits(set *dataset) error {
	first := r.data.key(r.firstToRun().Config)
	var ps problem.List
	seen := map[string]bool{}
	for _, t := range r.Tasks {
		if t.Action == Skip || r.data.key(t.Config) != first {
			continue
		}
		if err := checkFit(t.Config, set.Dataset); err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			ps.Addf("", "%v", err)
		}
	}
	return ps.Err()
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
