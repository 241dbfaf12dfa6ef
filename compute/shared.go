package compute

// Sharer is a backend whose device other backends compute on too, reading the same memory.
type Sharer interface {
	// Shared returns a tensor with the elements of src, which lies once for all backends that ask for the
	// same slice: on the device, or in the host's memory, as Options.Dataset says. Nobody may write to
	// it, nor to src.
	Shared(src []byte, dt DType, shape ...int) Tensor
	// OnHost tells what of it the device reads from the host's memory.
	OnHost() HostShare
}

// HostShare is what a device reads from the host's memory.
type HostShare struct {
	Bytes int64 // of datasets; 0: all are on the device
	// Free is how much of the device's memory was free, and Reserve how much of that the run was to
	// have, where Bytes did not fit; 0 where they were not asked.
	Free, Reserve int64
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

// OnHost tells what b's device reads from the host's memory.
func OnHost(b Backend) HostShare {
	if s, ok := b.(Sharer); ok {
		return s.OnHost()
	}
	return HostShare{}
}
