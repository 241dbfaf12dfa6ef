package launch

import (
	"fmt"
	"path/filepath"

	"noise2sparse/experiment"
	"noise2sparse/internal/problem"
	"noise2sparse/track"
)

// Options say what is to be run, and where.
type Options struct {
	Experiment string   // name or file; "" with Resume
	Set        []string // overrides, "field=value"
	Grid       []string // sweeps, "field=value,value"
	Seeds      string   // sweep of the seed, "5,6,7"
	Job        int      // the one job of the grid; negative: all
	Resume     string   // run folder, or one of its checkpoint folders; "": by Experiment
	Until      int      // with Resume: pause after this epoch; 0: never
	Fresh      bool     // begin anew in a folder of its own where there is a run already
	Out        string   // folder of all runs
	DataDir    string   // folder of the datasets
	Device     Device
	Version    string // of the program
	Program    string // how the user calls it, for commands in messages; "": trainer
	// Confirm is asked before anything is made of so many jobs that they may not be meant; nil: yes.
	Confirm func(jobs int) error
}

// Action is what is to be done about a job.
type Action string

// The actions.
const (
	Begin  Action = "begin"  // its folder is new
	Resume Action = "resume" // it was cut off: go on from a checkpoint, or from the start where there is none
	Skip   Action = "skip"   // it is done
)

// Task is one job, with the folder of its run.
type Task struct {
	experiment.Job
	Dir        string
	Action     Action
	Checkpoint string // resume from this one; "": from the newest intact one
	Start      string // the checkpoint folder that start_from means; "": none

	experiment *experiment.Experiment
	keepConfig bool // the run's own configuration is unchanged
	fresh      bool // begin in a folder that nobody else has taken since
}

// Plan is all that is to be done, checked as far as that is possible without reading data.
type Plan struct {
	Options
	Name   string // of the experiment
	Tasks  []*Task
	search *experiment.Search // nil: none

	unready []error // runs to start from that are not done
}

// Resolve finds out what is to be done. It reads experiment files and run folders and changes
// nothing. All that is wrong with the configuration comes back at once, as a *problem.Error.
func Resolve(o Options) (*Plan, error) {
	if o.Resume != "" {
		return resolveResume(o)
	}
	e, err := experiment.LoadWith(o.Experiment, experiment.Overrides{Set: o.Set, Grid: o.Grid, Seeds: o.Seeds})
	if err != nil {
		return nil, err
	}
	if o.Job >= e.Count() {
		return nil, wrong("--job", "is %d; %s has jobs 0 to %d", o.Job, e.Name, e.Count()-1)
	}
	p := &Plan{Options: o, Name: e.Name, search: e.Search()}
	jobs, err := p.jobs(e)
	if err != nil {
		return nil, err
	}
	parent := filepath.Join(o.Out, e.Name)
	there, err := listRuns(parent)
	if err != nil {
		return nil, err
	}
	for _, j := range jobs {
		j.ID = there.idOf(j)
		t := &Task{Job: j, experiment: e, fresh: o.Fresh}
		t.Dir, t.Action = folderIn(parent, j.ID, there.rounds[j.ID], o.Fresh)
		t.keepConfig = t.Action == Resume && hasConfig(t)
		p.Tasks = append(p.Tasks, t)
	}
	return p, p.findStarts()
}

// jobs are those of the experiment that are asked for.
func (p *Plan) jobs(e *experiment.Experiment) ([]experiment.Job, error) {
	if p.Job >= 0 {
		return []experiment.Job{e.Job(p.Job)}, nil
	}
	if n := e.Count(); n > experiment.ConfirmJobs {
		if p.Confirm != nil {
			if err := p.Confirm(n); err != nil {
				return nil, err
			}
		}
		if err := e.CheckRest(); err != nil {
			return nil, err
		}
	}
	return e.Jobs(), nil
}

// resolveResume plans to go on with the run whose folder, or checkpoint folder, is given.
func resolveResume(o Options) (*Plan, error) {
	dir, checkpoint, err := track.Find(o.Resume)
	if err != nil {
		return nil, wrong("--resume", "%v", err)
	}
	if dir == "" {
		return nil, wrong("--resume", "%s lies in no run folder; to begin a new run with its weights use --set start_from.run=%s", checkpoint, checkpoint)
	}
	before, err := loadConfig(dir, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: its configuration can't be read: %w", dir, err)
	}
	after, err := loadConfig(dir, o.Set)
	if err != nil {
		return nil, err
	}
	t := &Task{Job: after.Jobs()[0], Dir: dir, Checkpoint: checkpoint, Action: Resume, experiment: after}
	if len(after.Jobs()) > 1 {
		return nil, wrong("--set", "a run is one job; a grid can't be given with --resume")
	}
	old := before.Jobs()[0]
	if ps := experiment.DiffForResume(old.Config, t.Config); len(ps) > 0 {
		return nil, &problem.Error{Problems: ps}
	}
	t.ID, t.keepConfig = jobID(dir), old.SHA256 == t.SHA256
	if t.Config.Epochs < old.Config.Epochs {
		if err := checkEpochs(t); err != nil {
			return nil, err
		}
	}
	if checkpoint == "" && isDone(dir, t.Config.Epochs) {
		t.Action = Skip
	}
	o.Out = filepath.Dir(filepath.Dir(dir))
	p := &Plan{Options: o, Name: after.Name, Tasks: []*Task{t}}
	return p, p.findStarts()
}
