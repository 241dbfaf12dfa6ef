package experiment

import (
	"fmt"
	"strings"
	"testing"

	"noise2sparse/train"
)

// What is not there yet is kept with its values, and told; what is there is not.
func TestMissing(t *testing.T) {
	feature := map[string]train.Feature{}
	for _, f := range []train.Feature{
		{Field: "adversarial.training", Name: "adversarial training"},
		{Field: "adversarial.evaluation", Name: "evaluation under attack"},
		{Field: "continual", Name: "continual learning"},
		{Field: "explain_away", Name: "explaining away (defined nowhere)"},
	} {
		feature[f.Field] = f
	}
	for name, c := range map[string]struct {
		fields []string
		line   string // of exp show
	}{
		"adv_train":               {[]string{"adversarial.training"}, "    start_epoch: 0 "},
		"adv_robustness":          {[]string{"adversarial.evaluation"}, "    steps: 10 "},
		"contlearn_cached_longer": {[]string{"continual"}, "  epochs_per_task: 50 "},
		"explain_away_more_steps": {[]string{"explain_away"}, "  lr: 0.005 "},
		"baseline":                {nil, ""},
	} {
		e := mustLoad(t, name)
		var want []train.Feature
		for _, f := range c.fields {
			want = append(want, feature[f])
		}
		if got := e.Missing(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s lacks %v, want %v", name, got, want)
		}
		var b strings.Builder
		if err := e.Show(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.line) || strings.Contains(b.String(), "# Not there yet") != (want != nil) {
			t.Errorf("%s: exp show lacks %q, or tells what is missing wrongly:\n%s", name, c.line, b.String())
		}
	}
	sweep := mustLoad(t, "quickstart", "grid=[{seed: [1]}, {explain_away: [{}]}, {adversarial: [{training: {}, evaluation: {attack: autoattack}}]}]")
	if got := sweep.Missing(); len(got) != 3 || got[2].Name != "AutoAttack" {
		t.Errorf("of jobs that differ: %v", got)
	}
}
