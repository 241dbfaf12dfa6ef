package launch

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"noise2sparse/experiment"
	"noise2sparse/experiment/strict"
	"noise2sparse/track"
)

// Runs of versions that hashed defaults too are found by their configuration: what was cut off goes on,
// what is done is done, and jobs start from it.
func TestRunsNamedByAnEarlierVersion(t *testing.T) {
	out := t.TempDir()
	first, second := filepath.Join(out, "first.yaml"), filepath.Join(out, "second.yaml")
	for file, text := range map[string]string{
		first:  "base: quickstart\ngrid: {noise.sigma: [0.1, 0.2]}\n",
		second: "base: first.yaml\nepochs: 7\nstart_from: {experiment: " + first + "}\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	e, err := experiment.Load(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for i, state := range []track.State{track.Done, track.Interrupted} {
		task := &Task{Job: e.Job(i), experiment: e}
		all := sha256.Sum256([]byte(strict.Canonical(task.Config)))
		id := task.ID[:len(task.ID)-hashDigits] + hex.EncodeToString(all[:])[:hashDigits]
		dirs = append(dirs, filepath.Join(out, "first", id))
		config, err := task.yaml()
		if err != nil {
			t.Fatal(err)
		}
		makeRunWith(t, dirs[i], config, state)
	}
	makeRun(t, filepath.Join(out, "first", "000-sigma=0.1-00000000"), track.Done) // of another configuration

	p, err := Resolve(Options{Experiment: first, Out: out, Job: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Action{Skip, Resume} {
		if task := p.Tasks[i]; task.Dir != dirs[i] || task.Action != want || task.ID != filepath.Base(dirs[i]) {
			t.Errorf("job %d is %s in %s, to %s; want %s in %s", i, task.ID, task.Dir, task.Action, want, dirs[i])
		}
	}
	if p, err = Resolve(Options{Experiment: first, Out: out, Job: 0, Fresh: true}); err != nil || p.Tasks[0].Dir != dirs[0]+"-r2" {
		t.Errorf("begun anew it goes to %s (%v)", p.Tasks[0].Dir, err)
	}
	if p, err = Resolve(Options{Experiment: second, Out: out, Job: 0}); err != nil || p.Tasks[0].Start != dirs[0] {
		t.Errorf("the second experiment starts from %q (%v), want %s", p.Tasks[0].Start, err, dirs[0])
	}
	if p, err = Resolve(Options{Experiment: first, Out: out, Job: 0, Set: []string{"epochs=9"}}); err != nil || p.Tasks[0].Action != Begin {
		t.Errorf("another configuration is to %s in %s (%v)", p.Tasks[0].Action, p.Tasks[0].Dir, err)
	}
}
