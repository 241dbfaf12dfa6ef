package experiment

import (
	"reflect"
	"strings"
	"testing"
)

func TestOverrides(t *testing.T) {
	tests := map[string]struct {
		ref  string
		sets []string
		want map[string]string // job's id without the hash -> a line of its canonical config
	}{
		"a field":                      {"relu_noise08", []string{"epochs=20"}, map[string]string{"000": "epochs = 20"}},
		"the last one counts":          {"relu_noise08", []string{"epochs=ten", "epochs=20"}, map[string]string{"000": "epochs = 20"}},
		"spaces":                       {"relu_noise08", []string{" epochs = 20 "}, map[string]string{"000": "epochs = 20"}},
		"a list":                       {"relu_noise08", []string{"model.hidden=[5, 6]"}, map[string]string{"000": "model.hidden = [5, 6]"}},
		"nothing is null":              {"relu_noise08", []string{"optimizer.clip_norm="}, map[string]string{"000": "optimizer.clip_norm = null"}},
		"text with an equals sign":     {"relu_noise08", []string{"start_from.run=a=b"}, map[string]string{"000": `start_from.run = "a=b"`}},
		"an optional section":          {"relu_noise08", []string{"early_stopping.patience=3"}, map[string]string{"000": "early_stopping.metric = val/loss"}},
		"a section is merged":          {"relu_noise08", []string{"optimizer={lr: 1}"}, map[string]string{"000": "optimizer.kind = adam"}},
		"a map":                        {"relu_noise08", []string{"dataset=sparse-codes", "data.active=1", "data.noise=2"}, map[string]string{"000": "data = {active: 1, noise: 2}\ndataset = sparse-codes"}},
		"a swept field ends the sweep": {"noise_sweep", []string{"noise.sigma=0.7"}, map[string]string{"000": "noise.sigma = 0.7"}},
		"so does its section":          {"noise_sweep", []string{"noise={sigma: 0.7}"}, map[string]string{"000": "noise.sigma = 0.7"}},
		"not a neighbour's": {
			"noise_sweep",
			[]string{"noise.in_evaluation=false", "grid.noise.sigma=[1]"},
			map[string]string{"000-sigma=1": "noise.in_evaluation = false"},
		},
		"another sweep": {
			"noise_sweep",
			[]string{"grid.noise.sigma=[0.1, 0.2]"},
			map[string]string{"000-sigma=0.1": "noise.sigma = 0.1", "001-sigma=0.2": "noise.sigma = 0.2"},
		},
		"one more sweep": {
			"relu_noise08",
			[]string{"grid.seed=[1, 2]"},
			map[string]string{"000-seed=1": "seed = 1", "001-seed=2": "seed = 2"},
		},
		"a new grid":          {"noise_sweep", []string{"grid={seed: [9]}"}, map[string]string{"000-seed=9": "noise.sigma = 0.8"}},
		"no grid":             {"noise_sweep", []string{"grid={}"}, map[string]string{"000": "noise.sigma = 0.8"}},
		"value, then a sweep": {"noise_sweep", []string{"noise.sigma=3", "grid.noise.sigma=[4]"}, map[string]string{"000-sigma=4": "noise.sigma = 4"}},
		"a sweep, then value": {"noise_sweep", []string{"grid.noise.sigma=[4]", "noise.sigma=3"}, map[string]string{"000": "noise.sigma = 3"}},
		"a swept section keeps its sweep": {
			"relu_noise08",
			[]string{"grid.noise=[{sigma: 1}, {sigma: 2}]", "noise.in_evaluation=false"},
			map[string]string{"000-sigma=1": "noise.in_evaluation = false", "001-sigma=2": "noise.in_evaluation = false"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			e := mustLoad(t, tc.ref, tc.sets...)
			blocks := strings.Split(describeAll(e), "\n\n")
			if len(e.Jobs()) != len(tc.want) {
				t.Fatalf("%d jobs, want %d:\n%s", len(e.Jobs()), len(tc.want), describeAll(e))
			}
			for id, line := range tc.want {
				found := false
				for _, b := range blocks {
					if strings.HasPrefix(b, id+"\n") {
						found = strings.Contains(b+"\n", "\n"+line+"\n")
					}
				}
				if !found {
					t.Errorf("no job %s with %q in:\n%s", id, line, describeAll(e))
				}
			}
		})
	}
}

