package convert

import (
	"strings"

	"noise2sparse/internal/pickle"
	"noise2sparse/model"
)

// switches are the reference's settings that a network has under another one: "" where it is none.
var switches = []struct{ under, theirs, ours string }{
	{"use_sdm", "norm_addresses", "model.sdm.normalize_addresses"},
	{"use_sdm", "norm_values", "model.sdm.normalize_output_rows"},
	{"use_sdm", "norm_activations", "model.sdm.normalize_activations"},
	{"use_sdm", "all_positive_weights", "model.sdm.positive_weights"},
	{"use_sdm", "learn_addresses", "model.sdm.learn_addresses"},
	{"all_positive_weights", "can_enforce_positive_weights_on_bias_terms", "model.sdm.positive_biases"},
	{"use_inhib_circuit", "only_inhibitory", "model.inhibition.only_inhibitory"},
	{"use_inhib_circuit", "num_inhib_circuit_steps", "model.inhibition.steps"},
	{"use_inhib_circuit", "inhib_circuit_step_size", "model.inhibition.step_size"},
}

// untaken change the mathematics and have fields here, under docs/reference.md, but are not
// translated. Their values here mean that they are off.
var untaken = []string{
	"l1_loss_weight", "l2_loss_weight", "activation_l1_coefficient", "dropout_prob", "adjust_diffusion", "lr_scheduler",
	"normalize_n_transform_inputs", "min_max_scaler", "adversarial_train",
}

// families translates what belongs to one family of networks, and notes what is not translated.
func (im *Import) families(known map[string]any) {
	if known["use_sdm"] == true {
		im.override("model.kind=sdm")
	}
	for _, s := range switches {
		if text, ok := yaml(known[s.theirs]); ok && on(known[s.under]) {
			im.override(s.ours + "=" + text)
		}
	}
	if known["use_sdm"] == true {
		im.topK(known)
	}
	var left []string
	for _, name := range untaken {
		if on(known[name]) {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		im.note("settings that are not taken: %s; give their fields with --set", strings.Join(left, ", "))
	}
}

// on tells whether a setting is there and not off, which None, False, 0 and "None" are.
func on(v any) bool {
	switch v {
	case nil, false, int64(0), 0.0, "None", "":
		return false
	}
	_, opaque := v.(*pickle.Opaque)
	return !opaque
}

// topK translates k_approach and what that approach needs.
func (im *Import) topK(known map[string]any) {
	approach, _ := known["k_approach"].(string)
	if approach == "LEARN_K_SHARED_BIAS" { // ReLU; the tensors show the bias
		im.override("topk.kind=none")
		return
	}
	kind, ok := lookup(approach, model.TopKs.Lines())
	if !ok {
		im.note("k_approach %q is not known here; give topk.kind with --set", approach)
		return
	}
	im.override("topk.kind=" + kind)
	set := func(field, theirs string) {
		if text, ok := yaml(known[theirs]); ok {
			im.override("topk." + field + "=" + text)
		}
	}
	switch {
	case strings.HasPrefix(kind, "learn_k"):
		im.note("the learning rate and start of a learned k are not taken; give topk.lr and, for %s, what it needs with --set", kind)
	case strings.Contains(kind, "decay"):
		set("k", "k_min")
		set("transition_epochs", "k_transition_epochs")
	case kind == "gaba_switch_act":
		set("k", "k_min")
		set("switch_threshold", "num_activations_for_gaba_switch")
	case kind == "gaba_switch_act_bin":
		set("k", "k_min")
		set("switch_threshold", "num_binary_activations_for_gaba_switch")
	case kind == "gaba_switch_grad":
		set("k", "k_min")
		set("switch_threshold", "num_grads_for_gaba_switch")
	default:
		set("k", "k_min")
	}
}
