package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/launch"
	"noise2sparse/track"
)

func TestRunResumesReportsAndBeginsAnew(t *testing.T) {
	out := t.TempDir()
	a := must(t, tiny(out)...)
	for _, want := range []string{"validation loss", "active neurons", "receptive_fields.png", "ms per step"} {
		if !strings.Contains(a.out, want) {
			t.Errorf("the summary lacks %q:\n%s", want, a.out)
		}
	}
	dir := glob(t, out, "quickstart", "000-*")
	s, err := track.ReadSummary(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s.Epochs != 3 || s.Steps != 12 || s.Seed != 5 || s.ValLoss == nil || s.DataSHA256 == "" || len(s.ConfigSHA256) != 64 || s.Version != version {
		t.Errorf("summary.json is incomplete: %+v", s)
	}
	for _, f := range []string{"config.yaml", "metrics.jsonl", "log.jsonl", "status.json", "figures/receptive_fields.png", "checkpoints/12/model.safetensors"} {
		if !exists(filepath.Join(dir, f)) {
			t.Errorf("the run folder lacks %s", f)
		}
	}

	before := tree(t, dir)
	if a = must(t, tiny(out)...); !strings.Contains(a.out, "done already") {
		t.Errorf("the same command again does not report the run:\n%s", a.out)
	}
	if tree(t, dir) != before {
		t.Error("reporting a run changed its folder")
	}
	must(t, tiny(out, "--fresh")...)
	must(t, tiny(out, "--fresh")...)
	for _, mark := range []string{"-r2", "-r3"} {
		again := dir + mark
		if a, b := model(t, dir, "12"), model(t, again, "12"); !bytes.Equal(a, b) {
			t.Errorf("%s has other weights than the first run", again)
		}
	}
	if tree(t, dir) != before {
		t.Error("--fresh changed the first run's folder")
	}
}

func TestRunJSON(t *testing.T) {
	out := t.TempDir()
	a := must(t, tiny(out, "--json")...)
	var r launch.Result
	a.lastJSON(t, &r)
	if len(r.Jobs) != 1 || r.Jobs[0].State != track.Done || r.Jobs[0].Summary == nil || r.Jobs[0].Summary.Epochs != 3 {
		t.Errorf("the result is %+v", r)
	}
	for _, l := range strings.Split(strings.TrimSpace(a.errOut), "\n") {
		if !strings.HasPrefix(l, "{") {
			t.Errorf("with --json stderr holds a line that is no JSON: %s", l)
		}
	}
	a = trainer(t, tiny(out, "--json", "--set", "batch_size=1000")...)
	var e struct {
		Error string `json:"error"`
		Code  int    `json:"exit_code"`
	}
	if a.lastJSON(t, &e); a.code != exitUsage || e.Code != exitUsage || !strings.Contains(e.Error, "batch_size is 1000") {
		t.Errorf("exit code %d, error %+v", a.code, e)
	}
	for l := range strings.Lines(a.errOut) {
		var line struct{ Level, Msg string }
		if err := json.Unmarshal([]byte(l), &line); err != nil || line.Level != "error" || !strings.Contains(line.Msg, "batch_size is 1000") {
			t.Errorf("with --json stderr holds the line %q", l)
		}
	}
	if a = trainer(t, "run", "--exp", "quickstart", "--json", "--treads", "2"); a.code != exitUsage {
		t.Errorf("unknown flag: exit code %d", a.code)
	}
	if a.lastJSON(t, &e); !strings.Contains(e.Error, "--threads") {
		t.Errorf("unknown flag: %+v", e)
	}
	if a = must(t, tiny(out, "--quiet", "--fresh")...); a.out+a.errOut != "" {
		t.Errorf("--quiet says %q", a.out+a.errOut)
	}
}

func TestRunGridWithAFailingJob(t *testing.T) {
	dir := t.TempDir()
	good := npy(t, filepath.Join(dir, "good.npy"), 100, 16, wave)
	// Finite values whose squares are not: the loss is infinite at the first step.
	huge := npy(t, filepath.Join(dir, "huge.npy"), 100, 16, func(int) float32 { return 1e30 })
	args := []string{
		"run", "--exp", "quickstart", "--out", dir, "--set", "grid.dataset=[" + good + ", " + huge + "]", "--set", "grid.seed=[1, 2]",
		"--set", "model.hidden=[8]", "--set", "batch_size=50", "--set", "epochs=2",
	}
	a := trainer(t, args...)
	if a.code != exitFailed || !strings.Contains(a.errOut, "2 of 4 jobs failed") || !strings.Contains(a.errOut, "not finite at step 1") {
		t.Fatalf("exit code %d\n%s", a.code, a.errOut)
	}
	if n := strings.Count(a.out, "done"); n != 2 {
		t.Errorf("the table tells of %d jobs done, want 2:\n%s", n, a.out)
	}
	var r launch.Result
	if a = trainer(t, append(args, "--job", "1", "--json")...); a.code != exitDone {
		t.Fatalf("--job 1: exit code %d\n%s", a.code, a.errOut)
	}
	if a.lastJSON(t, &r); len(r.Jobs) != 1 || r.Jobs[0].Index != 1 || r.Jobs[0].Action != launch.Skip {
		t.Errorf("--job 1 did %+v", r.Jobs)
	}
}

func TestResumeByFolderAndFromACheckpoint(t *testing.T) {
	out := t.TempDir()
	must(t, tiny(out, "--set", "checkpoint.every_epochs=1", "--set", "checkpoint.keep_last=5")...)
	dir := glob(t, out, "quickstart", "000-*")
	want := model(t, dir, "12")
	if a := must(t, "run", "--resume", dir); !strings.Contains(a.out, "done already") {
		t.Errorf("--resume of a finished run says:\n%s", a.out)
	}
	must(t, "run", "--resume", filepath.Join(dir, "checkpoints", "4"), "--set", "purpose=something else")
	if exists(filepath.Join(dir, "config.2.yaml")) {
		t.Error("resuming with the same values wrote a second configuration")
	}
	if got := model(t, dir, "12"); !bytes.Equal(got, want) {
		t.Error("resumed from a checkpoint, the run ends with other weights")
	}
	if attempts, err := track.ReadAttempts(dir); err != nil || len(attempts) != 2 || attempts[1].Step != 4 {
		t.Errorf("attempts are %+v (%v)", attempts, err)
	}
	a := trainer(t, "run", "--resume", dir, "--set", "noise.sigma=0.9", "--set", "optimizer.lr=1")
	if a.code != exitUsage || !strings.Contains(a.errOut, "noise.sigma: was 0.3 and is now 0.9") || !strings.Contains(a.errOut, "optimizer.lr: ") {
		t.Errorf("exit code %d\n%s", a.code, a.errOut)
	}
}

// A run that goes on for more epochs ends like one that was begun with as many.
func TestResumeWithMoreEpochs(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: reads and writes files with no goroutine that other tests lack")
	}
	short, long := t.TempDir(), t.TempDir()
	must(t, tiny(short)...)
	must(t, tiny(long, "--set", "epochs=5")...)
	dir := glob(t, short, "quickstart", "000-*")
	old := version
	defer func() { version = old }()
	version = "another"
	a := must(t, "run", "--resume", dir, "--set", "epochs=5")
	if !bytes.Equal(model(t, dir, "20"), model(t, glob(t, long, "quickstart", "000-*"), "20")) {
		t.Error("the weights differ")
	}
	if n := strings.Count(a.errOut, "noise2sparse was "+old+", now another"); n != 1 {
		t.Errorf("%d warnings of another version, want 1:\n%s", n, a.errOut)
	}
	if !exists(filepath.Join(dir, "config.2.yaml")) {
		t.Error("the changed configuration was not kept beside the first")
	}
	if a := must(t, "run", "--resume", dir); !strings.Contains(a.out, "done already") {
		t.Errorf("resumed once more it says:\n%s", a.out)
	}
}

