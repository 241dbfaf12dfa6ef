package simd

import (
	"math"
	"math/rand/v2"
	"testing"

	"noise2sparse/compute/cpu/kernel"
)

// TestSteps: the optimizers' steps have the bits of their kernels, for gradients with zeros, NaN and
// infinities, and for products that underflow to 0.
func TestSteps(t *testing.T) {
	s := kernel.Step[float32]{Clip: 0.37, LR: 1e-3, Eps: 1e-8, Keep: 0.9, Add: 0.1, Add2: 0.001}
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(13, 14))
		for _, n := range lengths() {
			p, m, v, g := values(r, n, true), values(r, n, true), values(r, n, true), values(r, n, true)
			for i := range v {
				v[i] = float32(math.Abs(float64(v[i])))
				switch i % 4 {
				case 0:
					g[i] = 0
				case 1:
					g[i] = math.SmallestNonzeroFloat32
				}
			}
			p2, m2, v2 := clone(p), clone(m), clone(v)
			SparseAdam(p, m, v, g, &s)
			kernel.SparseAdam(p2, m2, v2, g, &s)
			same(t, "SparseAdam p", p, p2)
			same(t, "SparseAdam m", m, m2)
			same(t, "SparseAdam v", v, v2)
			SGD(p, m, g, &s)
			kernel.SGD(p2, m2, g, &s)
			same(t, "SGD p", p, p2)
			same(t, "SGD m", m, m2)
			SGD(p, nil, g, &s)
			kernel.SGD(p2, nil, g, &s)
			same(t, "SGD without momentum", p, p2)
			SparseSGD(p, m, g, &s)
			kernel.SparseSGD(p2, m2, g, &s)
			same(t, "SparseSGD p", p, p2)
			same(t, "SparseSGD m", m, m2)
			RMSProp(p, v, g, &s)
			kernel.RMSProp(p2, v2, g, &s)
			same(t, "RMSProp p", p, p2)
			same(t, "RMSProp s", v, v2)
		}
	})
}

func TestStepsDoNotAllocate(t *testing.T) {
	x := make([]float32, 4096)
	var s kernel.Step[float32]
	if n := testing.AllocsPerRun(10, func() {
		SGD(x, x, x, &s)
		SparseAdam(x, x, x, x, &s)
		SparseSGD(x, x, x, &s)
		RMSProp(x, x, x, &s)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSparseAdam(b *testing.B) {
	s := kernel.Step[float32]{Clip: 1, LR: 1e-4, Eps: 1e-8, Add: 0.1, Add2: 0.001}
	const n = 1 << 19
	r := rand.New(rand.NewPCG(1, 1))
	p, m, v, g := values(r, n, false), make([]float32, n), make([]float32, n), values(r, n, false)
	perLevel(b, 28*n, func() { SparseAdam(p, m, v, g, &s) })
}
