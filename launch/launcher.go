package launch

import (
	"context"
	"strconv"
	"time"
)

// Launcher is an engine that runs the jobs of a sweep: processes of this machine (launch/local), a
// SLURM cluster (launch/slurm), a Ray cluster (launch/ray). Sweep does what they have in common: it
// plans, keeps the ledger, skips what is done, makes the run folders with their configurations,
// retries, and reads from the run folders how the jobs went. An engine only gets commands to their
// machines and says when they have ended.
//
// Its methods are called from one goroutine, but CancelNow, which may come from any.
type Launcher interface {
	// Name is what --launcher calls the engine.
	Name() string
	// Check says before anything is made what is missing: the engine itself, or resources that it
	// does not have. Problems of configuration are *problem.Error.
	Check(ctx context.Context, p *Plan) error
	// Room is how many more submissions the engine takes now; an engine with a queue of its own
	// takes any number.
	Room() int
	// Submit hands jobs to the engine: as many as are due, at most Room, in one call, so that an
	// array can hold them. It returns the place of each, by which Attach finds it again. On an error
	// none of them is under way, and a *problem.Error is not tried again.
	Submit(ctx context.Context, jobs []Submission) (places []string, err error)
	// Attach takes over a job that an earlier launcher, since gone, has submitted to this engine. It
	// is false where the job is no longer queued or running.
	Attach(ctx context.Context, job Submission, place string) (bool, error)
	// Poll returns what is new about the jobs under way. It waits for news, but no longer than wait;
	// each job's end is reported once. An error means that the engine could not be asked this time.
	Poll(ctx context.Context, wait time.Duration) ([]Report, error)
	// Cancel asks jobs to save a checkpoint and end; their ends are reported by Poll as ever.
	Cancel(ctx context.Context, jobs []Submission) error
	// CancelNow ends all jobs under way without saving, as well as it can in a moment: the user has
	// pressed Ctrl-C twice, and the process ends next.
	CancelNow()
	// Close frees what the launcher holds. Jobs of an engine outside this machine stay.
	Close() error
}

// Submission is one attempt at one job. Its run folder is there, with its configuration in it.
type Submission struct {
	Job     string   // the job's name; unique in a plan
	Index   int      // in the plan of the whole experiment, from 0
	Dir     string   // its run folder, absolute
	Attempt int      // from 1: how often this job has been handed to an engine in this sweep
	Until   int      // stop after this epoch, with a checkpoint and the state paused; 0: go on to the end
	Args    []string // the command that does it, behind the program's name: run --resume DIR ...
	Task    *Task    // its configuration, for the resources that it needs
}

// Report is news about a job under way.
type Report struct {
	Job   string
	Place string // where it runs, once that is known better than at its submission; "": nothing new
	Note  string // worth telling the user: "queued: Priority"; "": nothing
	// Warning is something about the job that may be wrong; "": nothing.
	Warning string
	Ended   bool // it runs no longer. Its run folder says how it went, and the fields below complete it
	// Error is what the engine knows of a failure that the run could not write down itself: "out of
	// memory", "node failure". "": nothing.
	Error string
	// Final: it would fail again in the same way, as a command that the engine can't start.
	Final bool
	// Preempted: the engine took the job off its machine, and that is not the job's fault: it is
	// submitted again without being counted as a failure.
	Preempted bool
}

// jobArgs is the command by which any machine that sees the run folder trains it: it touches that
// folder and nothing else, begins or goes on from the newest checkpoint, saves at SIGTERM, and ends
// with the exit codes of trainer run.
func (p *Plan) jobArgs(dir string, until int) []string {
	args := []string{"run", "--resume", dir, "--json", "--data-dir", p.DataDir}
	if until > 0 {
		args = append(args, "--until-epoch", strconv.Itoa(until))
	}
	if p.Device.GPU != "" {
		args = append(args, "--gpu", p.Device.GPU)
	} else {
		args = append(args, "--cpu") // without it that machine would choose
	}
	if p.Device.Threads > 0 {
		args = append(args, "--threads", strconv.Itoa(p.Device.Threads))
	}
	return args
}
