package slurm

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"noise2sparse/internal/problem"
	"noise2sparse/launch"
	"noise2sparse/launch/request"
)

var background = context.Background()

// Jobs whose numbers are beyond the largest array index go into further arrays, which keep the bound
// of --parallel together; places are in the order of the jobs.
func TestSubmit(t *testing.T) {
	f := newFake(t)
	places, err := f.launcher(2).Submit(background, jobs(5, 0, 1, 3, 9))
	if want := []string{"41_1", "42_0", "42_1", "42_3", "43_1"}; err != nil || !slices.Equal(places, want) {
		t.Fatalf("%v (%v), want %v", places, err, want)
	}
	folders, _ := filepath.Glob(filepath.Join(f.out, "exp", ".slurm", "*"))
	slices.Sort(folders)
	if len(folders) != 3 {
		t.Fatalf("folders: %v", folders)
	}
	for i, want := range [][]string{{"--array=1%2\n"}, {"--array=0-1,3%2\n", "--dependency=afterany:41\n"}, {"--array=1%2\n", "--dependency=afterany:42\n"}} {
		b, err := os.ReadFile(filepath.Join(folders[i], "array.sh"))
		for _, w := range want {
			if err != nil || !strings.Contains(string(b), w) {
				t.Errorf("script %d lacks %q (%v):\n%s", i, w, err, b)
			}
		}
	}
}

// Jobs that are in the queue already are taken over by the next launcher, whether or not the one before
// had time to write down where they are.
func TestTakenOver(t *testing.T) {
	f := newFake(t)
	first, err := f.launcher(0).Submit(background, jobs(0, 1))
	if err != nil {
		t.Fatal(err)
	}
	f.set(first[1], "FAILED|NonZeroExitCode")
	s := f.launcher(0)
	again, err := s.Submit(background, jobs(0, 1))
	if err != nil || again[0] != first[0] || again[1] == first[1] {
		t.Errorf("%v and then %v (%v): the first is still queued, the second has failed", first, again, err)
	}
	s = f.launcher(0)
	for place, want := range map[string]bool{first[0]: true, first[1]: false, "99_0": false} {
		if ok, err := s.Attach(background, jobs(0)[0], place); ok != want || err != nil {
			t.Errorf("attaching to %s: %v (%v)", place, ok, err)
		}
	}
	f.set(first[0], "COMPLETED|None")
	if reports, err := poll(s); err != nil || len(reports) != 1 || !reports[0].Ended || reports[0].Job != "000" {
		t.Errorf("after attaching: %+v (%v)", reports, err)
	}
	f.write("fail.squeue", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n")
	if _, err := s.Submit(background, jobs(3)); err == nil || strings.Contains(f.read("calls"), "sbatch --parsable x") {
		t.Errorf("submitted without knowing what is queued: %v", err)
	}
}

// All arrays are taken or none, and SLURM's own words say why not.
func TestRefused(t *testing.T) {
	f := newFake(t)
	s := f.launcher(0)
	f.write("fail.sbatch", "sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified\n")
	_, err := s.Submit(background, jobs(0))
	var wrong *problem.Error
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "sbatch: invalid partition specified: nope; Batch job submission failed") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a wrong partition: %v", err)
	}
	f.write("fail.sbatch", "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n")
	if _, err := s.Submit(background, jobs(0)); err == nil || errors.As(err, &wrong) {
		t.Errorf("a controller that is away: %v", err)
	}
	f.remove("fail.sbatch")
	f.write("sbatch", strings.Replace(fakeCommands, "id=$((", "[ -e id ] && { echo no more >&2; exit 1; }; id=$((", 1))
	if _, err := s.Submit(background, jobs(0, 4)); !errors.As(err, &wrong) || !strings.Contains(f.read("queue"), "41_0|") || !strings.Contains(f.read("queue"), "CANCELLED") {
		t.Errorf("the second array is refused: %v, and the queue is\n%s", err, f.read("queue"))
	}
	if len(s.tasks) != 0 {
		t.Errorf("%d tasks are watched, and none was taken", len(s.tasks))
	}
}

