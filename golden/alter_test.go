package golden_test

import (
	"bytes"
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"noise2sparse/golden"
	"noise2sparse/internal/array"
	"noise2sparse/internal/safetensors"
)

// altered is a copy of one of testdata's cases, changed, in a folder of its own.
func altered(t *testing.T, name string, change func(c map[string]any, r *recording)) string {
	t.Helper()
	source := filepath.Join("testdata", "golden", name)
	raw, err := os.ReadFile(filepath.Join(source, "case.json"))
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Read(filepath.Join(source, "tensors.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{tensors: slices.Clone(f.Tensors), metrics: c["metrics"].(map[string]any)}
	change(c, r)
	return r.write(t, c)
}

func (r *recording) remove(name string) {
	r.tensors = slices.DeleteFunc(r.tensors, func(n array.Named) bool { return n.Name == name })
}

// What the reference would have computed the same way passes.
func TestAlteredThatPass(t *testing.T) {
	for name, tc := range map[string]struct {
		of     string
		change func(c map[string]any, r *recording)
	}{
		"unchanged": {"ffn_relu_laplace", func(map[string]any, *recording) {}},
		"annealing of noise that is not gaussian": {"ffn_relu_laplace", func(c map[string]any, _ *recording) {
			c["model"].(map[string]any)["noise"].(map[string]any)["anneal"] = map[string]any{"start_epoch": 0, "epochs_to_terminal": 2, "terminal_amount": 0.1}
		}},
		"no betas": {"ffn_no_biases", func(c map[string]any, _ *recording) {
			for _, f := range []string{"beta1", "beta2", "epsilon"} {
				c["optimizer"].(map[string]any)[f] = nil
			}
		}},
		"a metric that is 0/0": {"metrics_ffn_relu", func(_ map[string]any, r *recording) {
			r.metrics["epoch/Mean_cosine_sim_to_transpose"].([]any)[1] = nil
		}},
		"no groups": {"ffn_no_biases", func(c map[string]any, _ *recording) { delete(c, "parameter_groups") }},
		"inputs without noise": {"ffn_no_biases", func(c map[string]any, r *recording) {
			r.remove("noise") // replays other activations, but what comes before them is right
		}},
	} {
		t.Run(name, func(t *testing.T) {
			failures, _ := replayed(t, altered(t, tc.of, tc.change))
			if name == "inputs without noise" {
				failures = slices.DeleteFunc(failures, func(f string) bool { return !strings.Contains(f, "counterpart") && !strings.Contains(f, "nothing") })
			}
			if len(failures) > 0 {
				t.Error(strings.Join(failures, "\n"))
			}
		})
	}
}

// A difference anywhere in what is recorded is found, and so is what belongs to nothing.
func TestAlteredThatFail(t *testing.T) {
	scaled := func(name string) func(map[string]any, *recording) {
		return func(_ map[string]any, r *recording) {
			for i, n := range r.tensors {
				if n.Name == name {
					v := n.Array.Float32s()
					for j := range v {
						v[j] *= 1.01
					}
					a, err := array.FromFloat32s(v, n.Array.Shape...)
					if err != nil {
						panic(err)
					}
					r.tensors[i].Array = a
				}
			}
		}
	}
	extra := func(name string) func(map[string]any, *recording) {
		return func(_ map[string]any, r *recording) { r.add(name, []int{2}, []float64{1, 2}) }
	}
	group := func(field string, v any) func(map[string]any, *recording) {
		return func(c map[string]any, _ *recording) { c["parameter_groups"].([]any)[0].(map[string]any)[field] = v }
	}
	for name, tc := range map[string]struct {
		of, want string
		change   func(c map[string]any, r *recording)
	}{
		"noised":          {"ffn_relu_gaussian", "act1/noised", scaled("act1/noised")},
		"optimizer state": {"ffn_no_biases", "opt/hidden.0.weight/exp_avg", scaled("opt/hidden.0.weight/exp_avg")},
		"act1":            {"ffn_no_biases", "act1/hidden.1.post", extra("act1/hidden.1.post")},
		"init":            {"ffn_no_biases", "init/hidden.0.bias", extra("init/hidden.0.bias")},
		"start":           {"ffn_no_biases", "start/output.bias", extra("start/output.bias")},
		"grad1":           {"ffn_no_biases", "grad1/output.bias", extra("grad1/output.bias")},
		"final buffer":    {"ffn_no_biases", "final_buffer/top_k.k", extra("final_buffer/top_k.k")},
		"eval":            {"ffn_no_biases", "eval/hidden.3.post", extra("eval/hidden.3.post")},
		"rate":            {"ffn_no_biases", "parameter_groups[0]: learning rate", group("learning_rate", 0.004)},
		"final rate":      {"ffn_no_biases", "parameter_groups[0]: final", group("final_learning_rate", 0.004)},
		"members":         {"ffn_no_biases", "parameter_groups[0]: has", group("params", []string{"hidden.0.weight"})},
		"one group more": {"ffn_no_biases", "parameter_groups: the case has 2", func(c map[string]any, _ *recording) {
			c["parameter_groups"] = append(c["parameter_groups"].([]any), map[string]any{"params": []string{"output.weight"}})
		}},
		"zeros of nothing": {"ffn_no_biases", "output.bias is no parameter", func(c map[string]any, r *recording) {
			r.metrics["grad1_exact_zero_fraction"].(map[string]any)["output.bias"] = 0
		}},
		"fewer losses": {"ffn_no_biases", "loss has 1 values", func(c map[string]any, _ *recording) { c["loss"] = []float64{1} }},
		"noise of one step": {"ffn_relu_gaussian", "noise is", func(_ map[string]any, r *recording) {
			r.remove("noise")
			r.add("noise", []int{1, 32, 64}, make([]float64, 32*64))
		}},
		"no batches":        {"ffn_no_biases", "batch_index", func(_ map[string]any, r *recording) { r.remove("batch_index") }},
		"widths do not fit": {"ffn_no_biases", "counterpart", func(c map[string]any, _ *recording) { c["model"].(map[string]any)["hidden_sizes"] = []int{5} }},
		"rule without epochs": {"ffn_no_biases", "transition_epochs", func(c map[string]any, _ *recording) {
			m := c["model"].(map[string]any)
			m["architecture"], m["top_k"] = "sdm", map[string]any{"approach": "exp_decay_mask", "k_min": 3}
		}},
		"a panic": {"ffn_no_biases", "broke off", func(c map[string]any, _ *recording) {
			m := c["model"].(map[string]any)
			m["architecture"], m["hidden_sizes"] = "sdm", []int{}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			failures, _ := replayed(t, altered(t, tc.of, tc.change))
			if !strings.Contains(strings.Join(failures, "\n"), tc.want) {
				t.Errorf("want a failure that says %q, got\n%s", tc.want, strings.Join(failures, "\n"))
			}
		})
	}
}

// A case that can't be read or replayed has failed; those behind it are replayed.
func TestVerifyGoesOn(t *testing.T) {
	dir := t.TempDir()
	for name, from := range map[string]string{
		"a_panics": altered(t, "ffn_no_biases", func(c map[string]any, _ *recording) {
			m := c["model"].(map[string]any)
			m["architecture"], m["hidden_sizes"] = "sdm", []int{}
		}),
		"b_lacks_tensors": altered(t, "ffn_no_biases", func(_ map[string]any, r *recording) { r.tensors = nil }),
		"c_passes":        altered(t, "ffn_no_biases", func(map[string]any, *recording) {}),
	} {
		if err := os.Rename(from, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "d_is_no_json"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "d_is_no_json", "case.json"), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	tally, err := golden.Verify(dir, openCPU, &out)
	if err != nil || tally != (golden.Tally{Passed: 1, Failed: 3}) {
		t.Errorf("got %+v (%v) and\n%s", tally, err, &out)
	}
}

// Rules alone: all that compute the same each time, with ties under a mask that decays.
func TestOracleTopKAlone(t *testing.T) {
	for _, approach := range approaches {
		if approach == "" || approach == "learn_k_reinforce" {
			continue
		}
		for _, ties := range []bool{false, true} {
			if ties && (approach == "learn_k_sigmoid") {
				continue // which of equal entries gets which weight is unspecified
			}
			o := &oracle{rng: rand.New(rand.NewSource(7)), hidden: []int{12}}
			o.competition(approach)
			top := o.top
			c := map[string]any{"approach": approach, "k_min": 4.0, "k_max": 12, "epoch_counter": 0}
			if top.T > 0 {
				c["transition_epochs"], c["epoch_counter"], top.epoch = 2, 1, 1
			}
			if top.k != nil {
				c["learned_k_init"], c["window_fraction"] = 6, top.window
				top.k.v[0] = 6.1
			}
			if approach == "gaba_switch_act" || approach == "gaba_switch_act_bin" {
				c["switch_threshold"] = top.threshold
			}
			var r recording
			x, dout := o.random(5, 12, 1), o.random(5, 12, 1)
			if ties {
				for i := range x.v {
					x.v[i] = float64(i*7%3) / 4
				}
			}
			for j := range top.counters {
				top.counters[j] = float64(j)
				if approach == "gaba_switch_grad" {
					top.counters[j] = 0
				}
			}
			if top.counters != nil {
				r.add("counters_before", []int{1, 12}, top.counters)
			}
			var tp tape
			turn := func(v []float64) {
				if ties && strings.HasSuffix(approach, "_mask") { // the last of equal entries is kept, not the first
					for i := 0; i < len(v); i += 12 {
						slices.Reverse(v[i : i+12])
					}
				}
			}
			turn(x.v)
			turn(dout.v)
			y := top.forward(&tp, x)
			copy(y.g, dout.v)
			tp.reverse()
			for _, v := range [][]float64{x.v, x.g, dout.v, y.v} {
				turn(v)
			}
			loss, active, positive := 0.0, make([]float64, 5), make([]float64, 5)
			for i, v := range y.v {
				loss += v * dout.v[i]
				active[i/12] += above(v)
				positive[i/12] += above(x.v[i])
			}
			r.matrix("x", x)
			r.matrix("output", y)
			r.matrix("grad_output", dout)
			r.matrix("grad_input", &mat{5, 12, x.g, nil})
			if top.counters != nil {
				r.add("counters_after", []int{1, 12}, top.counters)
			}
			r.metrics = map[string]any{"active_per_row": active, "positive_per_row": positive, "k": top.current()}
			bound := map[string]any{"max_abs": 1e-6}
			failures, _ := replayed(t, r.write(t, map[string]any{
				"kind": "top_k_module", "model": map[string]any{"top_k": c}, "optimizer": nil, "loss": []float64{loss},
				"tolerance": map[string]any{"output": bound, "grad_input": bound, "loss": map[string]any{"rtol": 1e-5, "atol": 1e-6}},
			}))
			if len(failures) > 0 {
				t.Errorf("%s, ties %v:\n%s", approach, ties, strings.Join(failures, "\n"))
			}
		}
	}
}
