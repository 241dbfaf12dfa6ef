package launch

import (
	"strings"
	"testing"
	"time"
)

func plan(t *testing.T, exp string, set ...string) *Plan {
	t.Helper()
	p, err := Resolve(Options{Experiment: exp, Set: set, Job: -1, Out: t.TempDir(), DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func estimate(t *testing.T, p *Plan) *DryRun {
	t.Helper()
	d, err := p.Estimate()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEstimate(t *testing.T) {
	d := estimate(t, plan(t, "quickstart", "data.samples=2000", "data.size=8", "batch_size=100", "model.hidden=[20]", "grid.epochs=[10, 20]"))
	short, long := d.Jobs[0], d.Jobs[1]
	if short.TimeFrom != "steps" || short.MsPerStep <= 0 || long.Steps != 2*short.Steps || short.Parameters != 2*64*20+20+64 {
		t.Errorf("estimates %+v and %+v", short, long)
	}
	if r := long.Seconds / short.Seconds; r < 1.99 || r > 2.01 || d.Seconds != short.Seconds+long.Seconds {
		t.Errorf("twice the epochs take %v times as long; in all %v", r, d.Seconds)
	}
	if least := float64(short.Steps) * short.MsPerStep / 1e3; short.Seconds < least || short.Seconds > 1.5*least {
		t.Errorf("%v s, steps alone take %v s", short.Seconds, least)
	}
	if len(d.NotReady) > 0 || len(d.Notes) > 0 {
		t.Errorf("not ready: %q, notes: %q", d.NotReady, d.Notes)
	}
}

// A step that is too long to try is estimated from its operations, and data that are not here by their
// known shape.
func TestEstimateWithoutDataAndSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	d := estimate(t, plan(t, "classif_cifar10_long", "batch_size=20000", "model.hidden=[200]", "grid={}"))
	j := d.Jobs[0]
	if want := 3072*200 + 200 + 200*10 + 10; j.Parameters != want || j.Steps != 3*3000 {
		t.Errorf("%d parameters and %d steps, want %d and 9000", j.Parameters, j.Steps, want)
	}
	if len(d.Notes) == 0 || !strings.Contains(d.Notes[0], "cifar10 is not here") {
		t.Errorf("notes: %q", d.Notes)
	}
	p := plan(t, "baseline", "model.hidden=[500]", "grid={}")
	s, err := p.size(p.Tasks[0], newDatasets(p.DataDir, p.Tasks), time.Nanosecond)
	if err != nil || s.timeFrom != fromProducts || s.pace <= 0 || !s.standIn || s.steps != 49 || s.valBatches != 10 {
		t.Errorf("%+v, %v", s, err)
	}
	if e := s.estimate(p.Tasks[0]); e.TimeFrom != "products" {
		t.Errorf("%+v", e)
	}
}

// Beyond the networks that there is time to build, figures follow from the first one's.
func TestGuess(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	p := plan(t, "quickstart", "data.samples=2000", "data.size=8", "grid=[{model.hidden: [[20]], batch_size: [100]}, {model.hidden: [[40]], batch_size: [200]}]")
	sets := newDatasets(p.DataDir, p.Tasks)
	first, err := p.size(p.Tasks[0], sets, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	s, err := guess(p.Tasks[1], sets, p.Tasks[0], first)
	if err != nil || s.parameters != 2*first.parameters || s.checkpoint != 2*first.checkpoint || s.timeFrom != fromOthers {
		t.Errorf("twice the neurons: %+v, %v; one half: %+v", s, err, first)
	}
	if r := float64(s.pace) / float64(first.pace); r < 3.9 || r > 4.1 || s.steps != (first.steps+1)/2 {
		t.Errorf("twice the neurons and samples take %v times as long; %d steps, before %d", r, s.steps, first.steps)
	}
}

func TestReady(t *testing.T) {
	for exp, want := range map[string][]string{
		"adv_train":               {"adversarial.training: adversarial training is not there yet, so all 8 jobs of adv_train can't be run"},
		"explain_away":            {"explain_away: explaining away (defined nowhere) is not there yet"},
		"contlearn_cached":        {"continual: continual learning is not there yet", "start_from: needs 8 finished runs of baseline in ", "make them with: trainer run --exp baseline --out "},
		"recon_cifar10_even_more": {"needs 8 finished runs of recon_cifar10_long"},
		"baseline":                nil,
	} {
		p := plan(t, exp)
		err := p.Ready()
		if (err == nil) != (want == nil) {
			t.Errorf("%s: %v", exp, err)
		}
		for _, w := range want {
			if err != nil && !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v\nlacks %q", exp, err, w)
			}
		}
	}
	p := plan(t, "baseline", "grid=[{adversarial: [{training: {}}]}, {seed: [1, 2]}, {explain_away: [{}], continual: [null]}]")
	err := p.Ready()
	if err == nil || !strings.Contains(err.Error(), "so job 0 of baseline can't") || !strings.Contains(err.Error(), "so job 3 of baseline can't") {
		t.Errorf("one line for each feature, with its jobs: %v", err)
	}
}
