package train

import (
	"slices"
	"strings"

	"noise2sparse/data"
	"noise2sparse/internal/problem"
	"noise2sparse/metric"
	"noise2sparse/model"
	"noise2sparse/optim"
)

// Config is everything that decides what a run computes, and how it is watched and saved. It is
// an experiment file's job, fully resolved.
type Config struct {
	Task           string               `yaml:"task" default:"reconstruction" doc:"what the network learns: reconstruction (its clean input) or classification"`
	Dataset        string               `yaml:"dataset" doc:"registered dataset; see trainer data list"`
	DatasetSize    *int                 `yaml:"dataset_size" doc:"train on the first N samples only; null: all"`
	Scaling        string               `yaml:"scaling" default:"none" doc:"none, or min_max: each of a sample's values to [0, 1] by its range in the training samples"`
	Epochs         int                  `yaml:"epochs" resume:"free" default:"200" doc:"passes over the training samples"`
	BatchSize      int                  `yaml:"batch_size" default:"512" doc:"samples a step; the last, smaller batch of an epoch is trained on too"`
	Seed           uint64               `yaml:"seed" default:"5" doc:"seeds initialisation, shuffling and noise"`
	Model          model.Config         `yaml:"model" doc:"the network"`
	TopK           model.TopKConfig     `yaml:"topk" doc:"competition among the neurons of model.kind sdm"`
	Augmentation   *AugmentationConfig  `yaml:"augmentation" doc:"random crops and flips of training images; null: none"`
	Noise          model.NoiseConfig    `yaml:"noise" doc:"noise on the input"`
	Regularization RegularizationConfig `yaml:"regularization" doc:"terms that are added to the loss"`
	Optimizer      optim.Config         `yaml:"optimizer" doc:"the update rule"`
	Validation     ValidationConfig     `yaml:"validation" resume:"free" doc:"evaluation on held-out samples while training"`
	Metrics        MetricsConfig        `yaml:"metrics" resume:"free" doc:"what is recorded"`
	Checkpoint     CheckpointConfig     `yaml:"checkpoint" resume:"free" doc:"when the run is saved"`
	EarlyStopping  *EarlyStopping       `yaml:"early_stopping" resume:"free" doc:"stop when a metric no longer improves; null: never"`
	Resampling     *ResamplingConfig    `yaml:"resampling" doc:"dead neurons begin anew at badly reconstructed samples; null: never"`
	StartFrom      *StartFrom           `yaml:"start_from" doc:"begin with the weights of another run; null: PyTorch's default initialisation"`
	Adversarial    *AdversarialConfig   `yaml:"adversarial" doc:"attacks on the input, in training or evaluation; null: none"`
	Continual      *ContinualConfig     `yaml:"continual" doc:"classes are learned in groups, one after the other; null: all at once"`
	ExplainAway    *ExplainAwayConfig   `yaml:"explain_away" doc:"settings of the reference without a definition; null: none"`
	Compute        ComputeConfig        `yaml:"compute" doc:"how it is computed"`
	Data           map[string]float64   `yaml:"data" doc:"parameters of a generated dataset; see trainer data list"`
}

// The tasks.
const (
	taskReconstruction = "reconstruction"
	taskClassification = "classification"
)

// ValidationConfig is the `validation:` section.
type ValidationConfig struct {
	EveryEpochs int `yaml:"every_epochs" default:"1" doc:"evaluate after every N epochs, and after the last one"`
}

// MetricsConfig is the `metrics:` section.
type MetricsConfig struct {
	ActivityThreshold        float64  `yaml:"activity_threshold" default:"0.0001" doc:"a neuron is active where its output's magnitude is above this; relu and Top-K count outputs above 0"`
	Extra                    []string `yaml:"extra" default:"[]" doc:"metrics that cost an extra product or draw of noise in each step; see trainer list \"extra metrics\""`
	NeuronVectorsEveryEpochs int      `yaml:"neuron_vectors_every_epochs" default:"10" doc:"write per-neuron vectors (firing fraction, bias, weight norm) after every N epochs and the last; 0: never"`
	ImplicitLosses           bool     `yaml:"implicit_losses" default:"false" doc:"split what gaussian noise adds to the loss into sparsity, specialisation and margin, at each evaluation; one hidden relu layer"`
	ImplicitSamples          int      `yaml:"implicit_samples" default:"1024" doc:"implicit_losses: on the first N validation samples, or training samples where there are none"`
}

