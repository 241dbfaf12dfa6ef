package compute

// Random is the family of counter-based random numbers: Philox4x32-10 with the seed as key and
// (element/4, purpose, step low, step high) as counter. The bits depend on nothing else, so they
// are equal on every backend.
type Random interface {
	// AddNoise sets dst = src + noise, elementwise over (B × n); element i is i counted from the
	// beginning of dst. step is Int64 [1]. An amount that is not finite or is negative, a rate of 0,
	// and a Poisson rate beyond what the tables hold are errors of Sync.
	AddNoise(dst, src Tensor, n Noise, step Tensor)

	// Uniform fills dst with numbers uniform between lo and hi: element i is lo + (hi − lo)·u,
	// rounded, with u in (0, 1) from (seed, purpose, step 0). Where |lo| is far larger than
	// hi − lo, rounding may give lo or hi.
	Uniform(dst Tensor, lo, hi float64, seed uint64, purpose Purpose)

	// KeepMask sets dst to a random mask, for dropout: element i is 0 with probability drop, else
	// 1/(1 − drop), so that the mean is 1. It is 0 where u < drop, with u in (0, 1) the uniform
	// number of (seed, purpose, step) that Uniform takes, in float32. step is Int64 [1]; drop is at
	// least 0 and below 1.
	KeepMask(dst Tensor, drop float64, seed uint64, purpose Purpose, step Tensor)

	// Shuffle sets index[i] (Int32 [b]) to π(batch·stride + i), where π is the permutation of
	// 0..n-1 keyed by seed and epoch (Int64 [1]); batch is Int64 [1].
	Shuffle(index Tensor, n int, seed uint64, epoch, batch Tensor, stride int)
}

// MaxPoissonRate is the largest rate of Poisson noise: what the backends' tables hold.
const MaxPoissonRate = 256

// Noise says what AddNoise adds.
type Noise struct {
	Kind    NoiseKind
	Amount  Tensor // [1], Float: standard deviation, scale or rate
	Seed    uint64
	Purpose Purpose
}

// NoiseKind is a distribution.
type NoiseKind uint8

// The distributions.
const (
	Gaussian    NoiseKind = iota // mean 0, standard deviation amount
	Laplace                      // mean 0, density exp(-|x|/b)/2b with scale b = amount
	Exponential                  // density r exp(-r x), x ≥ 0, with rate r = amount: mean 1/r
	Poisson                      // integers ≥ 0 with mean amount, not centred
)

// Purpose separates the random streams of one seed, so that drawing more of one thing changes
// nothing of another.
type Purpose uint32

// The purposes.
const (
	PurposeTraining   Purpose = 1 // noise on training inputs
	PurposeValidation Purpose = 2 // noise on validation inputs
	PurposeMetric     Purpose = 3 // extra draws that metrics need
	PurposeShuffle    Purpose = 4 // order of the samples
	// PurposeMetricValidation is PurposeMetric in evaluation.
	PurposeMetricValidation Purpose = 5
	// PurposeSampling is what networks draw themselves in training, such as each sample's k.
	PurposeSampling Purpose = 6
	// PurposeSamplingValidation is PurposeSampling in evaluation.
	PurposeSamplingValidation Purpose = 7
	// PurposeResampling draws the samples that dead neurons begin anew with, on the host.
	PurposeResampling Purpose = 8
	// PurposeAugment moves and mirrors images.
	PurposeAugment Purpose = 9
	// PurposeDropout + i drops outputs of hidden layer i.
	PurposeDropout Purpose = 1 << 15
	// PurposeInit + i initialises parameter i.
	PurposeInit Purpose = 1 << 16
)
