package compute

// Sharer is a backend whose device other backends compute on too, reading the same memory.
type Sharer interface {
	// Shared returns a tensor with the elements of src, which lies on the device once for all backends
	// that ask for the same slice. Nobody may write to it, nor to src.
	Shared(src []byte, dt DType, shape ...int) Tensor
}

// Shared puts a dataset onto b's device: once for all runs there, where b can share. It is only read;
// len(src) must be the tensor's bytes.
func Shared(b Backend, src []byte, dt DType, shape ...int) Tensor {
	if s, ok := b.(Sharer); ok {
		return s.Shared(src, dt, shape...)
	}
	t := b.Alloc(dt, shape...)
	b.Upload(t, src)
	return t
}
