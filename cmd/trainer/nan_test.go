package main

import (
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/track"
)

// A loss that is no longer finite ends the run with one line, which names the last good checkpoint.
// That stays as it was, and a new run can begin with it at another rate.
func TestNaNLoss(t *testing.T) {
	out := t.TempDir()
	// The rate is a thousand times as high after each epoch. The first two epochs survive that.
	rising := tiny(out, "--set", "checkpoint.every_epochs=1", "--set", "checkpoint.keep_last=9", "--set", "optimizer.kind=sgd",
		"--set", "optimizer.lr=1e-6", "--set", "optimizer.schedule={kind: step, step_size: 1, gamma: 1000}", "--set", "epochs=2")
	must(t, rising...)
	dir := glob(t, out, "quickstart", "000-*")
	good := filepath.Join(dir, "checkpoints", "8")
	before := tree(t, good)

	a := trainer(t, "run", "--resume", dir, "--set", "epochs=20")
	if l := errorLines(a.errOut); a.code != exitFailed || len(l) != 1 || !strings.Contains(l[0], "not finite at step ") {
		t.Fatalf("exit code %d, error lines %q\n%s", a.code, l, a.errOut)
	}
	last, broken, err := track.Latest(dir)
	if err != nil || last == nil || len(broken) > 0 || !strings.Contains(a.errOut, "the last good checkpoint is "+last.Path+",") {
		t.Fatalf("the newest checkpoint is %v; broken %v (%v)\n%s", last, broken, err, a.errOut)
	}
	if s, err := track.ReadStatus(dir); err != nil || s.State != track.NaN || !strings.Contains(s.Error, last.Path) {
		t.Errorf("status %+v (%v)", s, err)
	}
	if tree(t, good) != before {
		t.Error("the checkpoint of the second epoch was changed")
	}
	next := filepath.Join(out, "next")
	must(t, tiny(next, "--set", "start_from.run="+good)...)
	if s, err := track.ReadStatus(glob(t, next, "quickstart", "000-*")); err != nil || s.State != track.Done {
		t.Errorf("a new run from the checkpoint: %+v (%v)", s, err)
	}
}
