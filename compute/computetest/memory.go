package computetest

import (
	"bytes"
	"fmt"
	"math"

	"noise2sparse/compute"
)

var memoryChecks = []check{
	{"Device", checkDevice},
	{"Alloc", checkAlloc},
	{"UploadDownload", checkTransfer},
	{"TransferSizes", checkTransferSizes},
	{"Copy", checkCopy},
	{"Fill", checkFill},
	{"Record", checkRecord},
	{"Repeat", checkRepeat},
}

// stored are the types that tensors can have.
var stored = []compute.DType{
	compute.Float16, compute.BFloat16, compute.Float32, compute.Float64,
	compute.Uint8, compute.Int32, compute.Int64, compute.Uint64,
}

func checkDevice(e *env) {
	if e.b.Float() != e.dt {
		e.Errorf("Float() is %v on a backend opened with %v", e.b.Float(), e.dt)
	}
	if d := e.b.Device(); d.Backend == "" || d.Name == "" {
		e.Errorf("Device() has an empty backend or name: %+v", d)
	}
	for _, threads := range []int{1, 2} {
		b, err := e.open(compute.Options{Float: e.dt, Threads: threads})
		if err != nil {
			e.Fatalf("open with %d threads: %v", threads, err)
		}
		if got := b.Device().Threads; got > threads {
			e.Errorf("opened with at most %d threads, Device() says %d", threads, got)
		}
		if err := b.Close(); err != nil {
			e.Errorf("Close: %v", err)
		}
	}
}

func checkAlloc(e *env) {
	for _, dt := range stored {
		for _, shape := range [][]int{{}, {1}, {17}, {3, 5}, {2, 3, 5}, {2, 3, 5, 7}} {
			before := e.b.Allocated()
			x := e.b.Alloc(dt, shape...)
			if x.DType() != dt || fmt.Sprint(x.Shape()) != fmt.Sprint(shape) {
				e.fail("Alloc(%v, %v) is %v", dt, shape, x)
			}
			if grown := e.b.Allocated() - before; grown < int64(x.Bytes()) || grown > int64(x.Bytes())+4096 {
				e.fail("Allocated grew by %d bytes for %v of %d bytes", grown, x, x.Bytes())
			}
			data := bytes.Repeat([]byte{0xA5}, x.Bytes())
			e.b.Download(data, x)
			if !bytes.Equal(data, make([]byte, x.Bytes())) {
				e.fail("Alloc(%v, %v) is not zero-filled", dt, shape)
			}
		}
	}
}

func checkTransfer(e *env) {
	for _, e := range e.offsets() {
		for _, dt := range stored {
			for _, n := range sizes {
				data := e.noiseBytes(n * dt.Size())
				x := e.alloc(dt, n)
				e.b.Upload(x.Tensor, data)
				if !bytes.Equal(x.bytes(), data) {
					e.fail("%v at offset %d: Download differs from what was uploaded", x.Tensor, e.before)
				}
				if n > 1 {
					part := make([]byte, (n-1)*dt.Size())
					e.b.Download(part, x.Slice(1, n))
					if !bytes.Equal(part, data[dt.Size():]) {
						e.fail("%v at offset %d: Download of all but the first element differs", x.Tensor, e.before)
					}
				}
			}
		}
	}
}

func (e *env) noiseBytes(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(e.rng.Uint32())
	}
	return data
}

func checkTransferSizes(e *env) {
	x := e.b.Alloc(e.dt, 3)
	for _, n := range []int{0, x.Bytes() - 1, x.Bytes() + 1} {
		if _, ok := expectPanic(func() { e.b.Upload(x, make([]byte, n)) }); !ok {
			e.fail("Upload of %d bytes to %v did not panic", n, x)
		}
		if _, ok := expectPanic(func() { e.b.Download(make([]byte, n), x) }); !ok {
			e.fail("Download of %v into %d bytes did not panic", x, n)
		}
	}
}

