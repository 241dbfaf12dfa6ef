package golden

// What a recorded fraction counts decides how far it may be off: by one entry (FORMAT.md section
// 11). values are not counts.
const (
	values = iota
	samples
	neurons
	pairs // of sample and neuron
)

// pairing says which of our metrics a recorded one is. A recorded name holds the layer's number.
type pairing struct {
	recorded, ours string
	of             int
}

// stepMetrics are recorded for each training step and validation batch, under step/ and val_step/.
var stepMetrics = []pairing{
	{"layer_%d/Mean_L2_norm", "encoder_norm", values},
	{"layer_%d/Mean_neuron_bias_terms", "mean_bias", values},
	{"layer_%d/neuron_bias_terms", "mean_bias", values}, // a number where neurons share one
	{"layer_%d/frac_neg_bias_terms", "negative_bias_fraction", neurons},
	{"layer_%d/Mean_pre_bias_Active_neurons", "pre_bias_active_fraction", pairs},
	{"layer_%d/Mean_neg_to_pos_neurons", "bias_woken_fraction", pairs},
	{"layer_%d/Mean_pos_to_neg_neurons", "bias_silenced_fraction", pairs},
	{"layer_%d/mean_Active_Neurons", "active_fraction", pairs},
	{"TopK_Act_%d/post_TopK_active_number", "active_fraction", pairs},
	{"TopK_Act_%d/k", "k", values},
	{"TopK_Act_%d/mean_inhib_amount", "topk_threshold", values},
}

// stageMetrics are recorded for what a layer computes before its inhibitory circuit.
var stageMetrics = []pairing{
	{"layer_%d/PreInhib_Circuit_mean_Active_Neurons", "active_fraction", pairs},
}

// wholeMetrics are recorded for the network.
var wholeMetrics = []pairing{
	{"closest_to_target/perc_of_noise", "closest_target_noised", samples},
	{"closest_to_target/perc_of_recon", "closest_target_reconstructed", samples},
}

// epochMetrics are recorded for each epoch. The accumulator S of the reference is the sum of the
// activations for ReLU, and counts samples for everything else.
func epochMetrics(byFiring bool) []pairing {
	if byFiring {
		return []pairing{
			{"layer_%d/fraction_dead_train_neurons", "train/dead_fraction", neurons},
			{"layer_%d/neuron_activity_pdf_entropy", "train/firing_share_entropy", values},
			{"Mean_cosine_sim_to_transpose", "train/encoder_decoder_cosine", values},
			{"Activation_Weighted_cosine_sim_to_transpose", "train/encoder_decoder_cosine_by_firing", values},
		}
	}
	return []pairing{
		{"layer_%d/fraction_dead_train_neurons", "train/dead_fraction_by_sum", neurons},
		{"layer_%d/PreInhib_Circuit_fraction_dead_train_neurons", "train/dead_fraction_by_sum/hidden.%d.before_inhibition", neurons},
		{"layer_%d/neuron_activity_pdf_entropy", "train/activity_entropy", values},
		{"layer_%d/PreInhib_Circuit_neuron_activity_pdf_entropy", "train/activity_entropy/hidden.%d.before_inhibition", values},
		{"Mean_cosine_sim_to_transpose", "train/encoder_decoder_cosine", values},
		{"Activation_Weighted_cosine_sim_to_transpose", "train/encoder_decoder_cosine_by_activity", values},
	}
}
