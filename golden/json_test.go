package golden

import (
	"encoding/json"
	"testing"
)

// Whole numbers load in any form; fractions, strings and what float64 can't hold stay as they are.
func TestPlain(t *testing.T) {
	const given = `{"N":[NaN, -Infinity,1],"S":NaN,"a":4.0,"b":[1e2,-0.0,0.5,18446744073709551615],"c":"4.0","d":{"e":2E0},"f":1e300}`
	got, err := plain([]byte(given))
	if want := `{"N":[null,null,1],"S":null,"a":4,"b":[100,0,0.5,18446744073709551615],"c":"4.0","d":{"e":2},"f":1e300}`; err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	var c Case
	raw, err := plain([]byte(`{"steps":6.0,"model":{"top_k":{"k_min":3.0,"transition_epochs":2.0}},"optimizer":{"schedule":{"step_size":1.0},"total_steps":1e3}}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &c); err != nil || c.Steps != 6 || c.Model.TopK.KMin != 3 || *c.Optim.Schedule.StepSize != 1 || *c.Optim.TotalSteps != 1000 {
		t.Errorf("got %+v (%v)", c, err)
	}
}
