package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/experiment"
	"noise2sparse/gpu"
	"noise2sparse/internal/registry"
	"noise2sparse/launch"
	"noise2sparse/track"
)

func TestExpCommands(t *testing.T) {
	var l experiment.Listing
	must(t, "exp", "list", "--json").lastJSON(t, &l)
	jobs := map[string]int{}
	for _, x := range l.Experiments {
		jobs[x.Name] = x.Jobs
	}
	if jobs["noise_sweep"] != 8 || jobs["relu_noise08"] != 1 {
		t.Errorf("exp list: %+v", l)
	}
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, []byte(must(t, "exp", "show", "noise_sweep").out))
	if a := must(t, "exp", "check", file, "quickstart"); !strings.Contains(a.out, "mine.yaml: good, 8 job(s)") {
		t.Errorf("what exp show prints, exp check answers with:\n%s%s", a.out, a.errOut)
	}
	if a := trainer(t, "exp", "check", file, "quickstart", "--set", "data.sizes=3"); a.code != exitUsage || !strings.Contains(a.errOut, "trainer: --set data.sizes=3: data.sizes: ") {
		t.Errorf("exp check: exit code %d\n%s", a.code, a.errOut)
	}
	var shown experiment.Shown
	must(t, "exp", "show", "noise_sweep", "--json").lastJSON(t, &shown)
	if fields, _ := shown.Config.(map[string]any); len(shown.Jobs) != 8 || shown.Jobs[1].Values["noise.sigma"] != "0.05" || fields["batch_size"] != 1024.0 {
		t.Errorf("exp show --json: %+v", shown)
	}
	bad := write(t, filepath.Join(t.TempDir(), "bad.yaml"), []byte("base: quickstart\nepoch: 3\n"))
	a := trainer(t, "exp", "check", "quickstart", bad, "--json")
	var report struct{ Experiments []checked }
	if a.lastJSON(t, &report); a.code != exitUsage || len(report.Experiments) != 2 || !report.Experiments[0].Good || report.Experiments[1].Good {
		t.Fatalf("exp check --json: exit code %d, %+v", a.code, report)
	}
	if p := report.Experiments[1].Problems; len(p) != 1 || p[0].Where != bad+":2:1" || !strings.HasPrefix(p[0].Text, "epoch: unknown key; did you mean") || strings.Contains(p[0].Text, "\n") {
		t.Errorf("exp check --json: %+v", p)
	}
	var schema map[string]any
	if must(t, "exp", "schema", "--json").lastJSON(t, &schema); schema["title"] == nil {
		t.Error("exp schema --json lacks its title")
	}
	if s := must(t, "exp", "schema").out; !json.Valid([]byte(s)) {
		t.Errorf("exp schema prints no JSON:\n%.200s", s)
	}
}

func TestListNamesEverythingRegistered(t *testing.T) {
	all := must(t, "list").out
	for kind, lines := range registry.Kinds() {
		var one map[string][]registry.Line
		must(t, "list", kind, "--json").lastJSON(t, &one)
		if len(one) != 1 || len(one[kind]) != len(lines) {
			t.Errorf("list %s --json: %+v", kind, one)
		}
		for _, l := range lines {
			if !strings.Contains(all, "  "+l.Name+" ") || l.Reference != "" && l.Reference != l.Name && !strings.Contains(all, "(reference: "+l.Reference+")") {
				t.Errorf("list lacks %s %s", kind, l.Name)
			}
		}
	}
}

// Networks go by another common name too.
func TestListModels(t *testing.T) {
	if a, b := must(t, "list", "models"), must(t, "list", "networks"); a.out != b.out || !strings.HasPrefix(a.out, "networks\n") {
		t.Errorf("list models says:\n%s", a.out)
	}
}

