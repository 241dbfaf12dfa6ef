package computetest

import (
	"encoding/binary"
	"fmt"
	"math"

	"noise2sparse/compute"
)

var gatherChecks = []check{
	{"Float", checkGatherFloat},
	{"EveryHalf", checkGatherHalves},
	{"Uint8", checkGatherUint8},
	{"Labels", checkGatherLabels},
	{"Range", checkGatherRange},
	{"Panics", checkGatherPanics},
}

// gathered is the definition: rows of src (N × cols) picked by index, rounded to the float type.
func (e *env) gathered(src []float64, cols int, index []int) []float64 {
	want := make([]float64, 0, len(index)*cols)
	for _, r := range index {
		for _, v := range src[r*cols : (r+1)*cols] {
			want = append(want, e.round(v))
		}
	}
	return want
}

// someRows returns b indices below n, repetitions included, and the first and last row.
func (e *env) someRows(b, n int) []int {
	index := make([]int, b)
	for i := range index {
		index[i] = e.rng.IntN(n)
	}
	index[0] = n - 1
	index[b-1] = 0
	return index
}

func checkGatherFloat(e *env) {
	const n = 37
	for _, e := range e.offsets() {
		for _, dt := range []compute.DType{compute.Float32, compute.Float64} {
			for _, b := range []int{1, 3, 17, 65} {
				for _, cols := range []int{1, 3, 16, 17, 65, 256} {
					from := *e
					from.dt = dt
					values := from.mixed(n * cols)
					index := e.someRows(b, n)
					src, dst := e.putAs(dt, values, n, cols), e.out(b, cols)
					e.b.Gather(dst.Tensor, src.Tensor, e.ints(index).Tensor)
					what := fmt.Sprintf("Gather of %d rows from %v at offset %d", b, src.Tensor, e.before)
					want := e.gathered(values, cols, index)
					e.same(what, dst.get(), want)
					again := e.out(b, cols)
					e.b.Gather(again.Tensor, src.Tensor, e.longs(index).Tensor)
					e.same(what+" by an int64 index", again.get(), want)
				}
			}
		}
	}
}

// checkGatherHalves converts all 65536 numbers of both 16-bit types, in rows of three widths.
func checkGatherHalves(e *env) {
	bits := make([]byte, 0, 1<<17)
	for i := range 1 << 16 {
		bits = binary.LittleEndian.AppendUint16(bits, uint16(i))
	}
	for _, e := range e.offsets() {
		for _, dt := range []compute.DType{compute.Float16, compute.BFloat16} {
			for _, cols := range []int{1, 17, 256} {
				n := 1 << 16 / cols
				src := e.alloc(dt, n, cols)
				data := bits[:2*n*cols]
				e.b.Upload(src.Tensor, data)
				index := e.rng.Perm(n)
				dst := e.out(n, cols)
				e.b.Gather(dst.Tensor, src.Tensor, e.ints(index).Tensor)
				e.same(fmt.Sprintf("Gather from %v at offset %d", src.Tensor, e.before),
					dst.get(), e.gathered(decode(dt, data), cols, index))
			}
		}
	}
}

func checkGatherUint8(e *env) {
	for _, e := range e.offsets() {
		for _, cols := range []int{1, 3, 17, 64, 256} {
			values, scaled := make([]float64, 256*cols), make([]float64, 256*cols)
			for i := range values {
				values[i] = float64((i*7 + i/256) % 256)
				scaled[i] = values[i] / 255
			}
			src, dst := e.putAs(compute.Uint8, values, 256, cols), e.out(65, cols)
			index := e.someRows(65, 256)
			e.b.Gather(dst.Tensor, src.Tensor, e.ints(index).Tensor)
			e.same(fmt.Sprintf("Gather from %v at offset %d", src.Tensor, e.before), dst.get(), e.gathered(scaled, cols, index))
		}
	}
}

