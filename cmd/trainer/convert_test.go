package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"noise2sparse/launch"
	"noise2sparse/track"
)

const lightning = "../../convert/testdata/lightning.ckpt"

// waves makes the dataset that testdata/make.py of package convert trains on, for both splits.
func waves(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	npy(t, filepath.Join(dir, "wave-test.npy"), 100, 16, wave)
	return npy(t, filepath.Join(dir, "wave-train.npy"), 100, 16, wave)
}

// imported imports a file and returns what the command says of it.
func imported(t *testing.T, args ...string) launch.Imported {
	t.Helper()
	var r launch.Imported
	must(t, append([]string{"import", "--json"}, args...)...).lastJSON(t, &r)
	return r
}

func evaluated(t *testing.T, args ...string) launch.Evaluation {
	t.Helper()
	var r launch.Evaluation
	must(t, append([]string{"eval", "--json"}, args...)...).lastJSON(t, &r)
	return r
}

// A checkpoint in the reference's layout evaluates and goes on as PyTorch did: weights, moments and
// the step count of Adam arrived.
func TestImportGoesOnLikePyTorch(t *testing.T) {
	b, err := os.ReadFile("../../convert/testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Loss []float64 `json:"loss_before_step"`
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	close := func(what string, got, want float64) {
		if !(math.Abs(got-want) <= 1e-5*want) {
			t.Errorf("%s is %v, in PyTorch %v", what, got, want)
		}
	}
	r := imported(t, lightning, "--exp", "quickstart", "--set", "data={}", "--set", "dataset="+waves(t), "--out", t.TempDir())
	if r.Epoch != 5 || r.Step != 5 || r.Epochs != 10 || r.Moments != 8 {
		t.Errorf("%+v", r)
	}
	close("the loss after import", float64(evaluated(t, r.Dir).Metrics["val/loss"]), want.Loss[5])
	must(t, "run", "--resume", r.Dir)
	lines, err := os.ReadFile(filepath.Join(r.Dir, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	epochs := 0
	for line := range strings.Lines(string(lines)) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		epochs++
		close("the training loss of an epoch", m["train/loss"].(float64), want.Loss[4+epochs])
		close("the validation loss behind it", m["val/loss"].(float64), want.Loss[5+epochs])
	}
	if epochs != 5 {
		t.Errorf("%d epochs were trained, want 5", epochs)
	}
}

// What a run exports, it gets back: the same numbers in evaluation, in every format and by both
// sets of names; with the optimizer also the same bits in training.
func TestExportAndImportAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: reads and writes files with no goroutine that other tests lack")
	}
	dir := t.TempDir()
	must(t, tiny(filepath.Join(dir, "runs"))...)
	run := glob(t, dir, "runs", "quickstart", "*")
	config := filepath.Join(run, "config.yaml")
	quiet := evaluated(t, run, "--noise", "0").Metrics
	for _, c := range []struct{ file, names string }{
		{"a.safetensors", "ours"}, {"b.safetensors", "reference"}, {"c.pt", "ours"}, {"d.pt", "reference"}, {"e.npz", "ours"}, {"f.npz", "reference"},
	} {
		file := filepath.Join(dir, c.file)
		must(t, "export", run, "-o", file, "--names", c.names)
		r := imported(t, file, "--exp", config, "--out", filepath.Join(dir, "again"))
		if got := evaluated(t, r.Dir, "--noise", "0").Metrics; !reflect.DeepEqual(got, quiet) {
			t.Errorf("%s: %v, want %v", c.file, got, quiet)
		}
	}
	whole := filepath.Join(dir, "whole.pt")
	must(t, "export", run, "-o", whole, "--optimizer")
	r := imported(t, whole, "--out", filepath.Join(dir, "again"))
	if got, want := evaluated(t, r.Dir), evaluated(t, run); !reflect.DeepEqual(got.Metrics, want.Metrics) || got.Epoch != want.Epoch || got.Step != want.Step {
		t.Errorf("with noise: epoch %d %v, want epoch %d %v", got.Epoch, got.Metrics, want.Epoch, want.Metrics)
	}
	var losses []track.Float
	for _, d := range []string{run, r.Dir} {
		must(t, "run", "--resume", d, "--set", "epochs=5")
		s, err := track.ReadSummary(d)
		if err != nil || s.Epochs != 5 {
			t.Fatal(s.Epochs, err)
		}
		losses = append(losses, s.TrainLoss, *s.ValLoss)
	}
	if losses[0] != losses[2] || losses[1] != losses[3] {
		t.Errorf("two more epochs: losses %v, want the first two again", losses)
	}
}