func checkCopy(e *env) {
	for _, e := range e.offsets() {
		for _, n := range sizes {
			for _, dt := range stored {
				src, dst := e.alloc(dt, n), e.alloc(dt, n, 1)
				data := e.noiseBytes(n * dt.Size())
				e.b.Upload(src.Tensor, data)
				e.b.Copy(dst.Tensor, src.Tensor)
				if !bytes.Equal(dst.bytes(), data) {
					e.fail("Copy of %v at offset %d differs", src.Tensor, e.before)
				}
			}
			values := append(e.mixed(n), 1+0x1p-24, 1+0x3p-24, 1e300, -1e-300, 0x1p-149, 0x1.8p-149, math.MaxFloat32*(1+0x1p-25))
			wide := e.putAs(compute.Float64, values, len(values))
			narrow, back := e.alloc(compute.Float32, len(values)), e.alloc(compute.Float64, len(values))
			e.b.Copy(narrow.Tensor, wide.Tensor)
			e.b.Copy(back.Tensor, narrow.Tensor)
			want := make([]float64, len(values))
			for i, v := range values {
				want[i] = float64(float32(v))
			}
			e.same("Copy float64 to float32", narrow.get(), want)
			e.same("Copy float32 to float64", back.get(), want)
		}
	}
}

func checkFill(e *env) {
	values := map[compute.DType][]float64{
		compute.Float32: {0, 0.1, -1, 1e30, math.Inf(1), math.NaN()},
		compute.Float64: {0, 0.1, -1, 1e300, math.Inf(-1), math.NaN()},
		compute.Uint8:   {0, 1, 255},
		compute.Int32:   {0, -1, 1 << 30},
		compute.Int64:   {0, -1, 1 << 40},
	}
	for _, e := range e.offsets() {
		for dt, list := range values {
			for i, v := range list {
				x := e.alloc(dt, sizes[(i+e.before)%len(sizes)])
				e.b.Fill(x.Tensor, v)
				want := make([]float64, x.Len())
				for i := range want {
					want[i] = roundTo(dt, v)
				}
				e.equal(fmt.Sprintf("Fill %v with %v", x.Tensor, v), x.get(), want)
			}
		}
	}
}

// checkRecord: Record alone does nothing that can be seen; each Run does the operations once,
// in order with what is around it, on the operands' contents of that moment.
func checkRecord(e *env) {
	counter, x, y, by := e.counter(0), e.put(e.normal(65), 5, 13), e.out(5, 13), e.scalar(2)
	e.b.Fill(y.Tensor, 1)
	program := e.b.Record(func() {
		e.b.Advance(counter.Tensor, 1)
		e.b.Binary(compute.Mul, y.Tensor, x.Tensor, by.Tensor)
	})
	e.equal("counter after Record", counter.get(), []float64{0})
	if got := y.get(); got[0] != 1 {
		e.fail("Record changed a destination: %v, want 1", got[0])
	}
	for run := 1; run <= 3; run++ {
		by.set([]float64{float64(run)})
		program.Run(1)
		want := x.get()
		for i := range want {
			want[i] = e.round(want[i] * float64(run))
		}
		e.equal(fmt.Sprintf("counter after run %d", run), counter.get(), []float64{float64(run)})
		e.same(fmt.Sprintf("result of run %d", run), y.get(), want)
	}
	program.Run(1)
	program.Run(1)
	e.b.Advance(counter.Tensor, 10)
	other := e.b.Record(func() { e.b.Advance(counter.Tensor, 100) })
	other.Run(1)
	program.Run(1)
	e.equal("counter after runs of two programs", counter.get(), []float64{116})
}

// checkRepeat: Run(n) is n runs, each of which finds what the one before has left, and comes between
// what is called around it.
func checkRepeat(e *env) {
	counter, x, y := e.counter(0), e.put(e.normal(65), 5, 13), e.out(5, 13)
	step := func() {
		e.b.Advance(counter.Tensor, 1)
		e.b.Axpby(1, x.Tensor, 0.5, y.Tensor)
	}
	e.b.Fill(y.Tensor, 0)
	program, runs := e.b.Record(step), 0
	for _, n := range []int{1, 0, -1, 2, 40, 15, 16, 17, 1, 100, 3} {
		program.Run(n)
		runs += max(0, n)
		e.equal(fmt.Sprintf("counter after %d more runs", n), counter.get(), []float64{float64(runs)})
	}
	got := y.get()
	e.b.Fill(y.Tensor, 0)
	for range runs {
		step()
	}
	e.same("what the runs leave", got, y.get())
}
