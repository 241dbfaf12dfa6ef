package slurm

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"noise2sparse/launch/request"
)

// array is one job array: tasks that ask for the same.
type array struct {
	name     string         // in SLURM; unique
	folder   string         // of the submission
	dir      string         // the working folder of all tasks
	program  string         // path of the trainer
	env      []string       // NAME=value
	request  request.Config // what each task asks for
	parallel int            // tasks that run at a time; 0: as many as SLURM likes
	after    string         // id of the array that has to end before this one begins; "": none
	tasks    []task         // sorted by index
}

// task is one job in an array.
type task struct {
	index int      // in the array
	job   string   // its name
	dir   string   // its run folder
	args  []string // of the trainer
}

func (a *array) log(index int) string {
	return filepath.Join(a.folder, "logs", fmt.Sprint(index)+".log")
}

// script is what sbatch gets.
func (a *array) script() string {
	var b strings.Builder
	b.WriteString("#!/bin/bash\n# Jobs of an experiment, one for each task of the array; written by trainer run --launcher slurm.\n")
	for _, o := range a.options() {
		b.WriteString("#SBATCH " + o + "\n")
	}
	b.WriteString("\n")
	for _, e := range a.env {
		name, value, _ := strings.Cut(e, "=")
		fmt.Fprintf(&b, "export %s=%s\n", name, quote(value))
	}
	for _, s := range a.request.Slurm.Setup {
		b.WriteString(s + "\n")
	}
	b.WriteString("\ncase $SLURM_ARRAY_TASK_ID in\n")
	for _, t := range a.tasks {
		words := append([]string{a.program}, t.args...)
		if cpus := cores(a.request); !slices.Contains(t.args, "--threads") {
			words = append(words, "--threads", fmt.Sprint(cpus))
		}
		for i, w := range words {
			words[i] = quote(w)
		}
		fmt.Fprintf(&b, "%d) set -- %s ;;\n", t.index, strings.Join(words, " "))
	}
	b.WriteString("*) echo \"array task $SLURM_ARRAY_TASK_ID has no job\" >&2; exit 2 ;;\nesac\n")
	fmt.Fprintf(&b, body, a.request.Slurm.MaxRequeues)
	return b.String()
}

// body runs the command in "$@". bash's wait ends early when a signal with a trap arrives, and is then
// called again; the trainer saves a checkpoint and ends with code 130 at SIGTERM.
const body = `
child= news= again=
trap 'news=1 again=1; kill -TERM $child 2>/dev/null' USR1  # the time limit is near
trap 'news=1; kill -TERM $child 2>/dev/null' TERM          # cancelled, or taken off the node
"$@" &
child=$!
if [ -n "$news" ]; then kill -TERM $child; fi
while news=; wait $child; code=$?; [ -n "$news" ]; do :; done

task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
if [ -n "$again" ] && [ $code = 130 ]; then
    if [ "${SLURM_RESTART_COUNT:-0}" -ge %d ]; then
        echo "$task: not queued again: launch.slurm.max_requeues is reached" >&2
    else
        echo "$task: the time limit is near; a checkpoint is saved, and the job queues again" >&2
        trap - USR1 TERM
        scontrol requeue "$task" && sleep 60 # SLURM ends this script
    fi
fi
exit $code
`

// options are the options of sbatch.
func (a *array) options() []string {
	indices := make([]int, len(a.tasks))
	for i, t := range a.tasks {
		indices[i] = t.index
	}
	list := spec(indices)
	if a.parallel > 0 {
		list += fmt.Sprintf("%%%d", a.parallel)
	}
	r, s := a.request, a.request.Slurm
	out := []string{
		"--job-name=" + a.name,
		"--array=" + list,
		"--chdir=" + optionValue(a.dir),
		"--output=" + optionValue(strings.ReplaceAll(filepath.Join(a.folder, "logs"), "%", "%%")+"/%a.log"),
		"--open-mode=append",
		"--export=NIL",
		"--requeue",
		fmt.Sprintf("--signal=B:USR1@%d", s.SignalSeconds),
		"--ntasks=1",
		fmt.Sprintf("--cpus-per-task=%d", cores(r)),
	}
	add := func(name, value string) {
		if value != "" {
			out = append(out, name+"="+value)
		}
	}
	if r.Memory != nil {
		add("--mem", *r.Memory)
	}
	switch {
	case s.Shards > 0:
		add("--gres", fmt.Sprintf("shard:%d", s.Shards))
	case r.GPUs > 0:
		add("--gres", fmt.Sprintf("gpu:%g", r.GPUs))
	}
	add("--time", s.Time)
	add("--partition", s.Partition)
	add("--account", s.Account)
	if a.after != "" {
		add("--dependency", "afterany:"+a.after)
	}
	return append(out, s.Extra...)
}

// cores is the number of whole cores of a job.
func cores(r request.Config) int { return int(math.Ceil(r.CPUs)) }

// quote makes one word of the shell's of s.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=,./:@%") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// optionValue writes a path for an #SBATCH line, whose quoting is simpler than the shell's.
func optionValue(path string) string {
	if !strings.ContainsAny(path, " \t#'\"\\") {
		return path
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path) + `"`
}