// One folder has one writer: whoever comes second is told, and the first goes on.
func TestTwoProcessesOnOneRun(t *testing.T) {
	out := t.TempDir()
	args := tiny(out, "--set", "epochs=100000")
	c, _ := process(t, out, args...)
	a := trainer(t, args...)
	if a.code != exitFailed || !strings.Contains(a.errOut, "another process (pid ") {
		t.Errorf("exit code %d\n%s", a.code, a.errOut)
	}
	if s, err := track.ReadStatus(glob(t, out, "quickstart", "000-*")); err != nil || s.State != track.Running || s.PID != c.Process.Pid {
		t.Errorf("the first run's status is %+v (%v)", s, err)
	}
}

// What is in the way of the last job's folder is found before the first job begins.
func TestFoldersAreCheckedBeforeTheFirstJob(t *testing.T) {
	out := t.TempDir()
	args := tiny(out, "--set", "grid.seed=[1, 2]")
	var d launch.DryRun
	must(t, append(args, "--dry-run", "--json")...).lastJSON(t, &d)
	if err := os.MkdirAll(filepath.Dir(d.Jobs[1].Dir), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, d.Jobs[1].Dir, []byte("mine"))
	a := trainer(t, args...)
	if a.code != exitFailed || !strings.Contains(a.errOut, d.Jobs[1].Dir+": a file is where") || exists(d.Jobs[0].Dir) {
		t.Errorf("exit code %d, first job begun: %v\n%s", a.code, exists(d.Jobs[0].Dir), a.errOut)
	}
}

