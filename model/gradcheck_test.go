package model_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

// gradientCase is a small network whose gradients are compared with finite differences.
type gradientCase struct {
	name   string
	config model.Config
	input  int
	output int
	batch  int
	seed   uint64
	// pseudo names a parameter whose gradient is not the loss's derivative, on purpose.
	pseudo string
	// prepare, where given, changes inputs or Spec before the network is built.
	prepare func(b compute.Backend, s *model.Spec)
}

// checkGradients compares all of a network's gradients with central differences, in float64. The
// loss is a fixed random linear function of the outputs, so every output counts. Inputs are
// normal; a case whose differences straddle a kink of its activation needs another seed.
func checkGradients(t *testing.T, c gradientCase) {
	t.Helper()
	var ps problem.List
	if c.config.Check(&ps); len(ps.All()) > 0 {
		t.Fatal(ps.All())
	}
	b := openFloat64(t)
	rng := rand.New(rand.NewPCG(c.seed, 7))
	s := model.Spec{Input: c.input, Output: c.output, Batch: c.batch, Seed: c.seed}
	if c.prepare != nil {
		c.prepare(b, &s)
	}
	net, err := model.New(b, c.config, s)
	if err != nil {
		t.Fatal(err)
	}
	x, weights := normals(rng, c.batch*c.input), normals(rng, c.batch*c.output)
	input, dout := tensor(b, x, c.batch, c.input), tensor(b, weights, c.batch, c.output)
	loss := func() float64 {
		var sum float64
		for i, v := range values(b, net.Forward(input, model.Train)) {
			sum += v * weights[i]
		}
		for _, h := range net.Hidden() {
			if lambda := h.ActivityL1(); lambda > 0 {
				for _, a := range values(b, h.Post) {
					sum += lambda * math.Abs(a) / float64(c.batch)
				}
			}
		}
		return sum
	}
	net.Params().Project(b)
	loss()
	net.Backward(dout)
	for _, p := range net.Params().List {
		if c.pseudo != "" && strings.HasSuffix(p.Name, c.pseudo) {
			continue
		}
		got, original := values(b, p.Grad), values(b, p.Value)
		scale := 0.0
		for _, g := range got {
			scale = max(scale, math.Abs(g))
		}
		if scale == 0 {
			t.Errorf("%s: the whole gradient is 0: this case checks nothing", p.Name)
		}
		for i := range original {
			want := difference(b, p.Value, original, i, loss)
			if math.Abs(got[i]-want) > 1e-7*max(1, scale) {
				t.Errorf("%s[%d]: gradient %.10g, finite difference %.10g", p.Name, i, got[i], want)
			}
		}
	}
	if err := b.Sync(); err != nil {
		t.Error(err)
	}
}

// difference is the central difference of loss along element i of p, whose values are original.
func difference(b compute.Backend, p compute.Tensor, original []float64, i int, loss func() float64) float64 {
	const h = 1e-6
	at := func(delta float64) float64 {
		moved := append([]float64{}, original...)
		moved[i] += delta
		upload(b, p, moved)
		return loss()
	}
	d := (at(h) - at(-h)) / (2 * h)
	upload(b, p, original)
	return d
}

func openFloat64(t *testing.T) compute.Backend {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{Float: compute.Float64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func normals(rng *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return v
}

// tensor is a new Float64 tensor that holds v.
func tensor(b compute.Backend, v []float64, shape ...int) compute.Tensor {
	t := b.Alloc(compute.Float64, shape...)
	upload(b, t, v)
	return t
}

func upload(b compute.Backend, t compute.Tensor, v []float64) {
	b.Upload(t, unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 8*len(v)))
}

// values reads a Float64 tensor.
func values(b compute.Backend, t compute.Tensor) []float64 {
	v := make([]float64, t.Len())
	b.Download(unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 8*len(v)), t)
	return v
}
