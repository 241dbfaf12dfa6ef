package experiment

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"noise2sparse/experiment/strict"
)

// original is an experiment of the reference, as testdata/reference.txt has it.
type original struct {
	name     string
	settings map[string]string
	jobs     []map[string]string
	from     string // title of the experiment whose checkpoints it starts from
	epoch    int    // of those, from 0
}

// Settings of the reference that hold unless a file says otherwise: those of its experiments, then
// those of its networks.
var (
	alwaysSet = map[string]string{
		"model_name": "DIFFUSION_FFN", "opt": "Adam", "lr": "0.0001", "batch_size": "1024", "nneurons": "[10000]",
		"diffusion_noise": "0.0", "noise_type": "normal", "act_func": "ReLU", "check_val_every_n_epoch": "10",
	}
	ofNetwork = map[string]map[string]string{
		"DIFFUSION_FFN": {},
		"DIFFUSION_SDM": {"use_bias_hidden": "False", "use_bias_output": "False"},
		"CONVMIXER":     {"hdim": "256", "nblocks": "8", "kernel_size": "5", "patch_size": "2", "use_convmixer_transforms": "True"},
		"RESNET50":      {"check_val_every_n_epoch": "5", "normalize_n_transform_inputs": "True"},
	}
)

// names translates values; what is not in it means what it says.
var names = map[string]string{
	"Cached_ConvMixer_WTransforms_ImageNet32_CIFAR10": "cifar10-latents", "CIFAR10": "cifar10",
	"Adam": "adam", "SGD": "sgd", "SGDM": "sgd_momentum", "ReLU": "relu", "GELU": "gelu", "Sigmoid": "sigmoid",
	"DIFFUSION_FFN": "ffn", "DIFFUSION_SDM": "sdm", "CONVMIXER": "convmixer", "RESNET50": "resnet50",
	"ALL-TO-ALL": "all_to_all", "INTERNEURON": "interneuron", "True": "true", "False": "false", "None": "null",
}

// fields are parameters that have one field here.
var fields = map[string]string{
	"epochs_to_train_for": "epochs", "dataset_name": "dataset", "batch_size": "batch_size", "nneurons": "model.hidden",
	"opt": "optimizer.kind", "lr": "optimizer.lr", "random_seed": "seed", "model_name": "model.kind", "act_func": "model.activation",
	"use_bias_hidden": "model.hidden_bias", "use_bias_output": "model.output_bias", "non_relu_act_threshold": "metrics.activity_threshold",
	"check_val_every_n_epoch": "validation.every_epochs", "separate_bias_opts_lr": "optimizer.bias_lr",
	"activation_l1_coefficient": "regularization.activation_l1", "epochs_per_cl_task": "continual.epochs_per_task",
	"epoch_to_start_adversarial_training": "adversarial.training.start_epoch",
	"pgd_step_iters":                      "adversarial.evaluation.steps", "explain_away_lr": "explain_away.lr",
	"explain_away_opt_z_n_grad_steps": "explain_away.steps", "epoch_to_start_noise_annealing": "noise.anneal.start_epoch",
	"epochs_to_terminal_noise": "noise.anneal.epochs", "terminal_diffusion_noise": "noise.anneal.terminal",
	"use_inhib_circuit": "model.inhibition.kind", "only_inhibitory": "model.inhibition.only_inhibitory",
	"num_inhib_circuit_steps": "model.inhibition.steps", "inhib_circuit_step_size": "model.inhibition.step_size",
	"nblocks": "model.convmixer.depth", "hdim": "model.convmixer.hidden_dim", "kernel_size": "model.convmixer.kernel_size",
	"patch_size": "model.convmixer.patch_size", "norm_addresses": "model.sdm.normalize_addresses",
	"norm_values": "model.sdm.normalize_output_rows", "norm_activations": "model.sdm.normalize_activations",
}

// sections are switches: with the value, these overrides.
var sections = map[string][]string{
	"classification=True": {"task=classification"}, "adversarial_train=True": {"adversarial.training={}"},
	"adversarial_eval_only=True": {"adversarial.evaluation.attack=pgd"}, "use_auto_attack=True": {"adversarial.evaluation.attack=autoattack"},
	"continual_learning=True": {"continual={}"}, "split_random_seed=None": nil, "use_explain_away=True": {"explain_away={}"},
	"use_convmixer_transforms=True": {"augmentation={}"}, "normalize_n_transform_inputs=True": {"model.input_normalization={}", "augmentation={}"},
	"normalize_n_transform_inputs=False": nil, "adjust_diffusion=True": nil, "separate_bias_opts=True": nil,
	"nconvergence_steps=1": nil, "preprocessing_type=SIMPLE": nil, // without a field: docs/reference.md says why
	"k_approach=LEARN_K_SHARED_BIAS": {"topk.kind=none", "model.shared_bias=true"},
}

