package launch

import (
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