func TestResumePassesOverABrokenCheckpoint(t *testing.T) {
	out := t.TempDir()
	args := tiny(out, "--set", "checkpoint.every_epochs=1", "--set", "checkpoint.keep_last=5")
	must(t, args...)
	dir := glob(t, out, "quickstart", "000-*")
	want := model(t, dir, "12")
	path := filepath.Join(dir, "checkpoints", "12", "model.safetensors")
	broken := bytes.Clone(want)
	broken[len(broken)-1] ^= 1
	write(t, path, broken)
	if err := os.Remove(filepath.Join(dir, "status.json")); err != nil { // as if it had been cut off
		t.Fatal(err)
	}
	if a := must(t, args...); !strings.Contains(a.errOut, "checkpoint passed over") || !strings.Contains(a.errOut, "after epoch 2 (step 8)") {
		t.Errorf("resuming past a broken checkpoint says:\n%s", a.errOut)
	}
	if !bytes.Equal(model(t, dir, "12"), want) {
		t.Error("the resumed run ends with other weights")
	}
}

func TestResumeRefusesOtherData(t *testing.T) {
	dir := t.TempDir()
	file := npy(t, filepath.Join(dir, "x.npy"), 100, 16, wave)
	args := []string{"run", "--exp", "quickstart", "--out", dir, "--set", "dataset=" + file, "--set", "model.hidden=[8]", "--set", "batch_size=50", "--set", "epochs=2"}
	must(t, args...)
	run := glob(t, dir, "quickstart", "000-*")
	npy(t, file, 100, 16, func(i int) float32 { return 2 * wave(i) })
	a := trainer(t, "run", "--resume", glob(t, run, "checkpoints", "*"))
	if a.code != exitFailed || !strings.Contains(a.errOut, "began with other data") {
		t.Errorf("exit code %d\n%s", a.code, a.errOut)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "runs")
	a := must(t, tiny(out, "--dry-run", "--json", "--set", "grid.seed=[1, 2, 3]")...)
	var d launch.DryRun
	a.lastJSON(t, &d)
	// 16 inputs, 8 neurons: 2·16·8 weights, 8 + 16 biases; 4 steps (3 of 64 samples, 1 of 8) in each of 3 epochs.
	if len(d.Jobs) != 3 || d.Jobs[2].Parameters != 280 || d.Jobs[2].Steps != 12 || d.Disk < 3*3*280*4 {
		t.Errorf("the dry run says %+v", d)
	}
	if exists(out) {
		t.Error("the dry run made the output folder")
	}
	if a = must(t, tiny(out, "--dry-run")...); !strings.Contains(a.out, "280") || exists(out) {
		t.Errorf("the dry run says:\n%s", a.out)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func model(t *testing.T, run, step string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(run, "checkpoints", step, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tree is all that a folder holds, but for the lock.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		b.WriteString(path + "\n")
		b.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
