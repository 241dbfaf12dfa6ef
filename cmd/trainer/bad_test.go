package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every bad input is answered with the right exit code and one clear line a problem, and leaves
// the output folder as it was.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	npy(t, file("good.npy"), 100, 16, wave)
	npy(t, file("empty.npy"), 0, 16, wave)
	npy(t, file("nan.npy"), 100, 16, func(i int) float32 {
		if i == 16*42+3 {
			return float32(math.NaN())
		}
		return wave(i)
	})
	npy(t, file("inf.npy"), 100, 16, func(i int) float32 { // in a row that is held out for validation
		if i == 16*97 {
			return float32(math.Inf(1))
		}
		return wave(i)
	})
	labelled(t, file("labels.safetensors"), 100, func(i int) int64 { return int64(i%3) + int64(i/42*(1<<20)) })
	labelled(t, file("negative.safetensors"), 100, func(i int) int64 { return int64(95 - i) })
	good, err := os.ReadFile(file("good.npy"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, file("short.npy"), good[:len(good)-100])
	write(t, file("zero.npy"), nil)
	write(t, file("noise.npy"), bytes.Repeat([]byte("not a file of tensors"), 10))
	write(t, file("is-a-file"), []byte("mine"))
	write(t, file("typo.yaml"), []byte("base: quickstart\nepoch: 3\nmodel:\n  hiden: [3]\n  activation: rleu\n"))
	on := func(name string, more ...string) []string {
		return append([]string{"run", "--exp", "quickstart", "--set", "model.hidden=[8]", "--set", "batch_size=50", "--set", "epochs=1", "--set", "dataset=" + file(name)}, more...)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string // a line each, in part
	}{
		{"unknown experiment", []string{"run", "--exp", "quikstart"}, 2, []string{`unknown experiment "quikstart"; did you mean "quickstart"?`}},
		{"no experiment", []string{"run"}, 2, []string{"run needs --exp NAME or --resume RUN_DIR"}},
		{"missing file", []string{"run", "--exp", file("none.yaml")}, 2, []string{"none.yaml: no such file"}},
		{"several problems", []string{"run", "--exp", file("typo.yaml")}, 2, []string{"typo.yaml:2:1", "typo.yaml:4:3", "typo.yaml:5:15"}},
		{"unknown key", []string{"run", "--exp", "quickstart", "--set", "epoch=1"}, 2, []string{`epoch: unknown field; did you mean "epochs"`}},
		{"ill-typed value", []string{"run", "--exp", "quickstart", "--set", "epochs=many"}, 2, []string{"epochs"}},
		{"negative noise", []string{"run", "--exp", "quickstart", "--set", "noise.sigma=-0.5"}, 2, []string{"noise.sigma: is -0.5"}},
		{"unknown data parameter", []string{"run", "--exp", "quickstart", "--set", "data.sample=10"}, 2, []string{`data.sample: is not a parameter of this dataset; did you mean "samples"?`}},
		{"unknown dataset", []string{"run", "--exp", "relu_noise08", "--set", "dataset=cifar11-latents"}, 2, []string{`did you mean "cifar10-latents"`}},
		{"missing dataset", []string{"run", "--exp", "relu_noise08", "--data-dir", dir}, 1, []string{"--data-dir or NOISE2SPARSE_DATA"}},
		{"batch larger than the dataset", on("good.npy", "--set", "batch_size=91"), 2, []string{"batch_size is 91, but dataset"}},
		{"dataset_size beyond the dataset", on("good.npy", "--set", "dataset_size=1000"), 2, []string{"dataset_size: is 1000"}},
		{"no labels", on("good.npy", "--set", "task=classification"), 2, []string{"no labels"}},
		{"network beyond the memory", on("good.npy", "--set", "model.hidden=[1048576,1048576]"), 2, []string{"model: training it needs at least"}},
		{"network beyond the memory, dry run", on("good.npy", "--set", "model.hidden=[1048576,1048576]", "--dry-run"), 2, []string{"model: training it needs at least 17.6 TB of memory, and this machine has"}},
		{"data from no file", []string{"data", "info", os.DevNull}, 1, []string{os.DevNull + " is no regular file"}},
		{"status of a file", []string{"status", file("good.npy")}, 1, []string{"good.npy is no folder"}},
		{"empty data", on("empty.npy"), 1, []string{"empty.npy"}},
		{"empty file", on("zero.npy"), 1, []string{"zero.npy: the file is empty"}},
		{"NaN in data", on("nan.npy"), 1, []string{"NaN in row 42, column 3"}},
		{"infinity in data", on("inf.npy"), 1, []string{"inf.npy: validation samples: +Inf in row 97, column 0"}},
		{"labels that are no classes", on("labels.safetensors", "--set", "task=classification"), 1, []string{"labels.safetensors: tensor \"y\": label 1048576 in row 42 is out of range; labels go from 0 to 65535"}},
		{"negative labels", on("negative.safetensors", "--set", "task=classification"), 1, []string{"label -1 in row 96 is out of range"}},
		{"truncated data", on("short.npy"), 1, []string{"short.npy"}},
		{"no tensors", on("noise.npy"), 1, []string{"noise.npy: byte 0: neither"}},
		{"--out below a file", on("good.npy", "--out", file("is-a-file/runs")), 1, []string{"is-a-file"}},
		{"--seeds is empty", on("good.npy", "--seeds", ""), 2, []string{"--seeds is empty"}},
		{"--out is empty", on("good.npy", "--out", ""), 2, []string{"--out is empty"}},
		{"no GPU", on("good.npy", "--gpu", "0"), 2, []string{"--cpu"}},
		{"GPU and CPU", on("good.npy", "--gpu", "0", "--cpu"), 2, []string{"contradict"}},
		{"negative threads", on("good.npy", "--threads", "-1"), 2, []string{"--threads: is -1"}},
		{"threads that are no number", on("good.npy", "--threads", "two"), 2, []string{`"two" for flag --threads`}},
		{"job out of range", on("good.npy", "--job", "1"), 2, []string{"--job: is 1; quickstart has jobs 0 to 0"}},
		{"unknown flag", on("good.npy", "--treads", "1"), 2, []string{"trainer run has no flag --treads; did you mean --threads?"}},
		{"flag without its value", on("good.npy", "--threads"), 2, []string{"flag --threads needs a value"}},
		{"an argument", on("good.npy", "again"), 2, []string{`run takes no arguments, but got "again"`}},
		{"an experiment as an argument", []string{"run", "quickstart"}, 2, []string{`run takes no argument "quickstart"; write: trainer run --exp quickstart`}},
		{"overrides as arguments", []string{"run", "quickstart", "noise.sigma=0.3", "--set", "epochs=2", "model.hidden=[8,4]"}, 2, []string{
			`write: trainer run --exp quickstart --set noise.sigma=0.3 --set 'model.hidden=[8,4]' --set epochs=2`,
		}},
		{"an override behind --exp", []string{"run", "--exp", "quickstart", "noise.sigma=0,0.3"}, 2, []string{"write: trainer run --exp quickstart --grid noise.sigma=0,0.3"}},
		{"an override alone", []string{"run", "noise.sigma=0.3"}, 2, []string{`run takes no arguments, but got "noise.sigma=0.3"`}},
		{"an override of what is shown", []string{"exp", "show", "quickstart", "noise.sigma=0.3"}, 2, []string{"write: trainer exp show quickstart --set noise.sigma=0.3"}},
		{"unknown command", []string{"rum"}, 2, []string{`unknown command "rum"; did you mean "run"?`}},
		{"unknown subcommand", []string{"exp", "lst"}, 2, []string{`unknown command "exp lst"; did you mean "list"?`}},
		{"no subcommand", []string{"data"}, 2, []string{"data needs a command: list, info"}},
		{"resume of nothing", []string{"run", "--resume", file("none")}, 2, []string{"none: no such run or checkpoint"}},
		{"resume of no run", []string{"run", "--resume", dir}, 2, []string{"neither a run folder"}},
		{"resume with --exp", []string{"run", "--resume", dir, "--exp", "quickstart"}, 2, []string{"--exp can't be given with it"}},
		{"start from a missing job", on("good.npy", "--set", "start_from.experiment=relu_noise08"), 1, []string{"make it with: trainer run --exp relu_noise08 --job 0 --out "}},
		{"not there yet", []string{"run", "--exp", "Adv_Robustness_DIFFUSION_FFN"}, 2, []string{"adversarial.evaluation: evaluation under attack is not there yet, so all 8 jobs of adv_robustness can't be run"}},
		{"not there yet, and no runs to start from", []string{"run", "--exp", "contlearn_cached"}, 2, []string{
			"continual: continual learning is not there yet", "start_from: needs 8 finished runs of baseline in ",
		}},
		{"bench of what is not there yet", []string{"bench", "--exp", "explain_away"}, 2, []string{"explain_away: explaining away (defined nowhere) is not there yet"}},
		{"bad sweeps", on("good.npy", "--grid", "noise.sigma=1,-2", "--grid", "epochs", "--seeds", "1,x"), 2, []string{
			"--grid epochs: want field=value,value,...", "--seeds 1,x: seed: want an integer", "--grid noise.sigma=1,-2: noise.sigma: is -2",
		}},
		{"start from nothing", on("good.npy", "--set", "start_from.run="+file("none")), 1, []string{"start_from.run: "}},
		{"eval of nothing", []string{"eval", file("none")}, 2, []string{"no such run"}},
		{"eval without a run", []string{"eval"}, 2, []string{"needs exactly one argument"}},
		{"eval on GPU and CPU", []string{"eval", dir, "--gpu", "0", "--cpu"}, 2, []string{"contradict"}},
		{"eval on no GPU", []string{"eval", dir, "--gpu", "0"}, 2, []string{"--cpu"}},
		{"verify on GPU and CPU", []string{"verify", dir, "--gpu", "0", "--cpu"}, 2, []string{"contradict"}},
		{"status of nothing", []string{"status", file("none")}, 1, []string{"no such folder"}},
		{"data info of nothing", []string{"data", "info", file("none.npy")}, 1, []string{"none.npy; give its path"}},
		{"embed without weights", []string{"data", "embed", "--images", "cifar10", "--out", file("o.pt")}, 2, []string{"--weights is missing"}},
		{"embed of nothing", []string{"data", "embed"}, 2, []string{"--images is missing", "--weights is missing", "--out is missing"}},
		{"embed in huge batches", []string{"data", "embed", "--images", "i", "--weights", "w", "--out", file("o.pt"), "--batch", "1000000000"}, 2, []string{"--batch: is 1000000000; give 1 to 65536"}},
		{"embed over its images", []string{"data", "embed", "--images", file("good.npy"), "--weights", "w", "--out", file("good.npy"), "--format", "pt", "--force"}, 2, []string{"good.npy is what is read here"}},
		{"embed over its images, by the data folder", []string{"data", "embed", "--images", "./good.npy", "--data-dir", dir, "--weights", "w", "--out", file("good.npy"), "--format", "pt", "--force"}, 2, []string{"good.npy is what is read here"}},
		{"embed over its weights", []string{"data", "embed", "--images", "i", "--weights", file("good.npy"), "--out", dir + "/./good.npy", "--format", "pt", "--force"}, 2, []string{"good.npy is what is read here"}},
		{"embed over a folder", []string{"data", "embed", "--images", "i", "--weights", "w", "--out", dir, "--format", "pt", "--force"}, 2, []string{"no regular file"}},
		{"embed with words for numbers", []string{"data", "embed", "--images", "i", "--weights", "w", "--out", file("o.pt"), "--mean", "a,b"}, 2, []string{`--mean is "a,b"`}},
		{"embed into no format", []string{"data", "embed", "--images", "i", "--weights", "w", "--out", file("o.npz")}, 2, []string{"o.npz ends neither in .pt nor in .safetensors"}},
		{"embed of no network", []string{"data", "embed", "--images", "i", "--weights", file("good.npy"), "--out", file("o.pt")}, 1, []string{"good.npy"}},
		{"unknown kind", []string{"list", "optimisers"}, 2, []string{`unknown kind "optimisers"; did you mean "optimizers"?`}},
		{"bench of no steps", []string{"bench", "--steps", "0"}, 2, []string{"--steps is 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(dir, "runs")
			args := c.args
			if args[0] == "run" && !has(args, "--out") && !has(args, "--resume") {
				args = append([]string{"run", "--out", out}, args[1:]...)
			}
			a := trainer(t, args...)
			if a.code != c.code {
				t.Errorf("exit code %d, want %d", a.code, c.code)
			}
			var lines []string
			for l := range strings.Lines(a.errOut) {
				if l[0] != ' ' { // a quoted line of the experiment file
					lines = append(lines, strings.TrimSpace(l))
				}
			}
			if len(lines) != len(c.says) {
				t.Fatalf("%d lines, want %d:\n%s", len(lines), len(c.says), a.errOut)
			}
			for i, want := range c.says {
				if !strings.HasPrefix(lines[i], "trainer: ") || !strings.Contains(lines[i], want) {
					t.Errorf("line %d is %q, want it to begin with \"trainer: \" and hold %q", i, lines[i], want)
				}
			}
			if exists(out) {
				t.Error("the output folder was made")
				os.RemoveAll(out)
			}
			if b, err := os.ReadFile(file("is-a-file")); err != nil || string(b) != "mine" {
				t.Errorf("the user's file was changed: %q (%v)", b, err)
			}
		})
	}
}