func TestOverrideOfName(t *testing.T) {
	if e := mustLoad(t, "relu_noise08", "name=mine", "purpose=why not"); e.Name != "mine" || e.Purpose != "why not" {
		t.Errorf("got %q, %q", e.Name, e.Purpose)
	}
}

func TestBadOverrides(t *testing.T) {
	tests := map[string]string{
		"epochs":                     "--set epochs: want field=value, such as --set epochs=5",
		"=5":                         "--set =5: want field=value, such as --set epochs=5",
		"":                           "--set : want field=value, such as --set epochs=5",
		"epohcs=5":                   `--set epohcs=5: epohcs: unknown field; did you mean "epochs"?`,
		"sigma=5":                    `--set sigma=5: sigma: unknown field; did you mean "noise.sigma"?`,
		"lr=5":                       `--set lr=5: lr: unknown field; did you mean "topk.lr" or "optimizer.lr" or "explain_away.lr"?`,
		"noise.sgima=5":              `--set noise.sgima=5: noise.sgima: unknown field; did you mean "noise.sigma"?`,
		"model.hidden.0=5":           "--set model.hidden.0=5: model.hidden.0: hidden is a list; give it whole",
		"hidden.0=5":                 `--set hidden.0=5: hidden.0: unknown field; did you mean "model.hidden"?`,
		"epochs.x=5":                 "--set epochs.x=5: epochs.x: epochs is a single value and has no parts",
		"epochs=ten":                 `--set epochs=ten: epochs: want an integer, got the text "ten"`,
		"epochs=":                    "--set epochs=: epochs: is empty; give an integer, or remove the line for the default",
		"epochs=0":                   "--set epochs=0: epochs: is 0; give at least 1",
		"noise.sigma=-1":             "--set noise.sigma=-1: noise.sigma: is -1; give a finite number, at least 0",
		"noise={sgima: 1}":           `--set noise={sgima: 1}: noise.sgima: unknown key; did you mean "sigma"?`,
		"model.hidden=[1":            "--set model.hidden=[1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence",
		"model.hidden=5":             "--set model.hidden=5: model.hidden: want a list of integers, got the integer 5; write [5]",
		"base=quickstart":            "--set base=quickstart: base can't be overridden; name the other experiment with --exp",
		"name=a/b":                   `--set name=a/b: name: "a/b" can't name a folder: use at most 80 letters, digits, '.', '_' and '-', a letter or digit first`,
		"grid.noise.sigma=0.8":       "--set grid.noise.sigma=0.8: grid.noise.sigma: want a list of values, got the number 0.8; write [0.8]",
		"grid.noise.sigma=[]":        "--set grid.noise.sigma=[]: grid.noise.sigma: has no values; give some, or remove the line",
		"grid.noise.sigma=[1, -1]":   "--set grid.noise.sigma=[1, -1]: noise.sigma: is -1; give a finite number, at least 0",
		"grid.noise.sgima=[1]":       `--set grid.noise.sgima=[1]: grid.noise.sgima: unknown field; did you mean "noise.sigma"?`,
		"grid=5":                     "--set grid=5: grid: want fields with lists of values, such as noise.sigma: [0, 0.1], or {} for none; got the integer 5",
		"dataset=\x00":               "--set dataset=\x00: not valid YAML: the control character 0x00 can't stand in YAML; remove it",
		"epochs=1\n---\n2":           "--set epochs=1\n---\n2: a second YAML document begins here (after ---); give each a file of its own",
		"noise..sigma=1":             `--set noise..sigma=1: noise..sigma: unknown field; did you mean "noise.sigma"?`,
		"grid.noise=[{sigma: x, y}]": "--set grid.noise=[{sigma: x, y}]: noise.sigma: want a number, got the text \"x\"\n--set grid.noise=[{sigma: x, y}]: noise.y: unknown key; known: kind, sigma, scale, rate, in_evaluation, anneal, off_after_epochs",
	}
	for set, want := range tests {
		_, err := Load("relu_noise08", []string{set})
		if err == nil || err.Error() != want {
			t.Errorf("--set %q:\ngot  %v\nwant %s", set, err, want)
		}
	}
}

func TestAllBadOverridesAtOnce(t *testing.T) {
	_, err := Load("nowhere.yaml", []string{"x", "epohcs=1"})
	want := []string{
		"--set x: want field=value, such as --set epochs=5",
		`--set epohcs=1: epohcs: unknown field; did you mean "epochs"?`,
		"nowhere.yaml: no such file",
	}
	if got := strings.Split(err.Error(), "\n"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
