package golden_test

import "slices"

// threshold is what an activation's magnitude must exceed to count as active.
func (o *oracle) threshold() float64 {
	if o.sdm || o.activation == "relu" {
		return 0
	}
	return 0.05
}

// first records what the first step computes, parameters not having moved.
func (o *oracle) first(r *recording, p *pass) {
	if p.projection != nil {
		r.matrix("act1/projection", p.projection)
	}
	r.matrix("act1/noised", p.noised)
	r.matrix("act1/output", p.output)
	for l := range p.pre {
		at := "act1/hidden." + string(rune('0'+l))
		r.matrix(at+".pre", p.pre[l])
		r.matrix(at+".post", p.post[l])
	}
	for _, q := range o.params {
		if o.group(q) < 0 {
			continue
		}
		g := slices.Clone(q.g)
		for i, v := range q.v {
			g[i] += o.l1*sign(v) + 2*o.l2*v
		}
		r.add("grad1/"+q.name, q.shape, g)
	}
}

// counters records GABA's before a step, under the reference's names.
func (o *oracle) counters(r *recording, step int) {
	name := map[string]string{
		"gaba_switch_act": "neuron_activation_counters", "gaba_switch_act_bin": "neuron_binary_activation_counters", "gaba_switch_grad": "neuron_gradient_counters",
	}[o.top.approach]
	n := o.top.n
	for _, v := range []struct {
		name string
		of   func(j int) float64
	}{{name, func(j int) float64 { return o.top.counters[j] }}, {"gaba_response", o.top.response}} {
		key := "metric/step/TopK_Act_0/" + v.name
		if step == 0 {
			r.add(key, []int{o.epochs * o.perEpoch, n}, make([]float64, o.epochs*o.perEpoch*n))
		}
		for i := range r.tensors {
			if r.tensors[i].Name == key {
				row := recording{}
				values := make([]float64, n)
				for j := range values {
					values[j] = v.of(j)
				}
				row.add("", []int{n}, values)
				copy(r.tensors[i].Array.Row(step), row.tensors[0].Array.Bytes)
			}
		}
	}
}

// cosines records what the reference logs of the first layer's weights and the next one's, and how many
// neurons of it were dead: fired is the epoch's accumulator.
func (o *oracle) cosines(r *recording, fired *mat) {
	dead, sum := 0.0, 0.0
	for _, s := range fired.v {
		if s < 1e-5 {
			dead++
		}
		sum += s
	}
	r.series("epoch/layer_0/fraction_dead_train_neurons", dead/float64(len(fired.v)))
	w, v := o.param("hidden.0.weight"), o.param("output.weight")
	if len(o.hidden) > 1 {
		v = o.param("hidden.1.weight")
	}
	if o.classify || v == nil || v.r != w.c {
		return
	}
	mean, weighted := 0.0, 0.0
	for j := range w.r {
		column := make([]float64, v.r)
		dot := 0.0
		for i := range column {
			column[i] = v.row(i)[j]
			dot += column[i] * w.row(j)[i]
		}
		cos := 0.0
		if dot != 0 { // a neuron without weights has no direction: 0 here (DEVIATIONS.md)
			cos = dot / length(column) / length(w.row(j))
		}
		mean += cos / float64(w.r)
		weighted += fired.v[j] / sum * cos
	}
	r.series("epoch/Mean_cosine_sim_to_transpose", mean)
	r.series("epoch/Activation_Weighted_cosine_sim_to_transpose", weighted)
}

// validate records the losses of an evaluation without noise. All labels are 0.
func (o *oracle) validate(r *recording, x *mat, index []int32) {
	total := 0.0
	for len(index) > 0 {
		batch := rows(x, index[:o.batch])
		loss := o.loss(o.forward(&tape{}, batch, nil), batch, make([]int32, o.batch))
		r.series("val_step/loss", loss)
		total += loss
		index = index[o.batch:]
	}
	r.series("epoch/val/loss", total/2)
}

