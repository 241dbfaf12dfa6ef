package experiment

import (
	"math"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"noise2sparse/experiment/strict"
	"noise2sparse/train"
)

func mustLoad(t *testing.T, ref string, sets ...string) *Experiment {
	t.Helper()
	e, err := Load(ref, sets)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestJobsOfTheSweep(t *testing.T) {
	jobs := mustLoad(t, "noise_sweep").Jobs()
	sigmas := []float64{0, 0.05, 0.1, 0.3, 0.8, 1.5, 3, 10}
	if len(jobs) != len(sigmas) {
		t.Fatalf("%d jobs, want %d", len(jobs), len(sigmas))
	}
	form := regexp.MustCompile(`^00(\d)-sigma=([0-9.]+)-([0-9a-f]{8})$`)
	for i, j := range jobs {
		c := j.Config
		if *c.Noise.Sigma != sigmas[i] || c.BatchSize != 1024 || c.Model.Hidden[0] != 10000 || c.Epochs != 500 || c.Seed != 5 {
			t.Errorf("job %d: %s", i, strict.Canonical(c))
		}
		m := form.FindStringSubmatch(j.ID)
		if m == nil || m[1] != strconv.Itoa(i) || m[3] != ConfigSHA256(c)[:8] || j.Index != i || j.SHA256 != ConfigSHA256(c) {
			t.Errorf("job %d has index %d, id %s, hash %s", i, j.Index, j.ID, j.SHA256)
		}
		if s, err := strconv.ParseFloat(j.Values[0].Value, 64); err != nil || s != sigmas[i] || j.Values[0].Path != "noise.sigma" {
			t.Errorf("job %d: swept %v", i, j.Values)
		}
	}
}

// TestJobsShareNothing changes one job's config and looks at its neighbour's.
func TestJobsShareNothing(t *testing.T) {
	jobs := mustLoad(t, "noise_sweep", "dataset=sparse-codes", "data.noise=1").Jobs()
	jobs[0].Config.Model.Hidden[0] = 1
	*jobs[0].Config.Noise.Sigma = 99
	jobs[0].Config.Data["noise"] = 99
	if c := jobs[1].Config; c.Model.Hidden[0] != 10000 || *c.Noise.Sigma != 0.05 || c.Data["noise"] != 1 {
		t.Errorf("job 1 changed with job 0: %s", strict.Canonical(c))
	}
}

func TestHashFollowsValuesNotFiles(t *testing.T) {
	hash := func(ref string, sets ...string) string { return mustLoad(t, ref, sets...).Jobs()[0].SHA256 }
	same := hash("relu_noise08")
	if got := hash("relu_noise08", "noise.sigma=8e-1", "name=other", "optimizer.lr=0.0001"); got != same {
		t.Error("the same values in other words have another hash")
	}
	if got := hash("noise_sweep", "grid.noise.sigma=[0.8]", "model.hidden=[1000]", "batch_size=512"); got != same {
		t.Error("the same values from another file have another hash")
	}
	for _, set := range []string{
		"seed=6", "epochs=501", "noise.sigma=0.8000000000000002", "checkpoint.keep_last=2",
		"noise.sigma=null", "dataset=mnist", "early_stopping={}", "model.output_bias=false",
	} {
		if hash("relu_noise08", set) == same {
			t.Errorf("%s doesn't change the hash", set)
		}
	}
}

// Names of jobs, by which runs are found again, leave out values that are defaults. So a default that
// changes would give old runs to new configurations: such a field needs a new name. A new field only
// needs its line in testdata/defaults.txt.
func TestDefaultsNeverChange(t *testing.T) {
	b, err := os.ReadFile("testdata/defaults.txt")
	if err != nil {
		t.Fatal(err)
	}
	was := map[string]string{}
	for line := range strings.Lines(string(b)) {
		path, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		was[path] = value
	}
	typ := reflect.TypeFor[train.Config]()
	for _, path := range strict.Paths(typ) {
		f, _, _ := strict.Lookup(typ, path)
		now := "none"
		if f.HasDefault {
			now = f.Default
		}
		value, known := was[path]
		switch {
		case !known:
			t.Errorf("testdata/defaults.txt lacks the line %q", path+" = "+now)
		case value != now:
			t.Errorf("the default of %s was %q and is %q: runs with either would have one name; give the field a new one", path, value, now)
		}
		delete(was, path)
	}
	for path := range was {
		t.Errorf("%s is gone, and so are the runs that had it: take its line out of testdata/defaults.txt if that is meant", path)
	}
}

func TestJobID(t *testing.T) {
	tests := map[string]struct {
		job  Job
		n    int
		want string
	}{
		"nothing swept":      {Job{}, 1, "000-01234567"},
		"one":                {Job{Index: 7, Values: []Swept{{"noise.sigma", "0.8"}}}, 8, "007-sigma=0.8-01234567"},
		"more digits":        {Job{Index: 7}, 1001, "0007-01234567"},
		"exactly a thousand": {Job{Index: 999}, 1000, "999-01234567"},
		"negative, exponent": {Job{Values: []Swept{{"a.x", "-1e-05"}, {"y", "1e+20"}}}, 1, "000-x=-1e-05,y=1e+20-01234567"},
		"section":            {Job{Values: []Swept{{"noise", "{kind: laplace, scale: 1}"}}}, 1, "000-kind=laplace,scale=1-01234567"},
		"quoted text":        {Job{Values: []Swept{{"a", `"x/y \"z\" ü"`}}}, 1, `000-a=x-y--z----01234567`},
		"long":               {Job{Values: []Swept{{"a", strings.Repeat("b", 500)}}}, 1, "000-a=" + strings.Repeat("b", 78) + "-01234567"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tc.job.SHA256 = "0123456789abcdef"
			if got := jobID(tc.job, tc.n); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestDiffForResume(t *testing.T) {
	var a train.Config
	strict.SetDefaults(&a)
	b := a
	if ps := DiffForResume(a, b); len(ps) != 0 {
		t.Errorf("equal configs differ: %v", ps)
	}
	sigma := 0.3
	b.Noise.Sigma, b.Optimizer.LR = &sigma, math.Nextafter(a.Optimizer.LR, 1)
	ps := DiffForResume(a, b)
	if len(ps) != 2 || ps[0].Path != "noise.sigma" || ps[1].Path != "optimizer.lr" {
		t.Fatalf("got %v", ps)
	}
	if !strings.HasPrefix(ps[0].Text, "was null and is now 0.3; a resumed run can't change it") {
		t.Errorf("got %q", ps[0].Text)
	}
}

// A run whose learning rate depends on the number of epochs keeps that number.
func TestDiffForResumeKeepsEpochsOfASchedule(t *testing.T) {
	steps := 1000
	for name, tc := range map[string]struct {
		change  func(c *train.Config)
		refused string
	}{
		"constant":              {func(*train.Config) {}, ""},
		"step":                  {func(c *train.Config) { c.Optimizer.Schedule.Kind = "step" }, ""},
		"cosine":                {func(c *train.Config) { c.Optimizer.Schedule.Kind = "cosine" }, "optimizer.schedule.kind cosine depends"},
		"demon_adam":            {func(c *train.Config) { c.Optimizer.Kind = "demon_adam" }, "optimizer.kind demon_adam without optimizer.total_steps depends"},
		"demon_adam with steps": {func(c *train.Config) { c.Optimizer.Kind, c.Optimizer.TotalSteps = "demon_adam", &steps }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var before train.Config
			strict.SetDefaults(&before)
			tc.change(&before)
			after := before
			if ps := DiffForResume(before, after); len(ps) != 0 {
				t.Errorf("the same epochs are refused: %v", ps)
			}
			after.Epochs++
			ps := DiffForResume(before, after)
			switch {
			case tc.refused == "" && len(ps) != 0:
				t.Errorf("refused: %v", ps)
			case tc.refused != "" && (len(ps) != 1 || ps[0].Path != "epochs" || !strings.Contains(ps[0].Text, tc.refused)):
				t.Errorf("got %v, want one problem with %q", ps, tc.refused)
			}
		})
	}
}
