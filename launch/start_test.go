package launch

import (
	"strings"
	"testing"

	"noise2sparse/experiment"
)

func load(t *testing.T, set ...string) *experiment.Experiment {
	t.Helper()
	e, err := experiment.Load("quickstart", set)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestMatchingJob(t *testing.T) {
	source := load(t, "grid.seed=[1, 2]", "grid.noise.sigma=[0.1, 0.2]")
	for _, c := range []struct {
		name string
		set  []string
		job  int
		want int    // index of the source's job
		err  string // instead
	}{
		{"the same sweep", []string{"grid.seed=[1, 2]", "grid.noise.sigma=[0.1, 0.2]"}, 2, 2, ""},
		{"in another order", []string{"grid.noise.sigma=[0.2, 0.1]", "grid.seed=[2, 1]"}, 1, 1, ""},
		{"with a third field", []string{"grid.seed=[2]", "grid.epochs=[1, 2]", "grid.noise.sigma=[0.1]"}, 1, 2, ""},
		{"one swept field of two", []string{"grid.seed=[1, 2]"}, 0, 0, "2 jobs of quickstart have seed=1"},
		{"nothing swept in common", nil, 0, 0, "4 jobs of quickstart have the values of what both sweep"},
		{"a value that the source lacks", []string{"grid.seed=[7]", "grid.noise.sigma=[0.1]"}, 0, 0, "0 jobs of quickstart have"},
	} {
		j, err := matching(load(t, c.set...).Jobs()[c.job], source)
		switch {
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		case c.err == "" && (err != nil || j.Index != c.want):
			t.Errorf("%s: job %d (%v), want job %d", c.name, j.Index, err, c.want)
		}
	}
}

func TestDatasetsAreLoadedOnceAndLetGo(t *testing.T) {
	var tasks []*Task
	for _, j := range load(t, "data.samples=50", "grid.seed=[1, 2]", "grid.noise.sigma=[0.1, 0.2]").Jobs() {
		tasks = append(tasks, &Task{Job: j, Action: Begin})
	}
	d := newDatasets("", tasks)
	first, err := d.get(tasks[0].Config)
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.get(tasks[1].Config)
	if err != nil || first != again {
		t.Errorf("two jobs with the same data load it twice (%v)", err)
	}
	other, err := d.get(tasks[2].Config)
	if err != nil || other.sha256 == first.sha256 {
		t.Errorf("generated data of another seed are the same (%v)", err)
	}
	d.done(tasks[0].Config)
	if len(d.loaded) != 2 {
		t.Errorf("%d datasets are held while a job still needs the first, want 2", len(d.loaded))
	}
	d.done(tasks[1].Config)
	if len(d.loaded) != 1 {
		t.Errorf("%d datasets are held after both jobs are done with the first, want 1", len(d.loaded))
	}
}
