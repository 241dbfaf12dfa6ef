//go:build cgo && linux

package cuda

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"noise2sparse/compute"
)

func newTest(t *testing.T, o compute.Options) *backend {
	t.Helper()
	needRunner(t)
	if o.Float == 0 {
		o.Float = compute.Float32
	}
	b, err := openTest(o)
	if err != nil {
		t.Fatal(err)
	}
	return b.(*backend)
}

// panics returns what f panics with.
func panics(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}

// TestArgumentsAreChecked: a launch that does not fit its kernel's declaration panics and says how.
func TestArgumentsAreChecked(t *testing.T) {
	b := newTest(t, compute.Options{})
	defer b.Close()
	y, wide := b.Alloc(compute.Float32, 3), b.Alloc(compute.Float64, 3)
	for want, launch := range map[string]func(){
		"there is no kernel fill_f16":                          func() { b.kernel("fill_f16") },
		"argument 0 is double*, its parameter float* y":        func() { b.kernel("fill_f32").tensor(wide) },
		"argument 1 is double, its parameter float v":          func() { b.kernel("fill_f32").tensor(y).f64(1) },
		"argument 2 is int, its parameter long long n":         func() { b.kernel("fill_f32").tensor(y).f32(1).i32(3) },
		"2 arguments for its parameters":                       func() { b.kernel("fill_f32").tensor(y).f32(1).elements(3) },
		"more arguments than its parameters":                   func() { b.kernel("fill_f32").tensor(y).f32(1).i64(3).i64(3) },
		"argument 2 is unsigned long long, its parameter long": func() { b.kernel("fill_f32").tensor(y).f32(1).u64(3) },
	} {
		if got := panics(launch); !strings.Contains(got, want) {
			t.Errorf("panic %q, want %q", got, want)
		}
	}
}

// TestOutOfMemory: the error says what was needed and what there was, and stays.
func TestOutOfMemory(t *testing.T) {
	needStandIn(t)
	b := newTest(t, compute.Options{})
	b.Alloc(compute.Float32, 1<<20, 1<<12)
	err := b.Sync()
	if err == nil {
		t.Fatal("16 GiB were to be had")
	}
	for _, want := range []string{"16384 MiB were needed", "MiB are free", "CUDA_ERROR_OUT_OF_MEMORY"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q, want %q", err, want)
		}
	}
	x := b.Alloc(compute.Float32, 3)
	b.Fill(x, 1)
	if again := b.Sync(); again == nil || again.Error() != err.Error() {
		t.Errorf("then %v", again)
	}
	_ = b.Close()
	healthy := newTest(t, compute.Options{}) // what was left is free again
	if err := healthy.Close(); err != nil {
		t.Error(err)
	}
}

// TestFaultInAGraph: a fault while a graph is replayed names the graph and the replay, and says that it was
// recorded, for who knows the command to find the kernel; launched one by one it names the kernel.
func TestFaultInAGraph(t *testing.T) {
	needStandIn(t)
	for _, eager := range []bool{false, true} {
		b := newTest(t, compute.Options{Eager: eager})
		p, err := b.dev.Alloc(16)
		if err != nil {
			t.Fatal(err)
		}
		program := b.Record(func() { b.kernel("fill_f32").ptr(p).f32(1).i64(4).elements(4) })
		program.Run(1)
		program.Run(1)
		if err := errors.Join(b.Sync(), b.dev.Free(p)); err != nil {
			t.Fatal(err)
		}
		program.Run(1) // to an address that is nobody's now
		err = b.Sync()
		_ = b.Close()
		if err == nil {
			t.Fatal("no error")
		}
		for _, want := range []string{"GPU 0", "kernel fill_f32", "CUDA_ERROR_ILLEGAL_ADDRESS"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("eager %v: error %q, want %q", eager, err, want)
			}
		}
		var recorded *compute.RecordedError
		if hint := strings.Contains(err.Error(), "it happened in run 3 of graph 1 (1 kernels and copies)") && errors.As(err, &recorded) && recorded.Device == "0"; hint == eager {
			t.Errorf("eager %v: error %q", eager, err)
		}
	}
}

