package launch

import (
	"os"
	"path/filepath"
	"testing"

	"noise2sparse/experiment"
	"noise2sparse/track"
)

// makeRun makes a run folder with a state; "" for one that was never started.
func makeRun(t *testing.T, dir string, state track.State) {
	t.Helper()
	makeRunWith(t, dir, []byte("dataset: dead-leaves\nepochs: 3\n"), state)
}

func makeRunWith(t *testing.T, dir string, config []byte, state track.State) {
	t.Helper()
	r, err := track.Create(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if state == "" {
		return
	}
	if err := r.Start(track.Attempt{Epochs: 3}, nil); err != nil {
		t.Fatal(err)
	}
	if state == track.Killed {
		return // as it is when the process dies
	}
	if state == track.Done {
		if err := r.WriteSummary(track.Summary{Epochs: 3}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Finish(state, 3, 30, nil); err != nil {
		t.Fatal(err)
	}
}

func TestFolderFor(t *testing.T) {
	type run struct {
		name  string
		state track.State
	}
	for _, c := range []struct {
		what   string
		runs   []run
		fresh  bool
		dir    string
		action Action
	}{
		{"nothing there", nil, false, "000-ab", Begin},
		{"nothing there, fresh", nil, true, "000-ab", Begin},
		{"done", []run{{"000-ab", track.Done}}, false, "000-ab", Skip},
		{"done, fresh", []run{{"000-ab", track.Done}}, true, "000-ab-r2", Begin},
		{"cut off", []run{{"000-ab", track.Interrupted}}, false, "000-ab", Resume},
		{"killed", []run{{"000-ab", track.Killed}}, false, "000-ab", Resume},
		{"never started", []run{{"000-ab", ""}}, false, "000-ab", Resume},
		{"failed", []run{{"000-ab", track.Failed}}, false, "000-ab", Resume},
		{"cut off, fresh", []run{{"000-ab", track.Interrupted}}, true, "000-ab-r2", Begin},
		{"the newest counts", []run{{"000-ab", track.Done}, {"000-ab-r2", track.Interrupted}}, false, "000-ab-r2", Resume},
		{"two digits", []run{{"000-ab", track.Done}, {"000-ab-r9", track.Done}, {"000-ab-r10", track.Done}}, true, "000-ab-r11", Begin},
		{"a gap", []run{{"000-ab-r3", track.Done}}, false, "000-ab-r3", Skip},
		{"other jobs", []run{{"000-abc", track.Done}, {"000-ab-rx", track.Done}, {"000-ab-r02", track.Done}, {"001-ab", track.Done}}, false, "000-ab", Begin},
	} {
		out := t.TempDir()
		for _, r := range c.runs {
			makeRun(t, filepath.Join(out, "exp", r.name), r.state)
		}
		dir, action, err := folderFor(out, "exp", "000-ab", c.fresh)
		if err != nil || dir != filepath.Join(out, "exp", c.dir) || action != c.action {
			t.Errorf("%s: %s %s (%v), want %s %s", c.what, action, dir, err, c.action, c.dir)
		}
	}
}

// A run that says it is done but has no summary was cut off between the two.
func TestDoneNeedsASummary(t *testing.T) {
	out := t.TempDir()
	dir := filepath.Join(out, "exp", "000-ab")
	makeRun(t, dir, track.Done)
	if !isDone(dir, 0) || !isDone(dir, 3) || isDone(dir, 4) {
		t.Errorf("a run of 3 epochs: done %v, with 3 epochs %v, with 4 epochs %v", isDone(dir, 0), isDone(dir, 3), isDone(dir, 4))
	}
	if err := os.Remove(filepath.Join(dir, "summary.json")); err != nil {
		t.Fatal(err)
	}
	if _, a, err := folderFor(out, "exp", "000-ab", false); a != Resume || err != nil {
		t.Errorf("without its summary the run is to be %sd (%v), want resumed", a, err)
	}
}

func TestJobID(t *testing.T) {
	for in, want := range map[string]string{"runs/x/000-ab": "000-ab", "runs/x/000-ab-r2/": "000-ab", "000-sigma=0.3-ab-r12": "000-sigma=0.3-ab"} {
		if got := jobID(in); got != want {
			t.Errorf("jobID(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{"runs/a,b=1": "runs/a,b=1", "my runs": "'my runs'", "it's": `'it'\''s'`} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %q, want %q", in, got, want)
		}
	}
}

// However many begin anew at once, each has a folder of its own.
func TestClaim(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "exp")
	const n = 16
	tasks, errs := make([]*Task, n), make(chan error, n)
	for i := range tasks {
		tasks[i] = &Task{Job: experiment.Job{ID: "000-a"}, Dir: filepath.Join(parent, "000-a-r2")}
		go func() { errs <- tasks[i].claim() }()
	}
	for range tasks {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	dirs := map[string]bool{}
	for _, task := range tasks {
		dirs[task.Dir] = true
	}
	if len(dirs) != n || !dirs[filepath.Join(parent, "000-a-r17")] {
		t.Errorf("%d tasks have the folders %v", n, dirs)
	}
}
