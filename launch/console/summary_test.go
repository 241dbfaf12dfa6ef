package console

import (
	"reflect"
	"strings"
	"testing"

	"noise2sparse/report"
	"noise2sparse/track"
)

// The summary fits 80 columns, and says where the best weights are, or how to have them saved.
func TestSummary(t *testing.T) {
	var h track.History
	for e := range 40 {
		p := track.Point{Epoch: e + 1, Step: uint64(40 * (e + 1)), Values: map[string]float64{}}
		for _, k := range []string{"train/loss", "val/loss", "val/accuracy", "val/active_fraction"} {
			p.Values[k] = 1 / float64(e+1)
		}
		h.Points = append(h.Points, p)
	}
	v := func(x float64) *track.Float { f := track.Float(x); return &f }
	epoch := 34
	s := track.Summary{
		Epochs: 40, TrainLoss: 0.01897, ValLoss: v(0.01918), ValAccuracy: v(0.9999), ValActiveFraction: v(0.2171), ValDeadFraction: v(0.01),
		TrainDeadFraction: v(0.01), BestEpoch: &epoch, BestMetric: "val/loss", BestValue: v(0.01913), MsPerStep: 123.456, SamplesPerSecond: 93300,
		Seconds: 4000, Device: "amd64 with AVX-512",
	}
	folder := "runs/quickstart/000-12345678"
	for _, c := range []struct {
		best, metric string
		epoch        int
		want         string
	}{
		{"", "val/loss", 34, "  best              0.01913, epoch 34; not saved: set checkpoint.every_epochs=1\n"},
		{folder + "/checkpoints/1360", "val/loss", 34, "  best              0.01913, epoch 34, saved: checkpoints/1360\n"},
		{folder + "/checkpoints/1360", "val/accuracy", 34, "  best              val/accuracy 0.01913, epoch 34, saved: checkpoints/1360\n"},
		{"", "val/loss", 40, "  best              0.01913, epoch 40, the last one\n"},
	} {
		epoch, s.BestMetric = c.epoch, c.metric
		var b strings.Builder
		if err := Summary(&b, Result{Title: "quickstart: done", Folder: folder, Best: c.best, Summary: s, History: &h}, report.ASCII); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.want) {
			t.Errorf("want %q in\n%s", c.want, b.String())
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(line)) - 1; n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string][]string{
		"":               {""},
		"one":            {"one"},
		"one two":        {"one two"},
		"one two, three": {"one two,", "three"},
		"unbreakableword and more": {
			"unbreakableword", "and more",
		},
	} {
		if got := Wrap(text, 8); !reflect.DeepEqual(got, want) {
			t.Errorf("Wrap(%q) = %q, want %q", text, got, want)
		}
	}
}
