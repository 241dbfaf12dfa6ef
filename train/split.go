package train

import (
	"fmt"
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/data"
)

// deviceSplit is a part of the dataset (training or validation samples) in device memory, in the
// element type of its file.
type deviceSplit struct {
	n      int
	x      compute.Tensor // (n × d)
	labels compute.Tensor // Int32 [n 1], or Tensor{}
}

// upload moves a split to the device, once for all epochs, and for all runs there where they can share.
func upload(b compute.Backend, s data.Split) *deviceSplit {
	if len(s.X.Bytes) == 0 {
		return &deviceSplit{}
	}
	d := &deviceSplit{n: s.X.Rows()}
	d.x = compute.Shared(b, s.X.Bytes, s.X.DType, d.n, s.X.Len()/d.n)
	if s.Labels != nil {
		d.labels = b.Alloc(compute.Int32, d.n, 1)
		b.Upload(d.labels, rawBytes(s.Labels))
	}
	return d
}

// rawBytes views numbers as the little-endian bytes that devices take.
func rawBytes[T int32 | int64 | float32 | float64](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(x[0])))
}

// uploadFloats stores float64 numbers in a tensor of float32 or float64.
func uploadFloats(b compute.Backend, dst compute.Tensor, v []float64) {
	if dst.DType() == compute.Float64 {
		b.Upload(dst, rawBytes(v))
		return
	}
	f := make([]float32, len(v))
	for i, x := range v {
		f[i] = float32(x)
	}
	b.Upload(dst, rawBytes(f))
}

// floats reads a tensor of float32 or float64 as float64.
func floats(b compute.Backend, src compute.Tensor) []float64 {
	out := make([]float64, src.Len())
	switch src.DType() {
	case compute.Float64:
		b.Download(rawBytes(out), src)
	case compute.Float32:
		f := make([]float32, src.Len())
		b.Download(rawBytes(f), src)
		for i, x := range f {
			out[i] = float64(x)
		}
	default:
		panic(fmt.Sprintf("train: %v is not floating-point", src))
	}
	return out
}

// integer reads an Int64 [1].
func integer(b compute.Backend, src compute.Tensor) int64 {
	v := []int64{0}
	b.Download(rawBytes(v), src)
	return v[0]
}