// Networks and optimizers with state of other shapes go through a checkpoint unchanged.
func TestEveryKindOfStateIsExported(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: reads and writes files with no goroutine that other tests lack")
	}
	for name, sets := range map[string][]string{
		"annealed k":     {"model.kind=sdm", "topk.kind=linear_decay_mask", "topk.k=3", "topk.transition_epochs=4"},
		"thresholds":     {"model.activation=jumprelu"},
		"preconditioner": {"optimizer.kind=shampoo", "optimizer.lr=0.001", "model.projection=before_noise"},
		"attention":      {"model.kind=attention"},
	} {
		dir := t.TempDir()
		args := tiny(dir, "--quiet")
		for _, s := range sets {
			args = append(args, "--set", s)
		}
		must(t, args...)
		run, file := glob(t, dir, "quickstart", "*"), filepath.Join(dir, "whole.pt")
		must(t, "export", run, "-o", file, "--optimizer")
		r := imported(t, file, "--out", dir)
		same := func(when string) {
			if got, want := evaluated(t, r.Dir).Metrics, evaluated(t, run).Metrics; !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: %v, want %v", name, when, got, want)
			}
		}
		same("imported")
		must(t, "run", "--quiet", "--resume", run, "--set", "epochs=4")
		must(t, "run", "--quiet", "--resume", r.Dir, "--set", "epochs=4")
		same("trained on")
	}
}

func TestExportAndImportOverwriteNothing(t *testing.T) {
	dir := t.TempDir()
	out, file := filepath.Join(dir, "runs"), filepath.Join(dir, "mine.pt")
	write(t, file, []byte("mine"))
	first := []string{"import", lightning, "--exp", "quickstart", "--out", out}
	must(t, first...)
	run := glob(t, out, "import-lightning", "*")
	if a := trainer(t, "export", run, "-o", file); a.code != exitUsage || !strings.Contains(a.errOut, "mine.pt is there already") {
		t.Errorf("export: exit code %d\n%s", a.code, a.errOut)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "mine" {
		t.Errorf("the file holds %q (%v)", b, err)
	}
	weights, err := filepath.Glob(filepath.Join(run, "checkpoints", "*", "model.safetensors"))
	if err != nil || len(weights) == 0 {
		t.Fatal(weights, err)
	}
	for _, not := range []string{weights[0], t.TempDir()} {
		if a := trainer(t, "export", run, "-o", not, "--format", "safetensors", "--force"); a.code != exitUsage {
			t.Errorf("--force in the place of %s: code %d, %s", not, a.code, a.errOut)
		}
	}
	must(t, "export", run, "-o", file, "--force")
	if b, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(b), "PK") {
		t.Errorf("--force leaves %.10q (%v)", b, err)
	}
	if a := trainer(t, first...); a.code != exitUsage || !strings.Contains(a.errOut, "is there already") {
		t.Errorf("import: exit code %d\n%s", a.code, a.errOut)
	}
	must(t, append(first, "--fresh")...)
	glob(t, out, "import-lightning", "*-r2")
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestExportAndImportRefuse(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, b string) string { return write(t, filepath.Join(dir, name), []byte(b)) }
	must(t, "import", lightning, "--exp", "quickstart", "--out", filepath.Join(dir, "runs"))
	run := glob(t, dir, "runs", "import-lightning", "*")
	into := func(args ...string) []string {
		return append([]string{"import", "--out", filepath.Join(dir, "none")}, args...)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"export", run}, exitUsage, "export needs -o FILE"},
		{[]string{"export", run, "-o", filepath.Join(dir, "x.onnx")}, exitUsage, `the format is "onnx"; give one of safetensors, pt, npz`},
		{[]string{"export", run, "-o", filepath.Join(dir, "x.npz"), "--optimizer"}, exitUsage, "only .pt files have a place for the optimizer"},
		{[]string{"export", run, "-o", filepath.Join(dir, "x.npz"), "--names", "theirs"}, exitUsage, `"theirs"; give ours or reference`},
		{[]string{"export", dir, "-o", filepath.Join(dir, "x.npz")}, exitUsage, "neither a run folder"},
		{[]string{"export", run, "-o", filepath.Join(dir, "no", "x.npz")}, exitFailed, "x.npz: cannot be written: no such file or directory"},
		{into(), exitUsage, "import needs exactly one argument"},
		{into(filepath.Join(dir, "gone.pt")), exitFailed, "no such file"},
		{into(dir), exitFailed, "is a folder"},
		{into(file("empty.pt", "")), exitFailed, "empty.pt: is empty"},
		{into(file("text.pt", "some text, no tensors")), exitFailed, "text.pt: is no PyTorch, safetensors or npz file"},
		{into(file("cut.pt", "PK\x03\x04 and no more")), exitFailed, "cut.pt: "},
		{into(lightning, "--exp", "quickstart", "--set", "model.hidden=[9]"), exitFailed, "tensor hidden.0.weight is float32 8×16; this run needs float32 9×16"},
		{into(lightning, "--set", "batch_size=1000000000000"), exitUsage, "and this machine has"},
		{into(lightning, "--exp", "noise_sweep", "--set", "grid.seed=[1, 2]"), exitUsage, "sweeps 2 jobs and a file is one"},
		{into(lightning, "--set", "epoch=1"), exitUsage, `epoch: unknown field; did you mean "epochs"`},
	} {
		if a := trainer(t, c.args...); a.code != c.code || !strings.Contains(a.errOut, c.says) {
			t.Errorf("%v: exit code %d, want %d and %q\n%s", c.args, a.code, c.code, c.says, a.errOut)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a refused import leaves a folder")
	}
}

