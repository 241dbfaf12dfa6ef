package ray

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/internal/problem"
	"noise2sparse/launch"
	wanted "noise2sparse/launch/request"
)

var background = context.Background()

// From submission to end, with the log beside.
func TestJobsRun(t *testing.T) {
	f := newFake(t)
	r := f.launcher(t, 3)
	ids, err := r.Submit(background, []launch.Submission{submission(0, usual()), submission(1, usual())})
	if err != nil || len(ids) != 2 || !strings.HasPrefix(ids[1], "n2s-quick-start-001-") {
		t.Fatal(ids, err)
	}
	if r.Room() != 1 {
		t.Errorf("room for %d, want 1 of 3", r.Room())
	}
	f.set(details{ID: ids[0], Status: "RUNNING"})
	f.logs[ids[0]] = "first\n"
	if reports, err := poll(t, r); len(reports) != 0 || err != nil {
		t.Errorf("running: %v, %v", reports, err)
	}
	f.logs[ids[0]] += "second\n"
	f.set(details{ID: ids[0], Status: "SUCCEEDED"})
	reports, err := poll(t, r)
	want := launch.Report{Job: "000-a", Place: ids[0], Ended: true}
	if err != nil || len(reports) != 1 || reports[0] != want {
		t.Errorf("done: %+v, %v, want %+v", reports, err, want)
	}
	if b, err := os.ReadFile(filepath.Join(r.folder, ids[0]+".log")); string(b) != "first\nsecond\n" {
		t.Errorf("the log holds %q (%v)", b, err)
	}
	if reports, err := poll(t, r); len(reports) != 0 || err != nil {
		t.Errorf("an end is reported twice: %v, %v", reports, err)
	}
}

// A submission says all that the job asks for, and its command reaches the program as it is.
func TestRequest(t *testing.T) {
	f := newFake(t)
	t.Setenv("NOISE2SPARSE_DATA", "/data")
	r := f.launcher(t, 0)
	memory, dir := "2G", t.TempDir()
	program := filepath.Join(dir, "the trainer")
	if err := os.WriteFile(program, []byte("#!/bin/sh\npwd; for a in \"$@\"; do echo \"$a\"; done\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	l := wanted.Config{
		CPUs: 0.5, GPUs: 0.25, Memory: &memory, Program: &program, Env: map[string]string{"A": "b c"},
		Ray: wanted.Ray{Resources: map[string]float64{"a100": 1}, StopSeconds: 9},
	}
	if _, err := r.Submit(background, []launch.Submission{submission(7, l)}); err != nil {
		t.Fatal(err)
	}
	got := f.got[0]
	env := got.RuntimeEnv.Vars
	if got.CPUs != 0.5 || got.GPUs != 0.25 || got.Memory != 2<<30 || got.Resources["a100"] != 1 ||
		env["A"] != "b c" || env["NOISE2SPARSE_DATA"] != "/data" || env["RAY_JOB_STOP_WAIT_TIME_S"] != "9" || env["PATH"] != "" {
		t.Errorf("the request is %+v", got)
	}
	out, err := exec.Command("/bin/sh", "-c", got.Entrypoint).CombinedOutput()
	here, _ := os.Getwd()
	if want := here + "\nrun\n--resume\n/runs/it's/007-a\n--json\n--threads\n1\n"; err != nil || string(out) != want {
		t.Errorf("%s\nprints %q (%v), want %q", got.Entrypoint, out, err, want)
	}
}

// A job that Ray knows is taken over, not submitted twice; one that is over gets a new id.
func TestDuplicates(t *testing.T) {
	f := newFake(t)
	jobs := []launch.Submission{submission(0, usual())}
	first, err := f.launcher(t, 0).Submit(background, jobs)
	if err != nil {
		t.Fatal(err)
	}
	r := f.launcher(t, 0)
	if again, err := r.Submit(background, jobs); err != nil || again[0] != first[0] || len(f.got) != 1 {
		t.Errorf("submitted again: %v and %v (%v), %d submissions", first, again, err, len(f.got))
	}
	f.set(details{ID: first[0], Status: "FAILED"})
	if next, err := f.launcher(t, 0).Submit(background, jobs); err != nil || next[0] != first[0]+"-2" {
		t.Errorf("after its end: %v, %v", next, err)
	}
	if ok, err := f.launcher(t, 0).Attach(background, jobs[0], first[0]); ok || err != nil {
		t.Errorf("attached to a job that is over: %v, %v", ok, err)
	}
	if ok, err := f.launcher(t, 0).Attach(background, jobs[0], "n2s-unknown"); ok || err != nil {
		t.Errorf("attached to an unknown job: %v, %v", ok, err)
	}
	r = f.launcher(t, 0)
	if ok, err := r.Attach(background, jobs[0], first[0]+"-2"); !ok || err != nil {
		t.Errorf("not attached: %v, %v", ok, err)
	}
	f.set(details{ID: first[0] + "-2", Status: "SUCCEEDED"})
	if reports, err := poll(t, r); err != nil || len(reports) != 1 || !reports[0].Ended {
		t.Errorf("after attaching: %+v, %v", reports, err)
	}
}

// What Ray's ends mean.
func TestEnds(t *testing.T) {
	code := func(n int) *int { return &n }
	for name, c := range map[string]struct {
		d                details
		says             string
		final, preempted bool
	}{
		"done":         {d: details{Status: "SUCCEEDED"}},
		"crashed":      {d: details{Status: "FAILED", ErrorType: "JOB_ENTRYPOINT_COMMAND_ERROR", ExitCode: code(1), Message: "logs:\nno space left"}, says: "it ended with code 1: no space left"},
		"killed":       {d: details{Status: "FAILED", ExitCode: code(-9), Message: "x"}, says: "it was ended by signal 9"},
		"no program":   {d: details{Status: "FAILED", ExitCode: code(127), Message: "logs:\nsh: not found\nRunning entrypoint for job x: y\n"}, says: "code 127: sh: not found", final: true},
		"wrong config": {d: details{Status: "FAILED", ExitCode: code(2), Message: "x"}, says: "code 2", final: true},
		"no place":     {d: details{Status: "FAILED", ErrorType: "JOB_SUPERVISOR_ACTOR_START_TIMEOUT", Message: "failed to start within 900 seconds"}, says: "failed to start within 900", preempted: true},
		"node died":    {d: details{Status: "FAILED", ErrorType: "JOB_SUPERVISOR_ACTOR_DIED", Message: "died: The actor died\nmore"}, says: "died: The actor died (", preempted: true},
		"impossible":   {d: details{Status: "FAILED", ErrorType: "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE", Message: "no"}, says: "no", final: true},
		"by hand":      {d: details{Status: "STOPPED"}, says: "stopped in Ray", final: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			r := f.launcher(t, 0)
			ids, err := r.Submit(background, []launch.Submission{submission(0, usual())})
			if err != nil {
				t.Fatal(err)
			}
			c.d.ID = ids[0]
			f.set(c.d)
			reports, err := poll(t, r)
			if err != nil || len(reports) != 1 {
				t.Fatal(reports, err)
			}
			g := reports[0]
			if !g.Ended || g.Final != c.final || g.Preempted != c.preempted || !strings.Contains(g.Error, c.says) || (c.says == "") != (g.Error == "") {
				t.Errorf("it reports %+v, want final %v, preempted %v and %q", g, c.final, c.preempted, c.says)
			}
		})
	}
}

