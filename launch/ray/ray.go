package ray

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"noise2sparse/internal/problem"
	"noise2sparse/launch"
	wanted "noise2sparse/launch/request"
)

// Ray is the launcher for a Ray cluster.
type Ray struct {
	client   *client
	parallel int
	folder   string // of the logs
	name     string // of the experiment
	dir      string // working folder of the jobs
	program  string // this program's path

	mu    sync.Mutex
	jobs  map[string]*job // under way, by submission id
	last  time.Time       // of the last look
	pause time.Duration   // between two looks
}

// job is one under way.
type job struct {
	name    string // of launch.Submission
	status  string
	missing int  // looks at which Ray did not know it, one after the other
	stopped bool // by this launcher
	log     follower
}

// Looks at the jobs are this far apart: the shorter time where something has just changed.
const (
	pauseMin = time.Second
	pauseMax = 5 * time.Second
)

// maxPending is how many jobs wait inside Ray: enough to fill what becomes free and to make a cluster
// grow. Ray gives up a job that has waited for 15 minutes, so the others wait here.
const maxPending = 16

// New is a launcher for the cluster at an address, see address, that runs at most parallel jobs at a
// time; 0: as many as there is room for.
func New(addressFlag string, parallel int) (*Ray, error) {
	c, err := newClient(addressFlag)
	if err != nil {
		return nil, err
	}
	return &Ray{client: c, parallel: parallel, jobs: map[string]*job{}, pause: pauseMin}, nil
}

// Name is "ray".
func (r *Ray) Name() string { return "ray" }

// Check asks the cluster for its version.
func (r *Ray) Check(ctx context.Context, p *launch.Plan) error {
	out, err := filepath.Abs(p.Out)
	if err != nil {
		return err
	}
	r.folder, r.name = filepath.Join(out, p.Name, ".ray"), p.Name
	if r.dir, err = os.Getwd(); err != nil {
		return fmt.Errorf("the working folder is not known: %w", err)
	}
	if r.program, err = os.Executable(); err != nil {
		return fmt.Errorf("this program's own path is not known: %w; give launch.program", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err = r.client.version(ctx); err != nil {
		return fmt.Errorf("--launcher ray: %w; start a cluster with ray start --head, or name one with --ray-address http://HOST:8265", err)
	}
	return nil
}

// Room is what --parallel leaves, and few enough that none waits in Ray for long.
func (r *Ray) Room() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	pending := 0
	for _, j := range r.jobs {
		if j.status == "PENDING" {
			pending++
		}
	}
	room := maxPending - pending
	if r.parallel > 0 {
		room = min(room, r.parallel-len(r.jobs))
	}
	return max(room, 0)
}

// Submit submits jobs one by one. Where one is refused, those before it are stopped again.
func (r *Ray) Submit(ctx context.Context, jobs []launch.Submission) ([]string, error) {
	var ids []string
	for _, s := range jobs {
		id, err := r.submit(ctx, s)
		if err != nil {
			for _, id := range ids {
				_ = r.client.stop(context.WithoutCancel(ctx), id)
				r.drop(id)
			}
			if refused(err) {
				err = &problem.Error{Problems: []problem.Problem{{Path: "--launcher ray", Text: fmt.Sprintf("job %s: %v; see launch.ray", s.Job, err)}}}
			}
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// submit submits one job. An id that Ray knows belongs to a job that was submitted by a launcher that
// died before it could write that down, and is taken over, or to one that is over, and the next id
// is tried.
func (r *Ray) submit(ctx context.Context, s launch.Submission) (string, error) {
	req, err := r.request(s)
	if err != nil {
		return "", err
	}
	for again := 1; ; again++ {
		if req.ID = submissionID(r.name, s, again); again > 1000 {
			return "", fmt.Errorf("Ray knows a thousand jobs of the id %s and has ended them all", req.ID)
		}
		err := r.client.submit(ctx, req)
		if errors.Is(err, errExists) {
			d, err := r.client.get(ctx, req.ID)
			if err != nil {
				return "", err
			}
			if d == nil || d.over() {
				continue
			}
		} else if err != nil {
			return "", err
		}
		r.watch(s.Job, req.ID)
		return req.ID, nil
	}
}

var foreign = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// submissionID is n2s-<experiment>-<job's number>-<hash of the run folder>-<attempt>, with the number
// of the try behind it from the second on.
func submissionID(experiment string, s launch.Submission, again int) string {
	sum := sha256.Sum256([]byte(s.Dir))
	id := fmt.Sprintf("n2s-%s-%03d-%x-%d", foreign.ReplaceAllString(experiment, "-"), s.Index, sum[:5], s.Attempt)
	if again > 1 {
		id += fmt.Sprintf("-%d", again)
	}
	return id
}

// request says how a job is to be run.
func (r *Ray) request(s launch.Submission) (request, error) {
	l := s.Task.Launch
	words := append([]string{r.program}, s.Args...)
	if l.Program != nil {
		words[0] = *l.Program
	}
	if !strings.Contains(" "+strings.Join(s.Args, " ")+" ", " --threads ") {
		words = append(words, "--threads", fmt.Sprint(int(math.Ceil(l.CPUs))))
	}
	for i, w := range words {
		words[i] = quote(w)
	}
	req := request{
		Entrypoint: "cd " + quote(r.dir) + " && exec " + strings.Join(words, " "),
		CPUs:       l.CPUs, GPUs: l.GPUs, Resources: l.Ray.Resources,
		RuntimeEnv: runtimeEnv{environment(l)},
		Metadata:   map[string]string{"job_name": s.Job, "run_folder": s.Dir},
	}
	if l.Memory != nil {
		var err error
		if req.Memory, err = wanted.Bytes(*l.Memory); err != nil {
			return req, err
		}
	}
	return req, nil
}

// environment is what a job's environment has beside what Ray's machines give it.
func environment(l wanted.Config) map[string]string {
	env := map[string]string{"RAY_JOB_STOP_WAIT_TIME_S": fmt.Sprint(l.Ray.StopSeconds)}
	for _, e := range os.Environ() {
		if name, value, _ := strings.Cut(e, "="); strings.HasPrefix(name, "NOISE2SPARSE_") {
			env[name] = value
		}
	}
	for name, value := range l.Env {
		env[name] = value
	}
	return env
}

// quote makes one word of the shell's of s.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=,./:@%") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Attach takes over a job that waits or runs.
func (r *Ray) Attach(ctx context.Context, s launch.Submission, place string) (bool, error) {
	d, err := r.client.get(ctx, place)
	if err != nil || d == nil || d.over() {
		return false, err
	}
	r.watch(s.Job, place)
	return true, nil
}

func (r *Ray) watch(name, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs[id] = &job{name: name, status: "PENDING", log: follower{path: filepath.Join(r.folder, id+".log")}}
	r.pause = pauseMin
}

func (r *Ray) drop(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.jobs, id)
}

// Close does nothing: jobs that were not cancelled stay.
func (r *Ray) Close() error { return nil }
