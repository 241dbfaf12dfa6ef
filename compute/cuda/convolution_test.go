//go:build cgo && linux

package cuda

import (
	"fmt"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/compute/computetest"
	"noise2sparse/gpu"
)

// needDNN skips a test where a GPU's machine has no cuDNN; the runner has its own.
func needDNN(t *testing.T) {
	t.Helper()
	needRunner(t)
	if err := gpu.LoadDNN(); err != nil {
		if !onGPU {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// TestCuDNN: convolutions through cuDNN hold to their definition, as their compositions do.
func TestCuDNN(t *testing.T) {
	needDNN(t)
	for _, failure := range computetest.Failures(func(o compute.Options) (compute.Backend, error) {
		o.CuDNN = true
		return openTest(o)
	}, "convolution") {
		t.Error(failure)
	}
}

// convolving is one convolution with all that it takes.
type convolving struct {
	b               *backend
	x, w, y, dx, dw compute.Tensor
	c               compute.Convolution
}

// convolve makes 2 images (6 × 6 × 3), 4 results, 3×3 windows with a border: all ones but for x and w.
func convolve(t *testing.T, o compute.Options, x, w float64) *convolving {
	t.Helper()
	b := newTest(t, o)
	v := &convolving{b: b, x: b.Alloc(b.float, 2, 6, 6, 3), w: b.Alloc(b.float, 4, 3, 3, 3), y: b.Alloc(b.float, 2, 6, 6, 4)}
	v.dx, v.dw = b.Alloc(b.float, 2, 6, 6, 3), b.Alloc(b.float, 4, 3, 3, 3)
	v.c = compute.Convolution{Window: compute.Window{Size: 3, Stride: 1, Pad: 1}, Patches: b.Alloc(b.float, 72*27), Weights: b.Alloc(b.float, 4*27)}
	b.Fill(v.x, x)
	b.Fill(v.w, w)
	return v
}

func (v *convolving) run() {
	compute.ConvolveFinish(v.b, v.y, v.x, v.w, v.c, compute.Epilogue{})
	compute.ConvolveInput(v.b, v.dx, v.y, v.w, v.c)
	compute.ConvolveWeight(v.b, v.dw, v.y, v.x, v.c)
}

// TestCuDNNIsAskedFor: no convolution goes through cuDNN unless compute.Options asks, and with it only
// those that it is for.
func TestCuDNNIsAskedFor(t *testing.T) {
	needDNN(t)
	for _, c := range []struct {
		o    compute.Options
		w    compute.Window
		want int // shapes that cuDNN was told of
	}{
		{compute.Options{}, compute.Window{Size: 3, Stride: 1, Pad: 1}, 0},
		{compute.Options{CuDNN: true}, compute.Window{Size: 3, Stride: 1, Pad: 1}, 1},
		{compute.Options{CuDNN: true, Precision: "tf32"}, compute.Window{Size: 3, Stride: 2}, 1},
		{compute.Options{CuDNN: true}, compute.Window{Size: 3, Stride: 3}, 0},
		{compute.Options{CuDNN: true, Float: compute.Float64}, compute.Window{Size: 3, Stride: 1, Pad: 1}, 0},
		{compute.Options{CuDNN: true, Precision: "bf16"}, compute.Window{Size: 3, Stride: 1, Pad: 1}, 0},
	} {
		v := convolve(t, c.o, 1, 1)
		v.c.Window = c.w
		v.y = v.b.Alloc(v.b.float, 2, c.w.Out(6), c.w.Out(6), 4)
		v.run()
		if len(v.b.dnn.shapes) != c.want {
			t.Errorf("%+v, %+v: cuDNN was told of %d convolutions, want %d", c.o, c.w, len(v.b.dnn.shapes), c.want)
		}
		if has := strings.Contains(v.b.Device().BLAS, "cuDNN"); has != c.o.CuDNN {
			t.Errorf("%+v: the device's libraries are %q", c.o, v.b.Device().BLAS)
		}
		if err := v.b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCuDNNHasNoWay: a convolution that cuDNN does not do is composed, to the bits of one that it is not asked for.
func TestCuDNNHasNoWay(t *testing.T) {
	needStandIn(t)
	needDNN(t)
	results := map[bool]string{}
	for _, asked := range []bool{false, true} {
		v := convolve(t, compute.Options{CuDNN: asked}, 1, 1)
		v.c = compute.Convolution{Window: compute.Window{Size: 5, Stride: 4}, Patches: v.b.Alloc(v.b.float, 2*75), Weights: v.b.Alloc(v.b.float, 4*75)}
		v.w, v.dw, v.y = v.b.Alloc(v.b.float, 4, 3, 5, 5), v.b.Alloc(v.b.float, 4, 3, 5, 5), v.b.Alloc(v.b.float, 2, 1, 1, 4)
		v.b.Uniform(v.x, -1, 1, 7, compute.PurposeInit)
		v.b.Uniform(v.w, -1, 1, 8, compute.PurposeInit)
		v.run()
		results[asked] = fmt.Sprint(float32s(v.b, v.y), float32s(v.b, v.dx), float32s(v.b, v.dw))
		for s, c := range v.b.dnn.shapes {
			if c != nil {
				t.Errorf("cuDNN does %+v", s)
			}
		}
		if asked && len(v.b.dnn.shapes) != 1 {
			t.Errorf("cuDNN was told of %d convolutions", len(v.b.dnn.shapes))
		}
		if err := v.b.Close(); err != nil {
			t.Error(err)
		}
	}
	if results[false] != results[true] {
		t.Error("other bits than by composition")
	}
}

// TestCuDNNInAGraph: recorded convolutions give the bits of single calls, and take no more memory.
func TestCuDNNInAGraph(t *testing.T) {
	needDNN(t)
	results := map[bool]string{}
	for _, eager := range []bool{false, true} {
		v := convolve(t, compute.Options{CuDNN: true, Eager: eager}, 1, 1)
		v.b.Uniform(v.x, -1, 1, 7, compute.PurposeInit)
		program := v.b.Record(v.run)
		program.Run(1)
		reserved := v.b.arena.reserved
		for range 3 {
			program.Run(1)
		}
		results[eager] = fmt.Sprint(float32s(v.b, v.y), float32s(v.b, v.dx), float32s(v.b, v.dw))
		if err := v.b.Sync(); err != nil || v.b.arena.reserved != reserved {
			t.Errorf("eager %v: %v, %d bytes more", eager, err, v.b.arena.reserved-reserved)
		}
		if err := v.b.Close(); err != nil {
			t.Error(err)
		}
	}
	if results[false] != results[true] {
		t.Error("a graph and single calls give other bits")
	}
}

// TestCuDNNPrecision: factors are rounded where the precision is tf32, and nowhere else.
func TestCuDNNPrecision(t *testing.T) {
	needStandIn(t)
	needDNN(t)
	const x = 1 + 0x1p-9 + 0x1p-20
	for precision, want := range map[string]float32{"float32": 12 * x, "tf32": 12 * (1 + 0x1p-9)} {
		v := convolve(t, compute.Options{CuDNN: true, Precision: precision}, x, 1)
		v.run()
		if got := float32s(v.b, v.y)[0]; got != want { // a corner: 4 places of 3 channels
			t.Errorf("%s: %v, want %v", precision, got, want)
		}
		if err := v.b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCuDNNErrors: an error has the operation, its shapes, cuDNN's call and cuDNN's words.
func TestCuDNNErrors(t *testing.T) {
	needStandIn(t)
	needDNN(t)
	v := convolve(t, compute.Options{CuDNN: true}, 1, 1)
	v.run()
	for s, c := range v.b.dnn.shapes {
		other, err := v.b.dnn.handle.Convolution(gpu.ConvolutionShape{
			Batch: 2, Height: 3000, Width: 3000, In: 3, OutHeight: 3000, OutWidth: 3000, Out: 4, Size: 3, Stride: 1, Pad: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		v.b.dnn.shapes[s] = other // beyond the memory that there is
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	v.run()
	err := v.b.Sync()
	for _, want := range []string{"ConvolveFinish", "[2 6 6 3]", "[4 3 3 3]", "cudnnConvolutionForward", "CUDNN_STATUS_EXECUTION_FAILED", "outside of device memory"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	_ = v.b.Close()
}
