package experiment

import (
	"strings"
	"testing"
)

func TestStartJob(t *testing.T) {
	source := mustLoad(t, "quickstart", "grid.seed=[1, 2]", "grid.noise.sigma=[0.1, 0.2]")
	const from = "start_from.experiment=quickstart"
	for name, c := range map[string]struct {
		set  []string
		job  int
		want int    // index of the source's job
		err  string // instead
	}{
		"the same sweep":         {[]string{"grid.seed=[1, 2]", "grid.noise.sigma=[0.1, 0.2]"}, 2, 2, ""},
		"in another order":       {[]string{"grid.noise.sigma=[0.2, 0.1]", "grid.seed=[2, 1]"}, 1, 1, ""},
		"with a third field":     {[]string{"grid.seed=[2]", "grid.epochs=[1, 2]", "grid.noise.sigma=[0.1]"}, 1, 2, ""},
		"values not swept":       {[]string{"seed=2", "noise.sigma=2e-1"}, 0, 3, ""},
		"in words":               {[]string{"start_from.where=[seed=2, noise.sigma=0.1]"}, 0, 2, ""},
		"one in words":           {[]string{"seed=1", "start_from.where=[noise.sigma=0.2]"}, 0, 1, ""},
		"words before values":    {[]string{"seed=1", "noise.sigma=0.1", "start_from.where=[seed=2]"}, 0, 2, ""},
		"a section in words":     {[]string{"seed=1", "start_from.where=[\"noise={sigma: 0.2}\"]"}, 0, 1, ""},
		"one swept field of two": {[]string{"grid.seed=[1, 2]"}, 0, 0, "0 jobs of quickstart have noise.sigma=0.5, seed=1"},
		"a value that it lacks":  {[]string{"seed=7", "noise.sigma=0.1"}, 0, 0, "0 jobs of quickstart have noise.sigma=0.1, seed=7"},
		"a fixed one it lacks":   {[]string{"seed=1", "noise.sigma=0.1", "start_from.where=[epochs=7]"}, 0, 0, "0 jobs of quickstart have epochs=7"},
	} {
		t.Run(name, func(t *testing.T) {
			j, err := StartJob(mustLoad(t, "quickstart", append(c.set, from)...).Job(c.job), source)
			switch {
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("error %v, want %q", err, c.err)
			case c.err == "" && (err != nil || j.Index != c.want):
				t.Errorf("job %d (%v), want job %d", j.Index, err, c.want)
			}
		})
	}
	many := mustLoad(t, "quickstart", "grid.epochs=[1, 2]")
	if _, err := StartJob(mustLoad(t, "quickstart", from).Job(0), many); err == nil || !strings.Contains(err.Error(), "0 jobs of quickstart have epochs=50") {
		t.Errorf("got %v", err)
	}
}

// Every experiment that starts from another one has a source for each of its jobs.
func TestSourcesOfTheReference(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	n := 0
	for _, name := range Names() {
		e := mustLoad(t, name)
		for _, j := range e.Jobs() {
			s := j.Config.StartFrom
			if s == nil {
				continue
			}
			if _, err := StartJob(j, mustLoad(t, s.Experiment)); err != nil {
				t.Errorf("%s, job %d: %v", name, j.Index, err)
			}
			n++
		}
	}
	if n != 64 { // eight experiments with eight jobs
		t.Errorf("%d jobs start from another run, want 64", n)
	}
}