// What SLURM's states mean. An end counts at the second look, since a task that queues again may look
// ended.
func TestEnds(t *testing.T) {
	for state, want := range map[string]struct {
		launch.Report
		says, exitCode string
	}{
		"TIMEOUT|TimeLimit":      {launch.Report{}, "raise launch.slurm.time", "0"},
		"OUT_OF_MEMORY|None":     {launch.Report{Final: true}, "raise launch.memory", "0"},
		"CANCELLED|None":         {launch.Report{Final: true}, "cancelled in SLURM", "0"},
		"NODE_FAIL|None":         {launch.Report{Preempted: true}, "its node failed", "0"},
		"PREEMPTED|None":         {launch.Report{Preempted: true}, "for another job", "0"},
		"FAILED|NonZeroExitCode": {launch.Report{}, "no space left", "1"},
		"FAILED|Not found":       {launch.Report{Final: true}, "no space left", "127"},
		"":                       {launch.Report{}, "", "0"},
	} {
		t.Run(state, func(t *testing.T) {
			f := newFake(t)
			s := f.launcher(0)
			places, err := s.Submit(background, jobs(0))
			if err != nil {
				t.Fatal(err)
			}
			f.write("exitcode", want.exitCode)
			if err := os.WriteFile(s.tasks[places[0]].log, []byte("begun\nno space left\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			f.set(places[0], state)
			if reports, err := poll(s); len(reports) != 0 || err != nil {
				t.Errorf("at the first look: %+v (%v)", reports, err)
			}
			reports, err := poll(s)
			if err != nil || len(reports) != 1 {
				t.Fatalf("at the second look: %+v (%v)", reports, err)
			}
			g := reports[0]
			if !g.Ended || g.Final != want.Final || g.Preempted != want.Preempted || !strings.Contains(g.Error, want.says) || (g.Error == "") != (want.says == "") {
				t.Errorf("%+v, want final %v, preempted %v and %q", g, want.Final, want.Preempted, want.says)
			}
		})
	}
}

// A queue that can't be read, or looks strange, ends nothing.
func TestTrouble(t *testing.T) {
	f := newFake(t)
	s := f.launcher(0)
	places, err := s.Submit(background, jobs(0, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"slurm_load_jobs error: Unable to contact slurm controller (connect failure)", "x"} {
		f.write("fail.squeue", words)
		for range 3 {
			if reports, err := poll(s); len(reports) != 0 || err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%+v (%v)", reports, err)
			}
		}
	}
	f.remove("fail.squeue")
	f.set(places[0], "FAILED|x")
	poll(s)
	f.set(places[0], "PENDING|Nodes required for job are DOWN")
	f.set(places[1], "PENDING|Nodes required for job are DOWN")
	reports, err := poll(s)
	if err != nil || len(reports) != 1 || reports[0].Ended || reports[0].Note != "waits in SLURM's queue: Nodes required for job are DOWN (and 1 more)" {
		t.Errorf("queued again: %+v (%v)", reports, err)
	}
	if reports, err := poll(s); len(reports) != 0 || err != nil {
		t.Errorf("the same note twice: %+v (%v)", reports, err)
	}
	if err := s.Cancel(background, jobs(0, 1)); err != nil {
		t.Fatal(err)
	}
	poll(s)
	if reports, err := poll(s); err != nil || len(reports) != 2 || reports[0].Error != "" || reports[0].Final {
		t.Errorf("cancelled: %+v (%v)", reports, err)
	}
	if _, err := parseQueue("12_1|name\n"); err == nil {
		t.Error("half a line is taken for a task")
	}
}

// A machine without SLURM, and requests that it can't meet.
func TestCheck(t *testing.T) {
	f := newFake(t)
	p := f.plan()
	p.Tasks = append(p.Tasks, jobs(0)[0].Task)
	p.Tasks[0].Launch = request.Config{CPUs: 1, GPUs: 0.5}
	var wrong *problem.Error
	if err := New(0).Check(background, p); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "launch.gpus: is 0.5") {
		t.Errorf("half a GPU: %v", err)
	}
	f.write("fail.scontrol", "slurm_load_ctl_conf error: Unable to contact slurm controller (connect failure)\n")
	if err := New(0).Check(background, f.plan()); err == nil || !strings.Contains(err.Error(), "the cluster does not answer") {
		t.Errorf("no controller: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := New(0).Check(background, f.plan()); err == nil || !strings.Contains(err.Error(), "slurm-client") {
		t.Errorf("no SLURM: %v", err)
	}
}