// caseOf is case.json, but for the metrics.
func (o *oracle) caseOf(loss []float64) map[string]any {
	arch, task := "ffn", "reconstruction"
	if o.sdm {
		arch = "sdm"
	}
	if o.classify {
		task = "classification"
	}
	model := map[string]any{
		"architecture": arch, "task": task, "input_size": o.d, "output_size": o.out, "hidden_sizes": o.hidden,
		"noise":      map[string]any{"distribution": "gaussian", "amount": 0.3, "off_during_eval": true, "anneal": nil},
		"activation": o.activation, "activity_threshold": 0.05, "projection": o.projection, "tie_weights": o.tied,
		"use_hidden_bias": o.hiddenBias && !o.sharedBias, "use_shared_hidden_bias": o.sharedBias, "use_output_bias": o.outputBias,
		"weight_l1": o.l1, "weight_l2": o.l2, "activation_l1": o.activationL1, "inhibition": nil, "top_k": nil, "input_normalization": nil,
		"normalize_addresses": o.addresses, "normalize_values": o.values, "normalize_activations": o.unit,
		"positive_weights": o.positive, "positive_biases": o.positiveBias,
	}
	if o.inhibition != nil {
		model["inhibition"], model["activation"] = o.inhibition, some(o, nil, any("gelu")) // which has no say
	}
	if o.normalize {
		model["input_normalization"] = map[string]any{"mean": []float64{inputMean}, "std": []float64{inputStd}}
	}
	optimizer := map[string]any{
		"name": o.optimizer, "learning_rate": o.lr, "bias_learning_rate": o.biasLR, "gradient_clip_norm": o.clip,
		"weight_decay": 0.3, "total_steps": 1000.0, "momentum": 0.9, "schedule": nil, "learned_k_learning_rate": o.kRate,
	}
	if o.optimizer == "adamw" {
		optimizer["beta1"] = 0.5 // recorded, and without effect
	}
	if o.stepSize > 0 {
		optimizer["schedule"] = map[string]any{"kind": "step", "step_size": float64(o.stepSize), "gamma": o.gamma}
	}
	if t := o.top; t != nil {
		k := map[string]any{"approach": t.approach, "k_min": t.kMin, "k_max": t.n}
		if t.T > 0 {
			k["transition_epochs"] = t.T
		}
		if t.counters != nil && t.approach != "gaba_switch_grad" {
			k["switch_threshold"] = t.threshold
		}
		if t.k != nil {
			k["learned_k_init"], k["window_fraction"] = 1, t.window
		}
		model["top_k"], model["activation"] = k, "top_k"
	}
	first, last := o.rates(0), o.rates(o.epochs)
	var groups []map[string]any
	for g := range first {
		names := []string{}
		for _, p := range o.params {
			if o.group(p) == g {
				names = append(names, p.name)
			}
		}
		groups = append(groups, map[string]any{"params": names, "learning_rate": first[g], "final_learning_rate": last[g]})
	}
	if o.top != nil && o.top.stats != nil {
		groups = append(groups, map[string]any{"params": []string{"top_k.learned_k_stats"}, "learning_rate": o.kRate, "final_learning_rate": o.kRate})
	}
	tensors, rel := map[string]any{"max_abs": 2e-5, "norm_rel": 2e-5}, 2e-5
	moved := tensors
	if o.optimizer == "shampoo" || o.optimizer == "adafactor" { // they divide by small numbers
		moved, rel = map[string]any{"max_abs": 2e-4, "norm_rel": 1e-3}, 3e-4
	}
	return map[string]any{
		"kind": "training", "model": model, "optimizer": optimizer, "steps": o.epochs * o.perEpoch, "batch_size": o.batch,
		"epochs": o.epochs, "steps_per_epoch": o.perEpoch, "n_base": o.samples, "loss": loss, "parameter_groups": groups,
		"tolerance": map[string]any{
			"loss": map[string]any{"rtol": rel, "atol": 1e-6}, "loss_step1": map[string]any{"rtol": 5e-6, "atol": 1e-6},
			"act1": tensors, "grad1": map[string]any{"max_abs": 1e-6, "norm_rel": 1e-5}, "step1": moved, "final": moved, "opt": moved, "eval": moved,
		},
	}
}

// some is one of the given.
func some[T any](o *oracle, v ...T) T { return v[o.rng.Intn(len(v))] }

// maybe is true as often as not.
func (o *oracle) maybe() bool { return o.rng.Intn(2) == 0 }

func pointer(v float64) *float64 { return &v }

// train chooses how the network is trained.
func (o *oracle) train(optimizer string) {
	o.optimizer = optimizer
	o.lr = map[string]float64{"sgd": 0.3, "sgd_momentum": 0.1, "sparse_sgd_momentum": 0.1, "shampoo": 0.01}[optimizer]
	if o.lr == 0 {
		o.lr = 0.01
	}
	o.batch, o.samples = 6, some(o, 4, 11) // a batch may be larger than the samples
	o.epochs, o.perEpoch = 3, 2
	if o.maybe() {
		o.clip = pointer(some(o, 0.05, 1))
	}
	if o.maybe() {
		o.biasLR = pointer(0.02)
	}
	if o.maybe() {
		o.stepSize, o.gamma = 1+o.rng.Intn(2), 0.5
	}
	if o.maybe() {
		o.l1, o.l2, o.activationL1 = 0.002, 0.003, 0.004
	}
}

var optimizers = []string{"sgd", "sgd_momentum", "adam", "adamw", "rmsprop", "adagrad", "adafactor", "shampoo", "sparse_adam", "sparse_sgd_momentum", "demon_adam"}