func TestDataCommands(t *testing.T) {
	dir := t.TempDir()
	var l struct {
		Datasets []datasetLine `json:"datasets"`
	}
	there := func() bool {
		must(t, "data", "list", "--data-dir", dir, "--json").lastJSON(t, &l)
		for _, d := range l.Datasets {
			if d.Name == "cifar10-latents" {
				return d.Available
			}
		}
		t.Fatalf("data list: %+v", l)
		return false
	}
	if there() {
		t.Error("data list finds files where there are none")
	}
	if err := os.Mkdir(filepath.Join(dir, "cifar10-latents"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"all_data_train.pt", "all_data_test.pt"} {
		write(t, filepath.Join(dir, "cifar10-latents", f), []byte("x"))
	}
	if !there() {
		t.Error("data list does not find the files")
	}
	file := npy(t, filepath.Join(dir, "x.npy"), 10, 4, wave)
	if a := must(t, "data", "info", file); !strings.Contains(a.out, "float32") || !strings.Contains(a.out, "sha256") {
		t.Errorf("data info says:\n%s", a.out)
	}
	var info struct {
		Tensors []struct{ Shape []int } `json:"tensors"`
	}
	if must(t, "data", "info", file, "--json").lastJSON(t, &info); len(info.Tensors) != 1 || info.Tensors[0].Shape[0] != 10 {
		t.Errorf("data info --json: %+v", info)
	}
}

// With the run's own noise, eval repeats the last validation to the last bit.
func TestEvalRepeatsTheLastValidation(t *testing.T) {
	out := t.TempDir()
	must(t, tiny(out)...)
	dir := glob(t, out, "quickstart", "000-*")
	s, err := track.ReadSummary(dir)
	if err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	val := func(args ...string) launch.Evaluation {
		var e launch.Evaluation
		must(t, append([]string{"eval", dir, "--json"}, args...)...).lastJSON(t, &e)
		return e
	}
	own := val()
	for name, v := range own.Metrics {
		if v != s.Metrics[name] {
			t.Errorf("eval: %s is %v, the run has %v", name, v, s.Metrics[name])
		}
	}
	if own.Metrics["val/loss"] != *s.ValLoss || own.Epoch != 3 || own.Step != 12 || own.Samples != 20 {
		t.Errorf("eval: %+v", own)
	}
	none, same, much := val("--noise", "0"), val("--noise", "0.3", "--cpu"), val("--noise", "3")
	if same.Metrics["val/loss"] != own.Metrics["val/loss"] || !(none.Metrics["val/loss"] < own.Metrics["val/loss"]) || !(much.Metrics["val/loss"] > own.Metrics["val/loss"]) {
		t.Errorf("losses with noise 0, 0.3 and 3: %v, %v, %v", none.Metrics["val/loss"], same.Metrics["val/loss"], much.Metrics["val/loss"])
	}
	if a := trainer(t, "eval", "--noise", "-1", dir); a.code != exitUsage || !strings.Contains(a.errOut, "--noise") {
		t.Errorf("negative noise: exit code %d\n%s", a.code, a.errOut)
	}
	if a := must(t, "eval", filepath.Join(dir, "checkpoints", "12")); !strings.Contains(a.out, "val/active_fraction") {
		t.Errorf("eval of a checkpoint says:\n%s", a.out)
	}
	if tree(t, dir) != before {
		t.Error("eval changed the run folder")
	}
}

func TestStatus(t *testing.T) {
	out := t.TempDir()
	must(t, tiny(out, "--set", "grid.seed=[1, 2]")...)
	var s struct {
		Runs []launch.RunStatus `json:"runs"`
	}
	must(t, "status", out, "--json").lastJSON(t, &s)
	if len(s.Runs) != 2 || s.Runs[1].State != track.Done || s.Runs[1].Epoch != 3 || s.Runs[1].Val == nil {
		t.Errorf("status: %+v", s)
	}
	a := must(t, "status", out)
	if strings.Count(a.out, " done     3/3") != 2 || !strings.HasPrefix(a.out, filepath.Join(out, "quickstart")+": 2 jobs, 2 done\n") {
		t.Errorf("status says:\n%s", a.out)
	}
	if w := must(t, "status", out, "--watch"); strings.Count(w.out, " done     3/3") != 2 {
		t.Errorf("watching what is done says:\n%s", w.out)
	}
	if a := must(t, "status", t.TempDir()); !strings.Contains(a.out, "no runs") {
		t.Errorf("status of an empty folder says:\n%s", a.out)
	}
}

func TestBench(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: TestInterruptedBench benches there")
	}
	var r map[string]any
	a := must(t, "bench", "--steps", "3", "--set", "model.hidden=[4]", "--set", "batch_size=32", "--json")
	a.lastJSON(t, &r)
	for _, k := range []string{"ms_per_step", "samples_per_second", "gflop_per_step", "gflops", "gemm_peak_gflops", "fraction_of_gemm_peak"} {
		if v, ok := r[k].(float64); !ok || !(v > 0) || math.IsInf(v, 0) {
			t.Errorf("bench: %s is %v", k, r[k])
		}
	}
	for _, k := range []string{"experiment", "device", "backend", "blas", "threads", "precision", "batch", "bytes_allocated_per_step"} {
		if _, ok := r[k]; !ok {
			t.Errorf("bench has no %s", k)
		}
	}
	if !strings.Contains(a.errOut, "generated data of the same shape") || r["dataset"] != "dead-leaves" {
		t.Errorf("bench does not say that it ran on generated data: %v, %s", r["dataset"], a.errOut)
	}
}

