package model

import (
	"fmt"
	"math"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
)

// NormalizationConfig is the `model.input_normalization:` section.
type NormalizationConfig struct {
	Source string    `yaml:"source" default:"given" doc:"given: mean and std below; dataset: those that come with the dataset"`
	Mean   []float64 `yaml:"mean" default:"[0.4914, 0.4822, 0.4465]" doc:"mean of each channel, in units of the input (images: 0 to 1)"`
	Std    []float64 `yaml:"std" default:"[0.2471, 0.2435, 0.2616]" doc:"standard deviation of each channel, in units of the input"`
	Target string    `yaml:"target" default:"raw" doc:"what a reconstruction is compared with: raw, the input as it is; normalized, the normalised input without noise"`
}

// Where mean and deviation come from.
const (
	sourceGiven   = "given"
	sourceDataset = "dataset"
)

// The targets.
const (
	targetRaw        = "raw"
	targetNormalized = "normalized"
)

func (c *NormalizationConfig) check(ps *problem.List) {
	if c == nil {
		return
	}
	if len(c.Mean) == 0 || len(c.Mean) != len(c.Std) {
		ps.Addf("std", "has %d values, mean has %d; give one of each for every channel", len(c.Std), len(c.Mean))
	}
	for i, m := range c.Mean {
		if math.IsNaN(m) || math.IsInf(m, 0) {
			ps.Addf("mean", "of channel %d is %v; give a finite number", i, m)
		}
	}
	for i, s := range c.Std {
		if !(s > 0) || math.IsInf(s, 0) {
			ps.Addf("std", "of channel %d is %v; give a finite number above 0", i, s)
		}
	}
	if c.Source != sourceGiven && c.Source != sourceDataset && c.Source != "" {
		ps.Addf("source", "is %q; give %s or %s", c.Source, sourceGiven, sourceDataset)
	}
	if c.Target != targetRaw && c.Target != targetNormalized && c.Target != "" {
		ps.Addf("target", "is %q; give %s or %s", c.Target, targetRaw, targetNormalized)
	}
}

// FromDataset tells whether the dataset brings mean and deviation.
func (c *NormalizationConfig) FromDataset() bool { return c.Source == sourceDataset }

// fit tells what is wrong with the channels for samples of n numbers.
func (c *NormalizationConfig) fit(n int) error {
	if c == nil || n%len(c.Mean) == 0 {
		return nil
	}
	return fmt.Errorf("model.input_normalization has %d channels, but samples have %d numbers, which is no multiple of that", len(c.Mean), n)
}

// normalisation is v = (x − mean) / std with the mean and deviation of each channel; samples are
// ordered channel, row, column.
type normalisation struct {
	mean, std compute.Tensor // [d]
	v         compute.Tensor // (batch × d)
	target    bool           // v is what a reconstruction is compared with
}

func newNormalisation(b compute.Backend, c NormalizationConfig, s Spec) *normalisation {
	n := &normalisation{v: b.Alloc(b.Float(), s.Batch, s.Input), target: c.Target == targetNormalized}
	perChannel := func(values []float64) compute.Tensor {
		t := b.Alloc(b.Float(), s.Input)
		size := s.Input / len(values)
		for i, v := range values {
			b.Fill(t.Slice(i*size, (i+1)*size), v)
		}
		return t
	}
	n.mean, n.std = perChannel(c.Mean), perChannel(c.Std)
	return n
}

// clean returns the last batch x as it is behind the normalisation.
func (n *normalisation) clean(x compute.Tensor) compute.Tensor {
	if n == nil {
		return x
	}
	return n.v.Head(x.Rows())
}

// wanted returns what a reconstruction of the last batch x is compared with.
func (n *normalisation) wanted(x compute.Tensor) compute.Tensor {
	if n == nil || !n.target {
		return x
	}
	return n.v.Head(x.Rows())
}

// enter makes it part of a network's entry.
func (n *normalisation) enter(e *Entry, rows int) {
	if n == nil {
		return
	}
	e.Normal, e.Mean, e.Std = n.v.Head(rows), n.mean, n.std
}
