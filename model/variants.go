package model

import (
	"fmt"

	"noise2sparse/internal/problem"
)

// checkVariants records what is wrong with the variants of a feed-forward network.
func (c *Config) checkVariants(ps *problem.List) {
	switch c.Projection {
	case projectionNone, projectionBefore, projectionAfter, "":
	default:
		ps.Addf("projection", "is %q; give %s, %s or %s", c.Projection, projectionNone, projectionBefore, projectionAfter)
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		ps.Addf("dropout", "is %v; give a probability, at least 0 and below 1", c.Dropout)
	}
	c.InputNormalization.check(ps.At("input_normalization"))
	if n := len(c.Hidden); c.TiedWeights && n > 1 && c.Hidden[0] != c.Hidden[n-1] {
		ps.Addf("tied_weights", "needs a last hidden layer as wide as the first, whose weights the output layer takes; they have %d and %d neurons", c.Hidden[n-1], c.Hidden[0])
	}
	if c.InputNormalization != nil && c.Kind != "ffn" && c.Kind != "sdm" && !c.OnImages() {
		ps.Addf("input_normalization", "is for networks of kind ffn, sdm, convmixer or resnet50; this one is of kind %s", c.Kind)
	}
	if c.Kind == "ffn" {
		return
	}
	for _, f := range []struct {
		given bool
		field string
	}{
		{c.TiedWeights, "tied_weights"},
		{c.Projection != projectionNone && c.Projection != "", "projection"},
		{c.Dropout > 0, "dropout"},
	} {
		if f.given {
			ps.Addf(f.field, "is for networks of kind ffn; this one is of kind %s", c.Kind)
		}
	}
}

// fit tells what in c does not fit samples of n numbers and outputs of m.
func (c *Config) fit(n, m int) error {
	if c.TiedWeights && n != m {
		return fmt.Errorf("model.tied_weights needs as many outputs as inputs; there are %d and %d", m, n)
	}
	return c.InputNormalization.fit(n)
}
