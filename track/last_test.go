package track

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestLastPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, metricsName)
	if _, ok, err := LastPoint(dir); ok || err != nil {
		t.Errorf("of a run without metrics: %v (%v)", ok, err)
	}
	text := `{"epoch":1,"step":10,"attempt":1,"val/loss":3,"train/loss":3.5}` + "\n"
	for e := 2; e <= 2000; e++ { // more than the first chunk
		text += fmt.Sprintf(`{"epoch":%d,"step":%d,"attempt":1,"train/loss":%d.5}`+"\n", e, 10*e, e)
	}
	put := func(more string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text+more), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	check := func(epoch int, train float64) {
		t.Helper()
		p, ok, err := LastPoint(dir, "train/loss", "val/loss", "val/accuracy")
		if !ok || err != nil || p.Epoch != epoch || p.Values["train/loss"] != train || p.Values["val/loss"] != 3 {
			t.Errorf("it is %+v, %v (%v); want epoch %d, train/loss %v", p, ok, err, epoch, train)
		}
		if _, has := p.Values["val/accuracy"]; has {
			t.Error("an accuracy from nowhere")
		}
	}
	put("")
	check(2000, 2000.5)
	put(`{"epoch":2001,"step":20010,"atte`) // torn
	check(2000, 2000.5)
	put(`{"epoch":2001,"step":20010,"attempt":1,"train/loss":"NaN","val/loss":3}`)
	if p, _, _ := LastPoint(dir, "train/loss"); p.Epoch != 2001 || p.Values["train/loss"] == p.Values["train/loss"] {
		t.Errorf("it is %+v, want NaN", p)
	}
	// A second attempt begins at step 15000, and the first one's lines beyond count no longer.
	attempts := `{"attempt":1}` + "\n" + `{"attempt":2,"step":15000}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, attemptsName), []byte(attempts), 0o666); err != nil {
		t.Fatal(err)
	}
	put("")
	check(1500, 1500.5)
	put(`{"epoch":1501,"step":15010,"attempt":2,"train/loss":7}`)
	check(1501, 7)
}