// CheckpointConfig is the `checkpoint:` section.
type CheckpointConfig struct {
	EveryEpochs *int   `yaml:"every_epochs" doc:"save after every N epochs; null with every_steps null: at most once a minute, at an epoch's end"`
	EverySteps  *int   `yaml:"every_steps" doc:"save after every N steps"`
	KeepLast    int    `yaml:"keep_last" default:"1" doc:"newest checkpoints kept"`
	KeepBest    bool   `yaml:"keep_best" default:"true" doc:"the checkpoint with the best value of best_metric is kept too"`
	BestMetric  string `yaml:"best_metric" default:"val/loss" doc:"metric that decides which checkpoint is best; see trainer list metrics"`
}

// EarlyStopping is the `early_stopping:` section.
type EarlyStopping struct {
	Metric   string  `yaml:"metric" default:"val/loss" doc:"metric that must improve"`
	Patience int     `yaml:"patience" default:"10" doc:"evaluations without improvement before the run stops"`
	MinDelta float64 `yaml:"min_delta" default:"0" doc:"smallest change that counts as an improvement, in the metric's unit"`
}

// StartFrom is the `start_from:` section: exactly one of Run and Experiment.
type StartFrom struct {
	Run        string   `yaml:"run" doc:"run folder, or one of its checkpoint folders"`
	Experiment string   `yaml:"experiment" doc:"another experiment: its job that has this job's values of all that it sweeps"`
	Where      []string `yaml:"where" default:"[]" doc:"with experiment: values that its job has in the place of this job's, such as noise.sigma=0.1"`
	Moments    bool     `yaml:"moments" default:"false" doc:"take the optimizer's state too, not the weights alone"`
}

// precisions are what compute.precision may be.
var precisions = []string{"float32", "tf32", "bf16", "float64"}

// placements are what compute.dataset may be.
var placements = []string{"auto", "device", "host"}

// ComputeConfig is the `compute:` section. It changes speed, and within rounding the numbers.
type ComputeConfig struct {
	Precision string `yaml:"precision" default:"float32" doc:"float32; tf32 or bf16: on a GPU, products take their factors rounded to that; float64, for checks"`
	CuDNN     bool   `yaml:"cudnn" default:"false" doc:"true: on a GPU, convolutions that are no products run through cuDNN 9 or 8, which must be there; not tried on a GPU yet"`
	CuBLASLt  bool   `yaml:"cublaslt" default:"false" doc:"true: on a GPU, float32 products take bias, ReLU and their gradients along by cuBLASLt, which must be there; not tried on a GPU yet"`
	Dataset   string `yaml:"dataset" resume:"free" default:"auto" doc:"where a GPU has the samples: device, in its memory; host, in pinned memory of the host, read over the bus; auto: on the device where they fit beside the run"`
	Graph     bool   `yaml:"graph" resume:"free" default:"true" doc:"a GPU replays each step as one recorded graph; false: kernel by kernel, so that a fault names its kernel"`
}

