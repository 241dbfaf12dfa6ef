package slurm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/experiment"
	"noise2sparse/launch"
	"noise2sparse/launch/request"
)

// fakeCommands stand in for SLURM's: sbatch puts a script's tasks into the file queue, squeue prints it,
// scancel marks tasks there, and a file named fail.COMMAND has a command fail with its words.
const fakeCommands = `#!/bin/bash
cd "$FAKE" || exit 1
me=$(basename "$0")
echo "$me $*" >>calls
if [ -e "fail.$me" ]; then cat "fail.$me" >&2; exit 1; fi
case $me in
sbatch)
    id=$(($(cat id 2>/dev/null || echo 40) + 1))
    echo $id >id
    name=$(sed -n 's/^#SBATCH --job-name=//p' "$2")
    sed -n 's/^\([0-9]*\)) set.*/\1/p' "$2" | while read -r i; do echo "${id}_$i|$name|PENDING|Priority"; done >>queue
    if [ -e die ]; then kill -9 $PPID; fi
    echo $id
    ;;
squeue)
    for a; do case $a in --name=*) names=${a#--name=} ;; esac; done
    touch queue
    while IFS='|' read -r place name rest; do
        case ",$names," in *",$name,"*) echo "$place|$name|$rest" ;; esac
    done <queue
    ;;
scancel) for p; do [ "$p" = --quiet ] || sed -i "s/^\($p[_0-9]*\)|\([^|]*\)|.*/\1|\2|CANCELLED|None/" queue; done ;;
scontrol)
    case "$*" in
    "show config") echo "MaxArraySize            = 4" ;;
    *) echo "JobId=1 ExitCode=$(cat exitcode):0" ;;
    esac
    ;;
esac
`

// fake is a folder with the stand-ins' state.
type fake struct {
	t   *testing.T
	dir string
	out string // of the runs
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t, t.TempDir(), t.TempDir()}
	for _, name := range []string{"sbatch", "squeue", "scancel", "scontrol"} {
		f.write(name, fakeCommands)
	}
	t.Setenv("FAKE", f.dir)
	t.Setenv("PATH", f.dir+":/usr/bin:/bin")
	return f
}

func (f *fake) write(name, content string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o777); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fake) read(name string) string {
	b, _ := os.ReadFile(filepath.Join(f.dir, name))
	return string(b)
}

func (f *fake) remove(name string) { os.Remove(filepath.Join(f.dir, name)) }

// set changes what squeue says of a task: "STATE|reason"; "" takes it out of the queue.
func (f *fake) set(place, state string) {
	var out strings.Builder
	for line := range strings.Lines(f.read("queue")) {
		p := strings.SplitN(line, "|", 3)
		switch {
		case p[0] != place:
			out.WriteString(line)
		case state != "":
			fmt.Fprintf(&out, "%s|%s|%s\n", p[0], p[1], state)
		}
	}
	f.write("queue", out.String())
}

// launcher is one past its check.
func (f *fake) launcher(parallel int) *Slurm {
	f.t.Helper()
	s := New(parallel)
	if err := s.Check(context.Background(), f.plan()); err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *fake) plan() *launch.Plan {
	return &launch.Plan{Options: launch.Options{Out: f.out}, Name: "exp"}
}

func jobs(numbers ...int) []launch.Submission {
	var out []launch.Submission
	for _, n := range numbers {
		dir := fmt.Sprintf("/runs/%03d", n)
		out = append(out, launch.Submission{
			Job: fmt.Sprintf("%03d", n), Index: n, Dir: dir, Attempt: 1, Args: []string{"run", "--resume", dir},
			Task: &launch.Task{Job: experiment.Job{Launch: request.Config{CPUs: 1, Slurm: request.Slurm{SignalSeconds: 120}}}},
		})
	}
	return out
}

// poll looks at once.
func poll(s *Slurm) ([]launch.Report, error) {
	s.last = time.Time{}
	return s.Poll(context.Background(), time.Millisecond)
}
