//go:build cgo && linux

package cuda

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/compute/computetest"
	"noise2sparse/gpu"
)

// needLt skips a test where a GPU's machine has no cuBLASLt; the runner of these tests has one.
func needLt(t *testing.T) {
	t.Helper()
	needRunner(t)
	if err := gpu.LoadLt(); err != nil {
		if !onGPU {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// TestCuBLASLt: products through cuBLASLt hold to their definition, as their compositions do.
func TestCuBLASLt(t *testing.T) {
	needLt(t)
	if os.Getenv("NOISE2SPARSE_SLOW") != "1" && !onGPU {
		t.Skip("takes some seconds on the runner: set NOISE2SPARSE_SLOW=1, as scripts/test-cuda does")
	}
	families := []string{"linear"}
	if onGPU {
		families = append(families, "convolution", "whole", "threads")
	}
	for _, failure := range computetest.Failures(func(o compute.Options) (compute.Backend, error) {
		o.CuBLASLt = true
		return openTest(o)
	}, families...) {
		t.Error(failure)
	}
}

// layer is a ReLU layer with what is behind it.
type layer struct {
	b                                    *backend
	x, w, bias, y, fired, total, mask    compute.Tensor
	dy, v, dpre, dbias, residual, output compute.Tensor
	dw, db                               compute.Tensor
}

// newLayer makes one of n neurons, with a batch of 6 samples, 4 inputs and 3 outputs.
func newLayer(t *testing.T, o compute.Options, n int) *layer {
	t.Helper()
	b := newTest(t, o)
	const batch, in, out = 6, 4, 3
	// Parameters lie within a tensor; they begin 16 bytes into it here, the least that cuBLASLt is told of.
	numbers := func(seed uint64, shape ...int) compute.Tensor {
		n, skip := 1, gpu.LtAlignment/b.float.Size()
		for _, d := range shape {
			n *= d
		}
		x := b.Alloc(b.float, skip+n).Slice(skip, skip+n).Reshape(shape...)
		b.Uniform(x, -1, 1, seed, compute.PurposeInit)
		return x
	}
	return &layer{
		b: b, x: numbers(1, batch, in), w: numbers(2, n, in), bias: numbers(3, n), y: b.Alloc(b.float, batch, n),
		fired: b.Alloc(compute.Float64, n), total: b.Alloc(compute.Float64, n), mask: compute.ReLUMask(b, batch, n),
		dy: numbers(4, batch, out), v: numbers(5, out, n), dpre: b.Alloc(b.float, batch, n), dbias: b.Alloc(b.float, n),
		dw: b.Alloc(b.float, n, in), db: b.Alloc(b.float, n), residual: numbers(6, batch, in), output: b.Alloc(b.float, batch, in),
	}
}

func (l *layer) run() {
	compute.LinearReLU(l.b, l.y, l.x, l.w, l.bias, l.fired, l.total, l.mask)
	compute.LinearReLUBackward(l.b, l.dpre, l.dbias, l.dy, l.v, l.y, l.mask)
	compute.LinearGradient(l.b, l.dw, l.db, l.dpre, l.x)
}

// results are all that run writes, one after the other.
func (l *layer) results() []float64 {
	var all []float64
	for _, x := range []compute.Tensor{l.y, l.dpre, l.dbias, l.dw, l.db, l.fired, l.total} {
		wide := l.b.Alloc(compute.Float64, x.Len())
		l.b.Copy(wide, x.Flat())
		raw := make([]byte, wide.Bytes())
		l.b.Download(raw, wide)
		for i := 0; i < len(raw); i += 8 {
			all = append(all, math.Float64frombits(binary.LittleEndian.Uint64(raw[i:])))
		}
	}
	return all
}

// TestCuBLASLtAgrees: with cuBLASLt, a layer gives what it gives without, to rounding: where all goes through
// it, where the backward pass can't, and where nothing can.
func TestCuBLASLtAgrees(t *testing.T) {
	needLt(t)
	for _, neurons := range []int{16, 19, 17, 130} {
		plain, fused := newLayer(t, compute.Options{}, neurons), newLayer(t, compute.Options{CuBLASLt: true}, neurons)
		for range 2 {
			plain.run()
			fused.run()
		}
		want := plain.results()
		for i, got := range fused.results() {
			if !(math.Abs(got-want[i]) < 1e-5) { // sums of a few products below 1, in float32
				t.Fatalf("%d neurons: result %d is %v with cuBLASLt, %v without", neurons, i, got, want[i])
			}
		}
		if err := errors.Join(plain.b.Close(), fused.b.Close()); err != nil {
			t.Error(err)
		}
	}
}

// byLt counts the products that cuBLASLt does, by epilogue.
func (l *layer) byLt() map[gpu.Epilogue]int {
	n := map[gpu.Epilogue]int{}
	for s, p := range l.b.lt.products {
		if p != nil {
			n[s.Epilogue]++
		}
	}
	return n
}

// TestCuBLASLtIsAskedFor: no product goes through cuBLASLt unless compute.Options asks, and with it only
// those that it has a way for; the stand-in has none forwards for 17 neurons, nor back for 19. Whatever
// it does not do is composed.
func TestCuBLASLtIsAskedFor(t *testing.T) {
	needStandIn(t)
	needLt(t)
	for _, c := range []struct {
		o       compute.Options
		neurons int
		want    map[gpu.Epilogue]int
	}{
		{compute.Options{}, 16, nil},
		{compute.Options{CuBLASLt: true}, 16, map[gpu.Epilogue]int{gpu.EpilogueReLUMaskBias: 1, gpu.EpilogueDReLUBiasGrad: 1, gpu.EpilogueBiasGradB: 1}},
		{compute.Options{CuBLASLt: true, Precision: "tf32"}, 16, map[gpu.Epilogue]int{gpu.EpilogueReLUMaskBias: 1, gpu.EpilogueDReLUBiasGrad: 1, gpu.EpilogueBiasGradB: 1}},
		{compute.Options{CuBLASLt: true, Precision: "bf16"}, 130, map[gpu.Epilogue]int{gpu.EpilogueReLUMaskBias: 1, gpu.EpilogueDReLUBiasGrad: 1, gpu.EpilogueBiasGradB: 1}},
		{compute.Options{CuBLASLt: true}, 17, map[gpu.Epilogue]int{gpu.EpilogueBiasGradB: 1}},
		{compute.Options{CuBLASLt: true}, 19, map[gpu.Epilogue]int{gpu.EpilogueReLUMaskBias: 1, gpu.EpilogueBiasGradB: 1}},
		{compute.Options{CuBLASLt: true, Float: compute.Float64}, 16, nil},
	} {
		l := newLayer(t, c.o, c.neurons)
		l.run()
		if got := l.byLt(); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%+v, %d neurons: products by cuBLASLt %v, want %v", c.o, c.neurons, got, c.want)
		}
		if has := strings.Contains(l.b.Device().BLAS, "cuBLASLt"); has != c.o.CuBLASLt {
			t.Errorf("%+v: the device's libraries are %q", c.o, l.b.Device().BLAS)
		}
		if err := l.b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestMaskOfOtherActivations: the backward pass looks at the activations where the mask is not of them.
func TestMaskOfOtherActivations(t *testing.T) {
	needLt(t)
	l := newLayer(t, compute.Options{CuBLASLt: true}, 16)
	defer l.b.Close()
	l.run()
	other := l.b.Alloc(l.b.float, 6, 16)
	l.b.Fill(other, 1)
	compute.LinearReLUBackward(l.b, l.dpre, l.dbias, l.dy, l.v, other, l.mask)
	got := fmt.Sprint(float32s(l.b, l.dpre))
	l.b.Matmul(l.dpre, l.dy, l.v, false, false, 1, 0)
	if want := fmt.Sprint(float32s(l.b, l.dpre)); got != want {
		t.Errorf("all neurons are active, but the gradient is %s, want %s", got, want)
	}
}

// TestCuBLASLtFinish: a bias, a residual and ReLU are part of the product; what cuBLASLt has not is composed.
func TestCuBLASLtFinish(t *testing.T) {
	needStandIn(t)
	needLt(t)
	l := newLayer(t, compute.Options{CuBLASLt: true}, 16)
	defer l.b.Close()
	w, bias := l.b.Alloc(l.b.float, 4, 4), l.b.Alloc(l.b.float, 4)
	for _, c := range []struct {
		e    compute.Epilogue
		want int // products that cuBLASLt was asked about
	}{
		{compute.Epilogue{}, 0},
		{compute.Epilogue{Bias: bias}, 1},
		{compute.Epilogue{Bias: bias, GELU: true}, 1},
		{compute.Epilogue{Bias: bias, ReLU: true}, 2},
		{compute.Epilogue{ReLU: true}, 3},
		{compute.Epilogue{Residual: l.residual}, 4},
		{compute.Epilogue{Residual: l.residual, Bias: bias, ReLU: true}, 5},
		{compute.Epilogue{Bias: bias, Scale: bias, Shift: bias}, 5},
	} {
		compute.LinearFinish(l.b, l.output, l.x, w, c.e)
		if got := len(l.b.lt.products); got != c.want {
			t.Errorf("%+v: cuBLASLt was asked about %d products, want %d", c.e, got, c.want)
		}
	}
}

// TestCuBLASLtInAGraph: recorded products give the bits of single calls, and take no more memory.
func TestCuBLASLtInAGraph(t *testing.T) {
	needLt(t)
	results := map[bool]string{}
	for _, eager := range []bool{false, true} {
		l := newLayer(t, compute.Options{CuBLASLt: true, Eager: eager}, 130)
		program := l.b.Record(l.run)
		program.Run(1)
		reserved := l.b.arena.reserved
		for range 3 {
			program.Run(1)
		}
		results[eager] = fmt.Sprint(l.results())
		if err := l.b.Sync(); err != nil || l.b.arena.reserved != reserved {
			t.Errorf("eager %v: %v, %d bytes more", eager, err, l.b.arena.reserved-reserved)
		}
		if err := l.b.Close(); err != nil {
			t.Error(err)
		}
	}
	if results[false] != results[true] {
		t.Error("a graph and single calls give other bits")
	}
}

// TestCuBLASLtPrecision: factors are rounded as the precision says.
func TestCuBLASLtPrecision(t *testing.T) {
	needStandIn(t)
	needLt(t)
	const x = 1 + 0x1p-9 + 0x1p-20
	for precision, want := range map[string]float32{"float32": 4 * x, "tf32": 4 * (1 + 0x1p-9), "bf16": 4} {
		l := newLayer(t, compute.Options{CuBLASLt: true, Precision: precision}, 16)
		l.b.Fill(l.x, x)
		l.b.Fill(l.w, 1)
		l.b.Fill(l.bias, 0)
		l.run()
		if got := float32s(l.b, l.y)[0]; got != want {
			t.Errorf("%s: %v, want %v", precision, got, want)
		}
		if err := l.b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCuBLASLtErrors: an error has the operation, its shapes, cuBLASLt's call and its status.
func TestCuBLASLtErrors(t *testing.T) {
	needStandIn(t)
	needLt(t)
	l := newLayer(t, compute.Options{CuBLASLt: true}, 16)
	l.run()
	for s, p := range l.b.lt.products {
		l.b.lt.products[s] = nil
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		s.N = 1 << 28 // beyond the memory that there is
		other, err := l.b.lt.handle.Product(s)
		if err != nil || other == nil {
			t.Fatal(other, err)
		}
		s.N = 6
		l.b.lt.products[s] = other
	}
	l.run()
	err := l.b.Sync()
	for _, want := range []string{"LinearReLU of ", "[6 4]", "[16 4]", "cuBLASLt", "cublasLtMatmul", "CUBLAS_STATUS_EXECUTION_FAILED"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	_ = l.b.Close()
}
