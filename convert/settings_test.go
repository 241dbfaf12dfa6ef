package convert

import (
	"slices"
	"strings"
	"testing"

	"noise2sparse/internal/pickle"
)

// settled is what an import says for hyper_parameters of these keys and values.
func settled(kv ...any) *Import {
	im := &Import{}
	im.settings(entries("hyper_parameters", entries(kv...)))
	return im
}

func TestSettings(t *testing.T) {
	gelu := &pickle.Opaque{Class: "torch.nn.modules.activation.GELU"}
	for _, c := range []struct {
		name string
		kv   []any
		says []string // overrides
		note string
	}{
		{"nothing", nil, nil, ""},
		{"None is left open", []any{"random_seed", nil, "dataset_size", nil}, nil, ""},
		{"numbers", []any{"batch_size", int64(64), "lr", 1e-3, "adam_betas", pickle.Tuple{0.5, 0.9}}, []string{"batch_size=64", "optimizer.lr=0.001", "optimizer.betas=[0.5, 0.9]"}, ""},
		{"an optimizer by its name there", []any{"opt", "SparseAdam"}, []string{"optimizer.kind=sparse_adam"}, ""},
		{"an unknown optimizer", []any{"opt", "Lion"}, nil, "give optimizer.kind with --set"},
		{"a module as activation", []any{"act_func", gelu}, []string{"model.activation=gelu"}, ""},
		{"text as activation", []any{"act_func", "GELU"}, []string{"model.activation=gelu"}, ""},
		{"laplace noise", []any{"noise_type", "laplace", "diffusion_noise", 0.5}, []string{"noise.kind=laplace", "noise.sigma=null", "noise.scale=0.5", "noise.rate=null"}, ""},
		{"unknown noise", []any{"noise_type", "pink", "diffusion_noise", 0.5}, nil, "give noise.kind with --set"},
		{"classes", []any{"classification", true, "noise_off_during_eval", true}, []string{"noise.in_evaluation=false", "task=classification"}, ""},
		{"below params", []any{"params", entries("batch_size", int64(8)), "x", entries("batch_size", int64(9))}, []string{"batch_size=8"}, ""},
		{
			"SDM",
			[]any{"use_sdm", true, "norm_addresses", true, "k_approach", "LINEAR_DECAY_MASK", "k_min", int64(8), "k_transition_epochs", int64(4)},
			[]string{"model.kind=sdm", "model.sdm.normalize_addresses=true", "topk.kind=linear_decay_mask", "topk.k=8", "topk.transition_epochs=4"},
			"",
		},
		{"SDM's settings of another network", []any{"use_sdm", false, "norm_addresses", true, "k_approach", "FLAT_MASK", "k_min", int64(8)}, nil, ""},
		{"an unknown approach", []any{"use_sdm", true, "k_approach", "BEST"}, []string{"model.kind=sdm"}, "give topk.kind with --set"},
		{"a circuit", []any{"use_inhib_circuit", "ALL-TO-ALL", "only_inhibitory", true, "num_inhib_circuit_steps", int64(3)}, []string{"model.inhibition.only_inhibitory=true", "model.inhibition.steps=3"}, ""},
		{"no circuit", []any{"use_inhib_circuit", false, "num_inhib_circuit_steps", int64(3)}, nil, ""},
		{"what is not taken", []any{"l1_loss_weight", 0.1, "dropout_prob", 0.0, "lr_scheduler", "StepLR"}, nil, "not taken: l1_loss_weight, lr_scheduler"},
	} {
		im := settled(c.kv...)
		if notes := strings.Join(im.Notes, "\n"); !slices.Equal(im.Overrides, c.says) || !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
			t.Errorf("%s: %q with notes %q, want %q with %q", c.name, im.Overrides, im.Notes, c.says, c.note)
		}
	}
}

// A settings dict that holds itself many times is looked at once.
func TestSettingsThatHoldThemselves(t *testing.T) {
	d := entries("batch_size", int64(8))
	for i := range 2000 {
		d.Set(int64(i), d)
	}
	if im := settled("params", d); !slices.Equal(im.Overrides, []string{"batch_size=8"}) {
		t.Errorf("%q", im.Overrides)
	}
}