func TestDoctorAndVersion(t *testing.T) {
	var m machine
	must(t, "doctor", "--json").lastJSON(t, &m)
	if m.Cores < 1 || m.BLAS.Library == "" || m.Disk <= 0 || m.Go == "" || m.GPU == "" {
		t.Errorf("doctor: %+v", m)
	}
	t.Setenv(gpu.EnvLibraries, "none")
	if a := must(t, "doctor"); !strings.Contains(a.out, "none: no CUDA") {
		t.Errorf("doctor says:\n%s", a.out)
	}
	for _, args := range []string{"version", "--version"} {
		if a := must(t, args); !strings.Contains(a.out, version) {
			t.Errorf("%s says %q", args, a.out)
		}
	}
}

// sparse-codes knows its dictionary, so a run tells how much of it was found.
func TestDictionaryRecoveryIsReported(t *testing.T) {
	out := t.TempDir()
	a := must(t, "run", "--exp", "relu_noise08", "--out", out, "--set", "dataset=sparse-codes", "--set", "data={samples: 3000, dim: 16, atoms: 8, active: 1}",
		"--set", "model.hidden=[32]", "--set", "batch_size=50", "--set", "epochs=60", "--set", "noise.sigma=0.5", "--set", "optimizer.lr=3e-3")
	s, err := track.ReadSummary(glob(t, out, "relu_noise08", "000-*"))
	if err != nil {
		t.Fatal(err)
	}
	if s.DictionaryElements == nil || *s.DictionaryElements != 8 || s.DictionaryFound == nil || *s.DictionaryFound < 5 {
		t.Errorf("the summary tells of %v of %v elements", s.DictionaryFound, s.DictionaryElements)
	}
	if !strings.Contains(a.out, "of 8 elements found") || strings.Contains(a.out, "receptive fields") {
		t.Errorf("run says:\n%s", a.out)
	}
}

// A job that starts from another experiment takes the weights of the job with the same values of
// what both sweep.
func TestStartFromTheMatchingJob(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: other sweeps run there")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "first.yaml"), []byte("base: quickstart\nepochs: 2\nbatch_size: 64\ndata: {samples: 200, size: 4}\nmodel: {hidden: [8]}\ngrid: {seed: [1, 2], noise.sigma: [0.1, 0.2]}\n"))
	// A learning rate of 0 keeps the weights, so that they can be compared.
	write(t, filepath.Join(dir, "second.yaml"), []byte("base: first.yaml\nepochs: 1\noptimizer: {lr: 0}\nstart_from: {experiment: "+filepath.Join(dir, "first.yaml")+"}\ngrid: {noise.sigma: [0.1, 0.2], seed: [2, 1]}\n"))
	first, second := filepath.Join(dir, "first.yaml"), filepath.Join(dir, "second.yaml")
	a := trainer(t, "run", "--exp", second, "--out", dir)
	if a.code != exitFailed || !strings.Contains(a.errOut, "needs 4 finished runs of first in "+filepath.Join(dir, "first")+", which are not there; make them with: trainer run --exp "+first+" --out "+dir) {
		t.Fatalf("before the first experiment: exit code %d\n%s", a.code, a.errOut)
	}
	must(t, "run", "--exp", first, "--out", dir)
	must(t, "run", "--exp", second, "--out", dir)
	// first in grid order: (1, 0.1) (1, 0.2) (2, 0.1) (2, 0.2); second: (0.1, 2) (0.1, 1) (0.2, 2) (0.2, 1).
	for of, from := range []string{"002", "000", "003", "001"} {
		got := model(t, glob(t, dir, "second", "00"+string(rune('0'+of))+"-*"), "4")
		if want := model(t, glob(t, dir, "first", from+"-*"), "8"); string(got) != string(want) {
			t.Errorf("job %d of the second experiment has other weights than job %s of the first", of, from)
		}
	}
	// A run that has weights of its own goes on without those it began with.
	if err := os.RemoveAll(filepath.Join(dir, "first")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(glob(t, dir, "second", "003-*"), "status.json")); err != nil {
		t.Fatal(err)
	}
	must(t, "run", "--exp", second, "--out", dir)
}

// What could not be written is an error, whichever line it was.
func TestFullOutput(t *testing.T) {
	for _, args := range [][]string{{"data", "list"}, {"list"}, {"exp", "list"}, {"exp", "check", "quickstart"}, {"help"}, {"run", "--help"}, {"version"}} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skipf("no /dev/full here: %v", err)
		}
		stderr, err := os.Create(filepath.Join(t.TempDir(), "err"))
		if err != nil {
			t.Fatal(err)
		}
		code := run(append([]string{"trainer"}, args...), full, stderr)
		full.Close()
		stderr.Close()
		said, err := os.ReadFile(stderr.Name())
		if err != nil {
			t.Fatal(err)
		}
		if code != exitFailed || !strings.Contains(string(said), "no space left on device") {
			t.Errorf("%v: exit code %d\n%s", args, code, said)
		}
	}
}