// The network that PyTorch builds from an exported file has the loss that eval says.
func TestPyTorchComputesTheSameFromAnExport(t *testing.T) {
	python := os.Getenv("PYTHON")
	if python == "" || exec.Command(python, "-c", "import torch").Run() != nil {
		t.Skipf("$PYTHON (%q) is no Python with torch: that PyTorch computes the same from an export is NOT tested", python)
	}
	dir, data := t.TempDir(), waves(t)
	r := imported(t, lightning, "--exp", "quickstart", "--set", "data={}", "--set", "dataset="+data, "--out", dir)
	must(t, "run", "--resume", r.Dir)
	pt, whole := filepath.Join(dir, "a.pt"), filepath.Join(dir, "whole.pt")
	must(t, "export", r.Dir, "-o", pt, "--names", "reference")
	must(t, "export", r.Dir, "-o", whole, "--names", "reference", "--optimizer")
	const script = `
import sys, numpy, torch
x = torch.from_numpy(numpy.load(sys.argv[3]))
losses = []
for file in sys.argv[1:3]:
    d = torch.load(file, weights_only=True, mmap=True)
    model = torch.nn.Module()
    model.net = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(16, 8), torch.nn.ReLU(), torch.nn.Linear(8, 16))
    model.load_state_dict(d.get("state_dict", d))
    losses.append(((model.net(x) - x) ** 2).mean().item())
opt = torch.optim.Adam(model.parameters())
opt.load_state_dict(d["optimizer_states"][0])
opt.step()
for p in model.parameters():
    p.grad = torch.zeros_like(p)
opt.step()  # with the moments, which zero gradients leave something of
assert opt.state[model.net[1].weight]["step"] == 11, opt.state[model.net[1].weight]["step"]
assert losses[0] == losses[1], losses
print(losses[0])
`
	out, err := exec.Command(python, "-c", script, pt, whole, data).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var loss float64
	if err := json.Unmarshal(out, &loss); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := float64(evaluated(t, r.Dir).Metrics["val/loss"]); !(math.Abs(got-loss) <= 1e-5*loss) {
		t.Errorf("eval says %v, PyTorch %v", got, loss)
	}
}
