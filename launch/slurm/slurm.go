package slurm

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"noise2sparse/internal/problem"
	"noise2sparse/launch"
)

// Slurm is the launcher for a SLURM cluster.
type Slurm struct {
	parallel int
	program  string // this program's path
	size     int    // MaxArraySize
	folder   string // of all submissions of the sweep

	mu    sync.Mutex
	tasks map[string]*watched // under way, by place
	last  time.Time           // of the last look at the queue
	pause time.Duration       // between two looks
}

// watched is a task under way.
type watched struct {
	job     string
	name    string // of its array
	log     string
	seen    queued // at the last look
	gone    int    // looks at which it was over, one after the other
	stopped bool   // by this launcher
}

// Looks at the queue are this far apart: the shorter time where something has just changed.
const (
	pauseMin = time.Second
	pauseMax = 10 * time.Second
)

// New is a launcher that lets at most parallel jobs run at a time; 0: as many as SLURM likes.
func New(parallel int) *Slurm {
	return &Slurm{parallel: parallel, tasks: map[string]*watched{}, pause: pauseMin}
}

// Name is "slurm".
func (s *Slurm) Name() string { return "slurm" }

// Room is without end: SLURM has a queue.
func (s *Slurm) Room() int { return math.MaxInt }

// Check says what is missing: SLURM's commands, its controller, or resources that it can't give.
func (s *Slurm) Check(ctx context.Context, p *launch.Plan) error {
	if err := s.plan(p); err != nil {
		return err
	}
	if names := missing(); len(names) > 0 {
		return fmt.Errorf("--launcher slurm needs SLURM's commands; not in PATH: %s; run this on a login node of the cluster (on Debian and Ubuntu the package is slurm-client)", strings.Join(names, ", "))
	}
	var err error
	if s.size, err = maxArraySize(ctx); err != nil {
		return fmt.Errorf("--launcher slurm: the cluster does not answer: %w; try sinfo", err)
	}
	return nil
}

// plan takes what it needs to know of p, and checks the requests of its jobs.
func (s *Slurm) plan(p *launch.Plan) error {
	var err error
	if s.program, err = os.Executable(); err != nil {
		return fmt.Errorf("this program's own path is not known: %w; give launch.program", err)
	}
	out, err := filepath.Abs(p.Out)
	if err != nil {
		return err
	}
	s.folder = filepath.Join(out, p.Name, ".slurm")
	var ps problem.List
	for _, t := range p.Tasks {
		if g := t.Launch.GPUs; g != math.Trunc(g) {
			ps.Addf("launch.gpus", "is %g, but SLURM gives whole GPUs; let jobs share one with launch.slurm.shards", g)
			break
		}
	}
	return ps.Err()
}

// Preview is the script that would be submitted for jobs, one for each array.
func (s *Slurm) Preview(p *launch.Plan, jobs []launch.Submission) ([]string, error) {
	if err := s.plan(p); err != nil {
		return nil, err
	}
	if s.size == 0 {
		s.size = 1001 // SLURM's default; nothing is asked for a preview
	}
	arrays, err := s.arrays(filepath.Join(s.folder, "TIME"), jobs)
	var out []string
	for _, a := range arrays {
		out = append(out, a.script())
	}
	return out, err
}

// Submit submits jobs as arrays, but those that are queued or running already because an earlier
// launcher died before it could write down where.
func (s *Slurm) Submit(ctx context.Context, jobs []launch.Submission) ([]string, error) {
	known, err := s.inQueue(ctx)
	if err != nil {
		return nil, fmt.Errorf("SLURM's queue can't be read: %w", err)
	}
	places := map[string]string{} // by run folder
	var rest []launch.Submission
	for _, j := range jobs {
		if t, ok := known[j.Dir]; ok {
			places[j.Dir] = t.seen.place
			s.watch(t, j.Job)
		} else {
			rest = append(rest, j)
		}
	}
	if len(rest) > 0 {
		if err := s.submit(ctx, rest, places); err != nil {
			return nil, err
		}
	}
	out := make([]string, len(jobs))
	for i, j := range jobs {
		out[i] = places[j.Dir]
	}
	return out, nil
}

// submit makes arrays of jobs and submits one after the other. Where one is refused, those before it
// are cancelled: all of the jobs are under way, or none.
func (s *Slurm) submit(ctx context.Context, jobs []launch.Submission, places map[string]string) error {
	base := filepath.Join(s.folder, stamp())
	arrays, err := s.arrays(base, jobs)
	if err != nil {
		return err
	}
	var ids []string
	before := ""
	for _, a := range arrays {
		if s.parallel > 0 {
			a.after = before // so that the bound holds for all arrays together
		}
		id, err := a.submit(ctx)
		if err != nil {
			for _, id := range ids {
				_ = scancel(context.WithoutCancel(ctx), []string{id})
			}
			return refused(err)
		}
		before, ids = id, append(ids, id)
	}
	for i, a := range arrays {
		for _, t := range a.tasks {
			place := fmt.Sprintf("%s_%d", ids[i], t.index)
			places[t.dir] = place
			s.watch(&watched{name: a.name, log: a.log(t.index), seen: queued{place: place}}, t.job)
		}
	}
	return nil
}

// refused makes a problem of what SLURM will not take however often it is asked.
func refused(err error) error {
	if away(err) {
		return err
	}
	return &problem.Error{Problems: []problem.Problem{{Path: "--launcher slurm", Text: fmt.Sprintf("%v; nothing was submitted; see launch.slurm", err)}}}
}

// Attach takes over a job that is still queued or running.
func (s *Slurm) Attach(ctx context.Context, job launch.Submission, place string) (bool, error) {
	known, err := s.inQueue(ctx)
	if err != nil {
		return false, fmt.Errorf("SLURM's queue can't be read: %w", err)
	}
	t, ok := known[job.Dir]
	if !ok || t.seen.place != place {
		return false, nil
	}
	s.watch(t, job.Job)
	return true, nil
}

// Cancel ends jobs; those that run save a checkpoint within the KillWait of the cluster.
func (s *Slurm) Cancel(ctx context.Context, jobs []launch.Submission) error {
	names := map[string]bool{}
	for _, j := range jobs {
		names[j.Job] = true
	}
	var places []string
	s.mu.Lock()
	s.pause = pauseMin
	for place, t := range s.tasks {
		if names[t.job] {
			t.stopped = true
			places = append(places, place)
		}
	}
	s.mu.Unlock()
	return scancel(ctx, places)
}

// CancelNow does nothing: what SLURM has taken is its own to run.
func (s *Slurm) CancelNow() {}

// Lasting says that jobs need no launcher: SLURM queues them again when their time is up.
func (s *Slurm) Lasting() {}

// Close does nothing: the jobs stay.
func (s *Slurm) Close() error { return nil }

func (s *Slurm) watch(t *watched, job string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.job = job
	s.tasks[t.seen.place] = t
	s.pause = pauseMin
}
