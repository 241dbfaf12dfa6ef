package train

import (
	"noise2sparse/compute"
	"noise2sparse/internal/registry"
	"noise2sparse/metric"
	"noise2sparse/model"
)

func init() {
	extras.Register(registry.Entry[extraSpec]{
		Name: "closest_target", Value: extraSpec{new: newClosest, reconstruction: true},
		Doc: "how often the clean sample nearest to a noised input, and to an output, is its own; costs two products of batch × batch and a draw of noise",
	})
}

// closest compares queries q_i (noised inputs, outputs) with the clean samples x_j of their batch.
// The nearest one has the largest
//
//	s_ij = q_i·x_j − ½ ‖x_j‖²,    since ‖q_i − x_j‖² = ‖q_i‖² − 2 s_ij
//
// so a row of s whose maximum is at i is a hit. Ties go to the first sample of the batch. As in the
// reference, clean samples are normalised where the network normalises, also for outputs; and where a
// projection comes before the noise, inputs are projected and noised as the network's are, and still
// compared with the clean samples.
type closest struct {
	b      compute.Backend
	noise  model.NoiseSource      // nil: no noise
	place  model.NoisePlace       // nil: noise is added to x
	noised compute.Tensor         // (batch × d)
	half   compute.Tensor         // [batch]: ½ ‖x_j‖², negative
	scores map[int]compute.Tensor // (n × n), for each number n of samples that a batch can have; one memory
	own    compute.Tensor         // Int32 [batch]: 0, 1, 2, ...
	hits   compute.Tensor         // Float64 [1]
	unused compute.Tensor         // Float64 [1]: a loss
	found  [2]compute.Tensor      // Float64 [2], by mode: noised, reconstructed
}

func newClosest(e *Engine) probe {
	b, size := e.b, e.cfg.BatchSize
	c := &closest{
		b: b, noise: e.metricNoise, noised: b.Alloc(b.Float(), size, e.train.x.Cols()), half: b.Alloc(b.Float(), size),
		own: b.Alloc(compute.Int32, size), hits: b.Alloc(compute.Float64, 1), unused: b.Alloc(compute.Float64, 1),
		scores: map[int]compute.Tensor{},
	}
	c.place, _ = e.Net.(model.NoisePlace)
	b.Upload(c.own, rawBytes(iota32(size)))
	scores := b.Alloc(b.Float(), size*size)
	for _, n := range []int{size, e.train.n % size, e.val.n % size} {
		c.scores[n] = scores.Head(n*n).Reshape(n, n)
	}
	for m := range c.found {
		c.found[m] = b.Alloc(compute.Float64, 2)
	}
	return c
}

func (c *closest) forward(m model.Mode, x, out compute.Tensor) {
	noised := x
	if c.place != nil {
		noised, x = c.place.BeforeNoise(x), c.place.Clean(x)
	}
	half := c.half.Head(x.Rows())
	c.b.Reduce(compute.SumSquares, half, x, compute.Rows, false)
	c.b.Axpby(-0.5, half, 0, half)
	if c.noise != nil && c.noise.On(m) {
		c.noise.Add(c.noised.Head(x.Rows()), noised, m)
		noised = c.noised.Head(x.Rows())
	}
	c.count(c.found[m].At(0), noised, x, half)
	c.count(c.found[m].At(1), out, x, half)
}

// count adds the number of hits among the queries q (n × d) to found. The cross-entropy of the
// scores counts rows whose largest entry is the given one.
func (c *closest) count(found, q, x, half compute.Tensor) {
	n := x.Rows()
	s := c.scores[n]
	c.b.Matmul(s, q, x, false, true, 1, 0)
	c.b.Binary(compute.Add, s, s, half)
	c.b.CrossEntropy(c.unused, c.hits, compute.Tensor{}, s, c.own.Head(n), 1)
	c.b.Binary(compute.Add, found, found, c.hits)
}

func (c *closest) sums(m model.Mode) []Buffer { return []Buffer{{"found", c.found[m]}} }

func (c *closest) read(m model.Mode, samples float64, s *metric.Snapshot) {
	found := floats(c.b, c.found[m])
	s.Closest = &metric.Closest{Samples: samples, Noised: found[0], Reconstructed: found[1]}
}
