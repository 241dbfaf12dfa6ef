// Package cpu is the complete backend for processors: every operation of compute in plain Go,
// generic over float32 and float64, which is the specification of the others; the hot ones again
// as vector code (compute/cpu/simd), with the same bits; matrix products through OpenBLAS or
// gonum (compute/cpu/blas).
package cpu

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/cpu"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/blas"
)

func init() { compute.Register("cpu", open) }

// backend implements compute.Backend and all fused operations. It runs one operation at a time.
type backend struct {
	float     compute.DType
	device    compute.Device
	pool      *pool
	task      task // the operation in progress; one, reused, so that a step allocates nothing
	allocated int64
	err       error // the first failure
	partials  [maxPartials][2]float64
	indexCopy []int32
	columns   []float64 // sums of columns, see linear.go
	gradient  []float64 // coefficients of a gradient, see batchnorm.go
	noise     noise
	selection selection
	power     power
}

func open(index string, o compute.Options) (compute.Backend, error) {
	if index != "" {
		return nil, fmt.Errorf("the cpu has no devices to choose from: give cpu, not cpu:%s", index)
	}
	if o.Float != compute.Float32 && o.Float != compute.Float64 {
		return nil, fmt.Errorf("the cpu computes in float32 or float64, not in %v", o.Float)
	}
	threads := cores
	if o.Threads > 0 {
		threads = min(threads, o.Threads)
	}
	spareProcs(threads)
	b := &backend{float: o.Float, pool: newPool(threads)}
	b.device = compute.Device{Backend: "cpu", Name: processor(), Threads: threads, BLAS: blas.Name(), Warning: blas.Warning()}
	return b, nil
}

// cores is what this process may use: all, or what its container or GOMAXPROCS allows.
var cores = runtime.GOMAXPROCS(0)

// spareProcs gives the Go scheduler two more processors than there are computing threads. Matrix
// products are long calls into C. While all of its processors are in such calls, the scheduler keeps
// taking them away and waking threads that look for work, on the very cores that compute: on two
// cores 20,000 context switches a second, and a tenth of the step. It leaves them alone as long as
// one is idle.
func spareProcs(threads int) {
	if runtime.GOMAXPROCS(0) < threads+2 {
		runtime.GOMAXPROCS(threads + 2)
	}
}

// processor names the instruction set that decides speed and rounding.
func processor() string {
	switch {
	case cpu.X86.HasAVX512F:
		return runtime.GOARCH + " with AVX-512"
	case cpu.X86.HasAVX2:
		return runtime.GOARCH + " with AVX2"
	}
	return runtime.GOARCH
}

func (b *backend) Device() compute.Device { return b.device }
func (b *backend) Float() compute.DType   { return b.float }
func (b *backend) Allocated() int64       { return b.allocated }
func (b *backend) Sync() error            { return b.err }

func (b *backend) Close() error {
	b.pool.close()
	return b.err
}

// fail keeps the first error; later operations go on and their results are not to be used.
func (b *backend) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

// program runs its steps each time: there is nothing to record on a CPU.
type program func()

func (p program) Run(n int) {
	for range n {
		p()
	}
}

func (b *backend) Record(step func()) compute.Program { return program(step) }

// buffer is a piece of the Go heap, aligned to 64 bytes: a cache line, and the widest vector.
type buffer struct{ b []byte }

func (b *buffer) Bytes() int { return len(b.b) }

const alignment = 64

func (b *backend) Alloc(dt compute.DType, shape ...int) compute.Tensor {
	n := dt.Size()
	for _, d := range shape {
		if d < 0 {
			panic(fmt.Sprintf("cpu: Alloc: negative dimension in %v", shape))
		}
		n *= d
	}
	raw := make([]byte, n+alignment)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(raw)))) & (alignment - 1)
	b.allocated += int64(n)
	return compute.NewTensor(&buffer{raw[skip : skip+n : skip+n]}, dt, shape...)
}

// bytes is the memory of t.
func bytes(t compute.Tensor) []byte {
	buf := t.Buffer().(*buffer).b
	lo := t.Offset() * t.DType().Size()
	return buf[lo : lo+t.Bytes()]
}

type float interface{ float32 | float64 }

type element interface {
	float | uint8 | uint16 | int32 | int64
}

// elems views t as []T; the caller has checked the type.
func elems[T element](t compute.Tensor) []T {
	if !t.Valid() {
		return nil
	}
	raw := bytes(t)
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(raw))), t.Len())
}

func (b *backend) Upload(dst compute.Tensor, src []byte) {
	if len(src) != dst.Bytes() {
		panic(fmt.Sprintf("cpu: Upload of %d bytes into %v", len(src), dst))
	}
	copy(bytes(dst), src)
}

func (b *backend) Download(dst []byte, src compute.Tensor) {
	if len(dst) != src.Bytes() {
		panic(fmt.Sprintf("cpu: Download of %v into %d bytes", src, len(dst)))
	}
	copy(dst, bytes(src))
}
