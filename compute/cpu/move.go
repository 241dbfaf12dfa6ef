package cpu

import (
	"noise2sparse/compute"
	"noise2sparse/internal/dtype"
)

func (b *backend) Copy(dst, src compute.Tensor) {
	must(dst.Len() == src.Len(), "Copy", "two tensors of one length", dst, src)
	if dst.DType() == src.DType() {
		copy(bytes(dst), bytes(src))
		return
	}
	switch {
	case dst.DType() == dtype.Float32 && src.DType() == dtype.Float64:
		convert[float32, float64](dst, src)
	case dst.DType() == dtype.Float64 && src.DType() == dtype.Float32:
		convert[float64, float32](dst, src)
	default:
		must(false, "Copy", "equal types, or float32 and float64", dst, src)
	}
}

func convert[D, S float](dst, src compute.Tensor) {
	d := elems[D](dst)
	for i, v := range elems[S](src) {
		d[i] = D(v)
	}
}

func (b *backend) Fill(dst compute.Tensor, v float64) {
	switch dst.DType() {
	case dtype.Float32:
		fill(elems[float32](dst), float32(v))
	case dtype.Float64:
		fill(elems[float64](dst), v)
	case dtype.Int32:
		fill(elems[int32](dst), int32(v))
	case dtype.Int64:
		fill(elems[int64](dst), int64(v))
	case dtype.Uint8:
		fill(elems[uint8](dst), uint8(v))
	default:
		must(false, "Fill", "float32, float64, int32, int64 or uint8", dst)
	}
}

func fill[T element](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}

func (b *backend) Advance(counter compute.Tensor, by int64) {
	must(counter.DType() == dtype.Int64, "Advance", "an int64 counter", counter)
	c := elems[int64](counter)
	for i := range c {
		c[i] += by
	}
}

func (b *backend) NoteNonFinite(first, x, step compute.Tensor) {
	must(first.DType() == dtype.Int64 && step.DType() == dtype.Int64 && first.Len() == 1 && step.Len() == 1,
		"NoteNonFinite", "int64 scalars for the first step and the step", first, x, step)
	f := elems[int64](first)
	if f[0] >= 0 {
		return
	}
	bad := false
	switch mustFloats("NoteNonFinite", x) {
	case dtype.Float32:
		bad = anyNonFinite(elems[float32](x))
	case dtype.Float64:
		bad = anyNonFinite(elems[float64](x))
	}
	if bad {
		f[0] = elems[int64](step)[0]
	}
}

func anyNonFinite[T float](x []T) bool {
	for _, v := range x {
		if v-v != 0 { // NaN or infinite
			return true
		}
	}
	return false
}
