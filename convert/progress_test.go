package convert

import (
	"strings"
	"testing"

	"noise2sparse/internal/pickle"
)

// loops is Lightning's note of how far an epoch is.
func loops(processed int64, last bool) *pickle.Dict {
	return entries("fit_loop", entries(
		"epoch_progress", entries("current", entries("processed", processed)),
		"epoch_loop.batch_progress", entries("is_last_batch", last),
	))
}

func TestProgress(t *testing.T) {
	const version = "pytorch-lightning_version"
	for name, c := range map[string]struct {
		root  *pickle.Dict
		epoch int
		step  uint64
		note  string
	}{
		"a bare dict":              {entries(), 0, 0, ""},
		"a loop written by hand":   {entries("epoch", int64(4)), 4, 0, "took epoch 4"},
		"before 1.6":               {entries("epoch", int64(4), "global_step", int64(9), version, "1.5.10"), 4, 9, ""},
		"without loops":            {entries("epoch", int64(5989), "global_step", int64(293510), version, "1.7.7"), 5990, 293510, ""},
		"at the epoch's end":       {entries("epoch", int64(3), version, "2.0.0", "loops", loops(4, true)), 4, 0, ""},
		"at validation":            {entries("epoch", int64(3), version, "2.0.0", "loops", loops(3, true)), 4, 0, ""},
		"in the middle":            {entries("epoch", int64(3), version, "2.0.0", "loops", loops(3, false)), 3, 0, "in the middle of epoch 4"},
		"beyond all measure":       {entries("epoch", int64(1)<<62, version, "2.0.0"), 0, 0, ""},
		"negative, of other types": {entries("epoch", int64(-1), "global_step", "x", version, 3.0), 0, 0, ""},
	} {
		im := &Import{}
		im.progress(c.root)
		if im.Epoch != c.epoch || im.Step != c.step || strings.Contains(strings.Join(im.Notes, "\n"), c.note) != true || c.note == "" && len(im.Notes) > 0 {
			t.Errorf("%s: epoch %d, step %d, notes %q", name, im.Epoch, im.Step, im.Notes)
		}
	}
}