// overridesOf translates a job's parameters into overrides.
func (o *original) overridesOf(t *testing.T, job map[string]string) []string {
	all := map[string]string{}
	network := "DIFFUSION_FFN"
	if m := o.settings["model_name"]; m != "" {
		network = m
	}
	for _, m := range []map[string]string{alwaysSet, ofNetwork[network], o.settings, job} {
		for k, v := range m {
			all[k] = v
		}
	}
	var out, later []string
	amount := all["diffusion_noise"]
	for k, v := range all {
		field, known := fields[k]
		section, isSection := sections[k+"="+v]
		switch {
		case k == "noise_type" || k == "diffusion_noise":
		case strings.HasPrefix(field, "noise.anneal.") && amount == "0.0": // nothing to anneal
		case isSection:
			out = append(out, section...)
		case known:
			if n, ok := names[v]; ok {
				v = n
			}
			later = append(later, field+"="+v)
		default:
			t.Errorf("%s: this test does not know %s=%s", o.name, k, v)
		}
	}
	switch all["noise_type"] {
	case "normal":
		out = append(out, "noise.sigma="+amount)
	case "expo", "poisson":
		if amount == "0.0" {
			amount = "1e-14" // exponential noise of mean 1e14, as the reference's, and no poisson noise
		}
		out = append(out, "noise.kind="+map[string]string{"expo": "exponential", "poisson": "poisson"}[all["noise_type"]], "noise.rate="+amount)
	}
	slices.Sort(out)
	slices.Reverse(out) // pgd before autoattack: the last one counts
	return append(out, later...)
}

// TestJobsAreTheReferences compares every value of every job with what the reference's parameters mean
// here; what those do not mention has its default.
func TestJobsAreTheReferences(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	total, found := 0, map[string]string{}
	for _, name := range Names() {
		if r := mustLoad(t, name).Reference; r != "" {
			found[r] = name
		}
	}
	originals := readOriginals(t)
	for _, o := range originals {
		name := found[o.name]
		delete(found, o.name)
		if name == "" {
			t.Errorf("no experiment has reference: %s", o.name)
			continue
		}
		e := mustLoad(t, o.name) // by the reference's name
		if e.Name != name || e.Count() != len(o.jobs) {
			t.Errorf("%s is %s with %d jobs, want %s with %d", o.name, e.Name, e.Count(), name, len(o.jobs))
			continue
		}
		total += e.Count()
		for i, job := range e.Jobs() {
			sets := append(o.overridesOf(t, o.jobs[i]), startOf(t, &o, i)...)
			want := mustLoad(t, "testdata/good/minimal.yaml", sets...).Job(0)
			if d := differences(job.Config, want.Config); d != "" {
				t.Errorf("%s, job %d of %s differs from the reference's:\n%s", e.Name, i, o.name, d)
			}
		}
	}
	if len(originals) != 44 || total != 344 || len(found) != 0 {
		t.Errorf("%d experiments with %d jobs, and %v without an original; want 44 with 344, and none", len(originals), total, found)
	}
}

// startOf is where job i starts from: in the reference, the job in the same place of another
// experiment. Two of its experiments start from runs of their own name, made by files that are lost.
func startOf(t *testing.T, o *original, i int) []string {
	if o.from == "" {
		return nil
	}
	ref := o.from + "_DIFFUSION_FFN"
	if own := map[string]string{"ExpoDist_Rerun": "expo_dist", "Poisson": "soft_noise_decay"}[o.from]; own != "" {
		ref = own
	}
	source := mustLoad(t, ref)
	epochs := 0
	for e := source; ; e = mustLoad(t, e.Config.StartFrom.Experiment) {
		if epochs += e.Config.Epochs; e.Config.StartFrom == nil {
			break
		}
	}
	if late := epochs - 1 - o.epoch; late != 0 && late != 10 { // the reference saves every tenth epoch
		t.Errorf("%s starts after %d epochs, in the reference after %d", o.name, epochs, o.epoch+1)
	}
	out := []string{"start_from.experiment=" + source.Name, "start_from.moments=true"}
	if o.settings["continual_learning"] == "True" { // without noise, from a run with noise
		out = append(out, fmt.Sprintf("start_from.where=[noise.sigma=%v]", *source.Job(i).Config.Noise.Sigma))
	}
	return out
}

// differences lists the values in which two configs differ.
func differences(got, want any) string {
	var out []string
	wanted := strings.Split(strict.Canonical(want), "\n")
	gotten := strings.Split(strict.Canonical(got), "\n")
	for _, l := range gotten {
		if !slices.Contains(wanted, l) {
			out = append(out, "  got  "+l)
		}
	}
	for _, l := range wanted {
		if !slices.Contains(gotten, l) {
			out = append(out, "  want "+l)
		}
	}
	return strings.Join(out, "\n")
}

// readOriginals reads testdata/reference.txt.
func readOriginals(t *testing.T) []original {
	text, err := os.ReadFile("testdata/reference.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []original
	for _, block := range strings.Split(string(text), "\n\n") {
		o := original{settings: map[string]string{}}
		jobs := 0
		for line := range strings.Lines(block) {
			words := strings.Fields(line)
			switch {
			case len(words) == 0 || words[0] == "#":
			case line[0] != ' ':
				o.name = words[0]
				fmt.Sscan(words[1], &jobs)
			case words[0] == "set":
				pairs(o.settings, words[1:])
			case words[0] == "job":
				o.jobs = append(o.jobs, pairs(map[string]string{}, words[1:]))
			case words[0] == "values":
				for _, v := range words[2:] {
					o.jobs = append(o.jobs, map[string]string{strings.TrimSuffix(words[1], ":"): v})
				}
			case words[0] == "from":
				o.from = words[1]
				fmt.Sscan(words[3], &o.epoch)
			default:
				t.Fatalf("testdata/reference.txt: %q", line)
			}
		}
		for len(o.jobs) < jobs && o.from != "" { // they differ in where they start from alone
			o.jobs = append(o.jobs, map[string]string{})
		}
		if o.name == "" {
			continue
		}
		if len(o.jobs) != jobs {
			t.Fatalf("testdata/reference.txt: %s has %d jobs, says %d", o.name, len(o.jobs), jobs)
		}
		out = append(out, o)
	}
	return out
}

func pairs(into map[string]string, words []string) map[string]string {
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		into[k] = v
	}
	return into
}
