package model

import (
	"fmt"

	"noise2sparse/compute"
)

// AloneTopK is a rule without a network around it.
type AloneTopK struct {
	TopK
	Params *Params // those that the rule learns; their gradients are set by Backward
	K      *Gauge  // k of the samples passed so far
}

// NewTopK makes a rule on its own, for batches of up to batch rows of width neurons. c must have been
// checked. Rules that sample need a network, which has the numbers.
func NewTopK(b compute.Backend, c TopKConfig, batch, width int) (*AloneTopK, error) {
	e, err := TopKs.Get(c.Kind)
	if err != nil {
		return nil, err
	}
	if c.Samples() {
		return nil, fmt.Errorf("topk.kind %s samples, which needs a network: give model.kind sdm", c.Kind)
	}
	meter := newTopKMeter(b, batch, c.Blocks)
	a := &AloneTopK{Params: &Params{}, K: meter.k}
	a.TopK = e.Value.New(b, c, TopKSpec{Batch: batch, Width: width, Params: a.Params, meter: meter})
	if len(a.Params.List) > 0 {
		a.Params.materialise(b, 0)
	}
	return a, nil
}
