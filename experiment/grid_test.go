package experiment

import (
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func text(n int) string { return strconv.Itoa(n) }

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func upTo(n int) string {
	var v []string
	for i := 1; i <= n; i++ {
		v = append(v, text(i))
	}
	return strings.Join(v, ",")
}

func TestSweepsOfTheCommandLine(t *testing.T) {
	for name, c := range map[string]struct {
		ref  string
		o    Overrides
		want string // the jobs, without their hashes
	}{
		"one field":            {"quickstart", Overrides{Grid: []string{"noise.sigma=0,0.1"}}, "000-sigma=0 001-sigma=0.1"},
		"seeds":                {"quickstart", Overrides{Seeds: "7, 5"}, "000-seed=7 001-seed=5"},
		"both":                 {"quickstart", Overrides{Grid: []string{"noise.sigma=0,0.1"}, Seeds: "5,6"}, "000-sigma=0,seed=5 001-sigma=0,seed=6 002-sigma=0.1,seed=5 003-sigma=0.1,seed=6"},
		"as in a file":         {"quickstart", Overrides{Grid: []string{"noise.sigma=[0,0.1]"}}, "000-sigma=0 001-sigma=0.1"},
		"one value":            {"quickstart", Overrides{Grid: []string{"noise.sigma=3"}}, "000-sigma=3"},
		"lists":                {"quickstart", Overrides{Grid: []string{"model.hidden=[5],[5,6]"}}, "000-hidden=5 001-hidden=5x6"},
		"one list":             {"quickstart", Overrides{Grid: []string{"model.hidden=[5,6]"}}, "000-hidden=5x6"},
		"texts":                {"quickstart", Overrides{Grid: []string{"model.activation=relu, gelu"}}, "000-activation=relu 001-activation=gelu"},
		"sections":             {"quickstart", Overrides{Grid: []string{"noise={sigma: 1},{sigma: 2}"}}, "000-sigma=1 001-sigma=2"},
		"in the file's place":  {"noise_sweep", Overrides{Grid: []string{"noise.sigma=7,8"}}, "000-sigma=7 001-sigma=8"},
		"beside the file's":    {"noise_sweep", Overrides{Set: []string{"grid.noise.sigma=[7]"}, Seeds: "1,2"}, "000-sigma=7,seed=1 001-sigma=7,seed=2"},
		"above a value":        {"quickstart", Overrides{Set: []string{"seed=3"}, Seeds: "1,2"}, "000-seed=1 001-seed=2"},
		"a fixed field of all": {"gentle_anneal", Overrides{Set: []string{"grid=[{noise.sigma: [1, 2], noise.anneal: [null]}, {noise.sigma: [3]}]", "noise.sigma=5"}}, "000-anneal=null"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := LoadWith(c.ref, c.o)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, j := range e.Jobs() {
				got = append(got, j.ID[:len(j.ID)-len("-12345678")])
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), c.want)
			}
		})
	}
}

// A flag that makes two jobs of a list of grids the same is told so.
func TestSweepOfAListOfGrids(t *testing.T) {
	_, err := LoadWith("gentle_anneal", Overrides{Grid: []string{"noise.sigma=1"}, Set: []string{"noise.anneal=null"}})
	if err == nil || !strings.Contains(err.Error(), "jobs 0 and 1 are the same") {
		t.Errorf("got %v", err)
	}
}

func TestBadSweepsOfTheCommandLine(t *testing.T) {
	for flag, want := range map[string]string{
		"noise.sigma":          "--grid noise.sigma: want field=value,value,..., such as --grid noise.sigma=0,0.1,0.8",
		"noise.sigma=":         "--grid noise.sigma=: want field=value,value,..., such as --grid noise.sigma=0,0.1,0.8",
		"noise.sgima=1":        `--grid noise.sgima=1: noise.sgima: unknown field; did you mean "noise.sigma"?`,
		"noise.sigma=1,x":      `--grid noise.sigma=1,x: noise.sigma: want a number, got the text "x"`,
		"noise.sigma=1,1.0":    "--grid noise.sigma=1,1.0: grid.noise.sigma: the value 1.0 is listed twice",
		"noise.sigma=1,-2":     "--grid noise.sigma=1,-2: noise.sigma: is -2; give a finite number, at least 0",
		"noise.sigma=[1":       "--grid noise.sigma=[1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence",
		"noise.sigma=1\n]: [2": "",
	} {
		_, err := LoadWith("quickstart", Overrides{Grid: []string{flag}})
		if err == nil || want != "" && err.Error() != want {
			t.Errorf("--grid %q:\ngot  %v\nwant %s", flag, err, want)
		}
	}
	_, err := LoadWith("quickstart", Overrides{Set: []string{"x"}, Grid: []string{"seed=1,2", "epochs=many"}, Seeds: "3,,4"})
	for _, want := range []string{
		"--set x: want field=value", `--grid epochs=many: epochs: want an integer, got the text "many"`,
		"--seeds 3,,4: ",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("all at once: %v\nlacks %q", err, want)
		}
	}
	_, err = LoadWith("quickstart", Overrides{Grid: []string{"seed=1,2"}, Seeds: "3"})
	if err == nil || err.Error() != "--seeds 3: seed is swept by another flag too; give all values in one" {
		t.Errorf("got %v", err)
	}
}

// A million jobs are counted, not made: little memory and time, until somebody confirms them.
func TestAMillionJobs(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	e, err := LoadWith("quickstart", Overrides{Grid: []string{"seed=" + upTo(100), "batch_size=" + upTo(100), "epochs=" + upTo(100)}})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if e.Count() != 1_000_000 || after.HeapAlloc > before.HeapAlloc+50<<20 {
		t.Errorf("%d jobs, %d MB", e.Count(), (after.HeapAlloc-before.HeapAlloc)>>20)
	}
	j := e.Job(99*10_000 + 98*100 + 97)
	if c := j.Config; c.Seed != 100 || c.BatchSize != 99 || c.Epochs != 98 || !strings.HasPrefix(j.ID, "999897-seed=100,batch_size=99,epochs=98-") {
		t.Errorf("job %s: seed %d, batch %d, epochs %d", j.ID, c.Seed, c.BatchSize, c.Epochs)
	}
}

// What is wrong with a job that Load has not looked at is found before anything begins.
func TestCheckRest(t *testing.T) {
	// Of 20,000 jobs Load looks at every second one; the others are the classifications.
	grid := []string{"seed=" + upTo(10_000), "task=reconstruction,classification"}
	e, err := LoadWith("quickstart", Overrides{Grid: grid, Set: []string{"model.tied_weights=true"}})
	if err != nil {
		t.Fatalf("Load has looked at job 1: %v", err)
	}
	if err := e.CheckRest(); err == nil || !strings.Contains(err.Error(), "model.tied_weights: needs an output as wide as the input, but task is classification") {
		t.Errorf("got %v", err)
	}
}