// A cluster that was started anew knows none of its jobs; one look may also have come too early.
func TestForgotten(t *testing.T) {
	f := newFake(t)
	r := f.launcher(t, 0)
	if _, err := r.Submit(background, []launch.Submission{submission(0, usual())}); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.jobs = map[string]details{}
	f.mu.Unlock()
	if reports, err := poll(t, r); len(reports) != 0 || err != nil {
		t.Errorf("at the first look: %v, %v", reports, err)
	}
	if reports, err := poll(t, r); err != nil || len(reports) != 1 || !reports[0].Preempted || !strings.Contains(reports[0].Error, "no longer knows it") {
		t.Errorf("at the second look: %+v, %v", reports, err)
	}
}

// Jobs that were cancelled end without an error, also those that Ray is asked to end in a hurry.
func TestCancel(t *testing.T) {
	f := newFake(t)
	r := f.launcher(t, 0)
	jobs := []launch.Submission{submission(0, usual()), submission(1, usual())}
	if _, err := r.Submit(background, jobs); err != nil {
		t.Fatal(err)
	}
	if err := r.Cancel(background, jobs[:1]); err != nil {
		t.Fatal(err)
	}
	reports, err := poll(t, r)
	if err != nil || len(reports) != 1 || reports[0].Job != "000-a" || reports[0].Error != "" {
		t.Errorf("cancelled: %+v, %v", reports, err)
	}
	r.CancelNow()
	if reports, err := poll(t, r); err != nil || len(reports) != 1 || reports[0].Error != "" {
		t.Errorf("cancelled now: %+v, %v", reports, err)
	}
	if _, err := r.Submit(background, []launch.Submission{submission(2, usual())}); err != nil {
		t.Fatal(err)
	}
	f.answerInstead(func(w http.ResponseWriter, q *http.Request) bool { <-q.Context().Done(); return true })
	began := time.Now()
	if r.CancelNow(); time.Since(began) > 3*time.Second {
		t.Errorf("a server that does not answer held it up for %v", time.Since(began))
	}
}

// Submissions are all taken or none, and a refusal is told apart from a server in trouble.
func TestRefused(t *testing.T) {
	f := newFake(t)
	r := f.launcher(t, 0)
	for code, final := range map[int]bool{http.StatusBadRequest: true, http.StatusInternalServerError: false, http.StatusServiceUnavailable: false} {
		n := 0
		f.answerInstead(func(w http.ResponseWriter, q *http.Request) bool {
			if q.Method != http.MethodPost || strings.HasSuffix(q.URL.Path, "/stop") {
				return false
			}
			if n++; n < 2 {
				return false
			}
			http.Error(w, "Traceback\nValueError: nonsense", code)
			return true
		})
		a, b := submission(10*code, usual()), submission(10*code+1, usual())
		_, err := r.Submit(background, []launch.Submission{a, b})
		var wrong *problem.Error
		if err == nil || errors.As(err, &wrong) != final || !strings.Contains(err.Error(), "ValueError: nonsense") {
			t.Errorf("code %d: %v", code, err)
		}
		if d := f.jobs[submissionID("quick start", a, 1)]; d.Status != "STOPPED" {
			t.Errorf("code %d: the job before the refused one is %s", code, d.Status)
		}
	}
	if len(r.jobs) != 0 {
		t.Errorf("%d jobs are watched, and none was taken", len(r.jobs))
	}
}