// TestSeveralAtOnce: backends that share a device, each in a goroutine of its own, do not disturb one
// another; under the race detector this is what the Go side is watched in.
func TestSeveralAtOnce(t *testing.T) {
	needRunner(t)
	const runs = 4
	var results [runs][]byte
	var wait sync.WaitGroup
	for i := range results {
		wait.Go(func() {
			b, err := openTest(compute.Options{Float: compute.Float32})
			if err != nil {
				t.Error(err)
				return
			}
			x, y, z := b.Alloc(compute.Float32, 8, 16), b.Alloc(compute.Float32, 8, 16), b.Alloc(compute.Float32, 8, 8)
			b.Uniform(x, -1, 1, 7, compute.PurposeInit)
			program := b.Record(func() {
				b.Binary(compute.Add, y, y, x)
				b.Matmul(z, x, y, false, true, 1, 1)
			})
			for range 20 {
				program.Run(1)
			}
			results[i] = make([]byte, z.Bytes())
			b.Download(results[i], z)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for i := range results {
		if !bytes.Equal(results[i], results[0]) || bytes.Equal(results[i], make([]byte, len(results[i]))) {
			t.Errorf("run %d differs from run 0", i)
		}
	}
}

// TestNothingGrows: over many steps, nothing is allocated on the device; after Close nothing is left.
func TestNothingGrows(t *testing.T) {
	needStandIn(t)
	free := func() int64 {
		all, err := compute.Accelerators("cuda", func(int) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		return all[0].Free
	}
	before := free()
	b := newTest(t, compute.Options{})
	x, total := b.Alloc(compute.Float32, 7, 5), b.Alloc(compute.Float64, 1)
	program := b.Record(func() { b.Reduce(compute.Sum, total, x, compute.All, true) })
	program.Run(1)
	reserved, inUse := b.arena.reserved, free()
	for range 10000 {
		program.Run(1)
	}
	if err := b.Sync(); err != nil {
		t.Fatal(err)
	}
	if b.arena.reserved != reserved || free() != inUse {
		t.Errorf("10,000 steps took %d bytes", b.arena.reserved-reserved)
	}
	if err := b.Close(); err != nil || free() != before {
		t.Errorf("after Close (%v) %d bytes are missing", err, before-free())
	}
}

// TestSharedMemory: two backends read one copy, which goes with the last of them.
func TestSharedMemory(t *testing.T) {
	needStandIn(t)
	data := bytes.Repeat([]byte{1, 2, 3, 4}, 1<<20)
	first, second := newTest(t, compute.Options{}), newTest(t, compute.Options{})
	free := func() int64 {
		n, _, err := first.dev.FreeMemory()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := free()
	x, y := compute.Shared(first, data, compute.Uint8, 1<<10, 1<<12), compute.Shared(second, data, compute.Uint8, 1<<10, 1<<12)
	if taken := before - free(); taken != int64(len(data)) {
		t.Errorf("two backends took %d bytes for the same %d", taken, len(data))
	}
	if address(x) != address(y) || address(compute.Shared(second, data[:4], compute.Uint8, 4)) == address(y) {
		t.Error("what is shared are equal slices, and no others")
	}
	held := int64(len(data))
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(data))
	first.Download(got, x)
	if err := first.Sync(); err != nil || !bytes.Equal(got, data) {
		t.Errorf("after the other's Close: %v, or other contents", err)
	}
	if free() < before-held {
		t.Error("the other's Close freed nothing of its own")
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
}

func float32s(b *backend, t compute.Tensor) []float32 {
	raw := make([]byte, t.Bytes())
	b.Download(raw, t)
	out := make([]float32, t.Len())
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}