// checkGatherLabels: Int32 rows, such as labels, are copied as they are.
func checkGatherLabels(e *env) {
	for _, e := range e.offsets() {
		for _, cols := range []int{1, 3, 17} {
			for _, b := range []int{1, 17, 65} {
				values := make([]float64, 37*cols)
				for i := range values {
					values[i] = float64(int32(e.rng.Uint32()))
				}
				index := e.someRows(b, 37)
				want := make([]float64, 0, b*cols)
				for _, r := range index {
					want = append(want, values[r*cols:(r+1)*cols]...)
				}
				src, dst, long := e.putAs(compute.Int32, values, 37, cols), e.alloc(compute.Int32, b, cols), e.alloc(compute.Int32, b, cols)
				e.b.Gather(dst.Tensor, src.Tensor, e.ints(index).Tensor)
				e.same(fmt.Sprintf("Gather of %d int32 rows of %d", b, cols), dst.get(), want)
				e.b.Gather(long.Tensor, src.Tensor, e.longs(index).Tensor)
				e.same(fmt.Sprintf("Gather of %d int32 rows of %d by an int64 index", b, cols), long.get(), want)
			}
		}
		labels, dst := e.ints([]int{7, 8, 9}), e.alloc(compute.Int32, 2)
		e.b.Gather(dst.Tensor, labels.Tensor, e.ints([]int{2, 0}).Tensor)
		e.same("Gather of labels, vectors", dst.get(), []float64{9, 7})
	}
}

// checkGatherRange: an index outside the source is the error of Sync, from then on, and neither
// memory outside the destination is written nor does a later operation crash.
func checkGatherRange(e *env) {
	for _, dt := range []compute.DType{compute.Int32, compute.Int64} {
		bad := []float64{-1, 5, 6, math.MaxInt32, math.MinInt32}
		if dt == compute.Int64 {
			bad = append(bad, 1<<32, 1<<40+2, -1<<40)
		}
		for i, v := range bad {
			e.badIndex(dt, v, i%3)
		}
	}
}

// badIndex gathers 3 of 5 rows on a backend of its own, with v as the index at the given place.
func (e *env) badIndex(dt compute.DType, v float64, at int) {
	b, err := e.open(compute.Options{Float: e.dt})
	if err != nil {
		e.Fatalf("open: %v", err)
	}
	c := *e
	c.b, c.before = b, 3
	index := []float64{4, 0, 2}
	index[at] = v
	src, dst := c.put(c.normal(5*17), 5, 17), c.out(3, 17)
	b.Gather(dst.Tensor, src.Tensor, c.putAs(dt, index, 3).Tensor)
	if first := b.Sync(); first == nil {
		e.fail("Gather with %v index %v of 5 rows: Sync returned no error", dt, v)
	} else {
		c.afterFailure(dst, src, first)
	}
	_ = b.Close() // may return the failure again
}

func (e *env) afterFailure(dst, src operand, first error) {
	e.b.Fill(src.Tensor, 1)
	e.b.Gather(dst.Tensor, src.Tensor, e.ints([]int{99, 99, 99}).Tensor)
	if again := e.b.Sync(); again == nil || again.Error() != first.Error() {
		e.fail("Sync returned %q, and later %v: it must keep the first error", first, again)
	}
	all := encode(e.dt, make([]float64, dst.whole.Len()))
	for i := range all {
		all[i] = 0xFF // what a Download that does nothing leaves
	}
	e.b.Download(all, dst.whole)
	size := e.dt.Size()
	lo := e.before * size
	for i, x := range all {
		if (i < lo || i >= lo+dst.Bytes()) && x != 0xFF {
			e.fail("Gather with an index out of range wrote outside its destination")
			return
		}
	}
}

func checkGatherPanics(e *env) {
	b := e.b
	dst, src, index := e.zeros(2, 3), e.zeros(5, 3), b.Alloc(compute.Int32, 2)
	e.mustPanic([]misuse{
		{"Gather", []string{"[2 3]", "[5 4]"}, func() { b.Gather(dst, e.zeros(5, 4), index) }},
		{"Gather", []string{"[2 3]", "[3]"}, func() { b.Gather(dst, src, b.Alloc(compute.Int32, 3)) }},
		{"Gather", []string{"float"}, func() { b.Gather(dst, src, e.zeros(2)) }},
		{"Gather", []string{"int32"}, func() { b.Gather(b.Alloc(compute.Int32, 2, 3), src, index) }},
		{"Gather", []string{"int32"}, func() { b.Gather(dst, b.Alloc(compute.Int32, 5, 3), index) }},
	})
}