// Check records everything that is wrong with c, before any data is read.
func (c *Config) Check(ps *problem.List) {
	if c.Task != taskReconstruction && c.Task != taskClassification {
		ps.Addf("task", "is %q; give reconstruction or classification", c.Task)
	}
	if c.Dataset == "" {
		ps.Addf("dataset", "is missing; trainer data list shows the known ones")
	} else {
		data.Check(c.Dataset, c.Data, ps)
	}
	if c.DatasetSize != nil && *c.DatasetSize < 1 {
		ps.Addf("dataset_size", "is %d; give at least 1, or null for all samples", *c.DatasetSize)
	}
	if err := data.CheckScaling(c.Scaling); err != nil {
		ps.Addf("scaling", "%v", err)
	}
	if c.Epochs < 1 {
		ps.Addf("epochs", "is %d; give at least 1", c.Epochs)
	}
	if c.BatchSize < 1 {
		ps.Addf("batch_size", "is %d; give at least 1", c.BatchSize)
	}
	c.Model.Check(ps.At("model"))
	c.TopK.Check(ps.At("topk"), &c.Model)
	if c.Model.AuxK != nil && c.Task != taskReconstruction {
		ps.Addf("model.auxk", "explains the error of a reconstruction; set it to null, or task: reconstruction")
	}
	if c.Model.Kind == "attention" && c.Task == taskClassification {
		ps.Addf("model.kind", "is attention, a memory that recalls samples: it has no classes to give; set task: reconstruction")
	}
	c.checkImages(ps)
	c.checkAugmentation(ps)
	c.Noise.Check(ps.At("noise"))
	c.checkVariants(ps)
	c.Optimizer.Check(ps.At("optimizer"))
	if c.Validation.EveryEpochs < 1 {
		ps.Addf("validation.every_epochs", "is %d; give at least 1", c.Validation.EveryEpochs)
	}
	if c.Metrics.NeuronVectorsEveryEpochs < 0 {
		ps.Addf("metrics.neuron_vectors_every_epochs", "is %d; give 0 (never) or more", c.Metrics.NeuronVectorsEveryEpochs)
	}
	if !(c.Metrics.ActivityThreshold >= 0) {
		ps.Addf("metrics.activity_threshold", "is %v; give 0 or more", c.Metrics.ActivityThreshold)
	}
	c.checkExtra(ps)
	c.checkImplicit(ps)
	c.checkResampling(ps)
	c.Checkpoint.check(ps.At("checkpoint"))
	c.EarlyStopping.check(ps.At("early_stopping"))
	if s := c.StartFrom; s != nil && (s.Run == "") == (s.Experiment == "") {
		ps.Addf("start_from", "needs exactly one of run and experiment")
	} else if s != nil && s.Run != "" && len(s.Where) > 0 {
		ps.Addf("start_from.where", "chooses among an experiment's jobs, but a run is given; leave it out")
	}
	c.Adversarial.check(ps.At("adversarial"))
	c.Continual.check(ps, c)
	c.ExplainAway.check(ps.At("explain_away"))
	if p := c.Compute.Precision; !slices.Contains(precisions, p) {
		ps.Addf("compute.precision", "is %q; give %s", p, strings.Join(precisions, ", "))
	}
	if d := c.Compute.Dataset; d != "" && !slices.Contains(placements, d) {
		ps.Addf("compute.dataset", "is %q; give %s", d, strings.Join(placements, ", "))
	}
}

// checkVariants records what does not go together in the loss and the network.
func (c *Config) checkVariants(ps *problem.List) {
	c.Regularization.check(ps.At("regularization"))
	if c.Regularization.ActivationL1 > 0 && c.Model.Kind != "ffn" && c.Model.Kind != "sdm" {
		ps.Addf("regularization.activation_l1", "is for networks of kind ffn or sdm; this one is of kind %s", c.Model.Kind)
	}
	if c.Task != taskClassification {
		return
	}
	if c.Model.TiedWeights {
		ps.Addf("model.tied_weights", "needs an output as wide as the input, but task is classification")
	}
	if n := c.Model.InputNormalization; n != nil && n.Target == "normalized" {
		ps.Addf("model.input_normalization.target", "is normalized, but the targets of a classification are labels: leave it raw")
	}
}

func (c *CheckpointConfig) check(ps *problem.List) {
	if c.EveryEpochs != nil && *c.EveryEpochs < 1 {
		ps.Addf("every_epochs", "is %d; give at least 1, or null", *c.EveryEpochs)
	}
	if c.EverySteps != nil && *c.EverySteps < 1 {
		ps.Addf("every_steps", "is %d; give at least 1, or null", *c.EverySteps)
	}
	if c.KeepLast < 1 {
		ps.Addf("keep_last", "is %d; give at least 1", c.KeepLast)
	}
	if err := metric.Check(c.BestMetric); err != nil {
		ps.Addf("best_metric", "%v", err)
	}
}

func (e *EarlyStopping) check(ps *problem.List) {
	if e == nil {
		return
	}
	if e.Patience < 1 {
		ps.Addf("patience", "is %d; give at least 1", e.Patience)
	}
	if !(e.MinDelta >= 0) {
		ps.Addf("min_delta", "is %v; give 0 or more", e.MinDelta)
	}
	if err := metric.Check(e.Metric); err != nil {
		ps.Addf("metric", "%v", err)
	}
}
