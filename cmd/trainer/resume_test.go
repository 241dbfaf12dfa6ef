package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/track"
)

// flip damages a file.
func flip(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	write(t, path, b)
}

// A resume that cannot succeed says why, trains nothing, and leaves the run as it is.
func TestResumeThatFailsChangesNothing(t *testing.T) {
	out := t.TempDir()
	args := tiny(out, "--set", "checkpoint.every_epochs=1", "--set", "checkpoint.keep_last=5")
	must(t, args...)
	dir := glob(t, out, "quickstart", "000-*")
	status, err := os.ReadFile(filepath.Join(dir, "status.json"))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(code int, says string, args ...string) {
		t.Helper()
		metrics := tree(t, filepath.Join(dir, "checkpoints"))
		a := trainer(t, args...)
		if a.code != code || !strings.Contains(a.errOut, says) {
			t.Errorf("%v: exit code %d\n%s", args, a.code, a.errOut)
		}
		if now, err := os.ReadFile(filepath.Join(dir, "status.json")); err != nil || !bytes.Equal(now, status) {
			t.Errorf("%v: the status has become %s (%v)", args, now, err)
		}
		if tree(t, filepath.Join(dir, "checkpoints")) != metrics {
			t.Errorf("%v: the checkpoints have changed", args)
		}
	}
	refused(exitUsage, "epochs: is 2, but 3 are done", "run", "--resume", dir, "--set", "epochs=2")
	refused(exitUsage, "epochs: is 1, but 2 are done", "run", "--resume", filepath.Join(dir, "checkpoints", "8"), "--set", "epochs=1")

	found, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "*", "model.safetensors"))
	for _, path := range found {
		flip(t, path)
	}
	refused(exitFailed, "no checkpoint can be used: checkpoint "+filepath.Join(dir, "checkpoints", "12")+" is damaged", "run", "--resume", dir, "--set", "epochs=5")
	refused(exitFailed, "checkpoints/4 is damaged", "run", "--resume", filepath.Join(dir, "checkpoints", "4"))
	refused(exitFailed, "no checkpoint can be used", "eval", dir)

	if err := os.RemoveAll(filepath.Join(dir, "checkpoints")); err != nil {
		t.Fatal(err)
	}
	if a := trainer(t, "eval", dir); a.code != exitFailed || !strings.Contains(a.errOut, "no checkpoint yet") {
		t.Errorf("eval without checkpoints: exit code %d\n%s", a.code, a.errOut)
	}
}

// A run whose checkpoints are gone does not begin again from nothing in the same folder.
func TestResumeOfARunThatLostItsCheckpoints(t *testing.T) {
	out := t.TempDir()
	must(t, tiny(out)...)
	dir := glob(t, out, "quickstart", "000-*")
	must(t, "run", "--resume", dir, "--set", "epochs=5")
	if err := os.RemoveAll(filepath.Join(dir, "checkpoints")); err != nil {
		t.Fatal(err)
	}
	a := trainer(t, "run", "--resume", dir, "--set", "epochs=9")
	if s, err := track.ReadStatus(dir); a.code != exitFailed || !strings.Contains(a.errOut, "there is none any more") || err != nil || s.State != track.Done {
		t.Errorf("exit code %d, status %+v (%v)\n%s", a.code, s, err, a.errOut)
	}
}

// A run that is done is not done with other data; that is said where the data are read anyway.
func TestDoneWithOtherData(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: reads and writes files with no goroutine that other tests lack")
	}
	dir := t.TempDir()
	file := npy(t, filepath.Join(dir, "x.npy"), 100, 16, wave)
	args := []string{
		"run", "--exp", "quickstart", "--out", dir, "--set", "dataset=" + file, "--set", "model.hidden=[8]",
		"--set", "batch_size=50", "--set", "epochs=2", "--set", "grid.seed=[1, 2]",
	}
	must(t, args...)
	if err := os.RemoveAll(glob(t, dir, "quickstart", "001-*")); err != nil {
		t.Fatal(err)
	}
	const warning = "done already, but with other data"
	if a := must(t, args...); strings.Contains(a.errOut, warning) {
		t.Errorf("with the same data it says:\n%s", a.errOut)
	}
	if err := os.RemoveAll(glob(t, dir, "quickstart", "001-*")); err != nil {
		t.Fatal(err)
	}
	npy(t, file, 100, 16, func(i int) float32 { return 2 * wave(i) })
	if a := must(t, args...); strings.Count(a.errOut, warning) != 1 {
		t.Errorf("with other data it says:\n%s", a.errOut)
	}
	a := trainer(t, "eval", glob(t, dir, "quickstart", "001-*"), "--noise", "-1")
	if a.code != exitUsage || !strings.Contains(a.errOut, "trainer: --noise: is -1") {
		t.Errorf("eval --noise -1: exit code %d\n%s", a.code, a.errOut)
	}
}

// A run does not begin with weights that are damaged: from a checkpoint it says which one is, from a run
// it takes the newest intact one, and says that.
func TestStartFromDamagedCheckpoints(t *testing.T) {
	out := t.TempDir()
	must(t, tiny(out, "--set", "checkpoint.every_epochs=1", "--set", "checkpoint.keep_last=5")...)
	source := glob(t, out, "quickstart", "000-*")
	newest := filepath.Join(source, "checkpoints", "12")
	flip(t, filepath.Join(newest, "model.safetensors"))
	from := func(path string) answer {
		return trainer(t, tiny(t.TempDir(), "--set", "start_from.run="+path, "--json")...)
	}
	one := func(a answer, says string) {
		t.Helper()
		if l := errorLines(a.errOut); a.code != exitFailed || len(l) != 1 || !strings.Contains(l[0], says) {
			t.Errorf("exit code %d, error lines %q\n%s", a.code, l, a.errOut)
		}
	}
	one(from(newest), "checkpoint "+newest+" is damaged")
	if a := from(source); a.code != exitDone || !strings.Contains(a.errOut, "start_from: checkpoint passed over") || !strings.Contains(a.errOut, `"start_step":8`) {
		t.Errorf("exit code %d\n%s", a.code, a.errOut)
	}
	for _, step := range []string{"4", "8"} {
		flip(t, filepath.Join(source, "checkpoints", step, "model.safetensors"))
	}
	one(from(source), "start_from: "+source+" has no intact checkpoint: checkpoint "+newest+" is damaged")
}
