// Package compute defines what a device can do: Tensor, its memory, and Backend, the operations
// on it. Backends (compute/cpu, compute/cuda) register themselves and are opened by name.
//
// Shapes are static and known when a network is built, so a wrong shape is a programming error
// and panics with the operation's name and the shapes. What can go wrong on a device while it
// runs (memory, a fault) is kept by the backend and returned by Sync; what operations compute after
// the first failure is not to be used.
//
// What changes from step to step (learning rate, noise amount, step number) is an operand in
// device memory, a tensor of shape [1], so that a recorded step can be replayed.
//
// A Backend is used by one goroutine at a time. Its operations run in order.
package compute

import "errors"

// Backend is everything that a device must be able to do. The families are small, so that a new
// operation touches one of them. Fused operations are optional interfaces: see fused.go.
type Backend interface {
	Memory
	Elementwise
	Matmul
	Reduce
	Select
	Random
	Loss
	Update
	Convolve
}

// Memory is the family that owns, moves and fills tensors, and orders work.
type Memory interface {
	// Device says what this backend computes on.
	Device() Device

	// Float is the type of parameters and activations: Float32, or Float64 where it was asked for.
	Float() DType

	// Alloc returns a zero-filled tensor. All of a backend's memory is freed by Close.
	Alloc(dt DType, shape ...int) Tensor

	// Allocated is the number of bytes that Alloc has handed out.
	Allocated() int64

	// Upload copies little-endian elements from the host. len(src) must be dst.Bytes().
	Upload(dst Tensor, src []byte)

	// Download copies elements to the host, after all earlier operations.
	// len(dst) must be src.Bytes().
	Download(dst []byte, src Tensor)

	// Copy sets dst to src. The numbers of elements must agree; Float32 and Float64 are converted
	// into each other, other types must agree.
	Copy(dst, src Tensor)

	// Fill sets every element of dst (Float32, Float64, Int32, Int64 or Uint8) to v, converted to
	// its type.
	Fill(dst Tensor, v float64)

	// Record prepares a sequence of operations to be run many times. step must do the same calls
	// each time it is called; it may be called at once, at each Run, or once only.
	Record(step func()) Program

	// Sync waits for all operations and returns the first error since the backend was opened.
	Sync() error

	// Close frees everything and returns what Sync would. The backend and its tensors can't be
	// used afterwards.
	Close() error
}

// ErrOutOfMemory is in the chain of an error that came of too little memory on a device. It says nothing
// about the next attempt: others may have given memory back by then.
var ErrOutOfMemory = errors.New("out of device memory")

// ErrDeviceLost is in the chain of an error after which no backend of this process can use the device any
// more, those of other runs included: the process has to end.
var ErrDeviceLost = errors.New("the device is lost to this process")

// ErrUnavailable is in the chain of an error of opening a device that others keep from being used just now, as
// a process that has it for itself alone does. It says nothing about the next attempt.
var ErrUnavailable = errors.New("the device is in use by others")

// RecordedError is an error that came of recorded operations, of which nobody knows which one it was. Run with
// Options.Eager, the operation itself says so.
type RecordedError struct {
	Err    error
	Device string // the N of "cuda:N"
}

func (e *RecordedError) Error() string { return e.Err.Error() }

// Unwrap gives the error itself.
func (e *RecordedError) Unwrap() error { return e.Err }

// Program is a recorded sequence of operations.
type Program interface {
	// Run starts the recorded operations n times in a row, after all earlier ones; n < 1: never. It
	// computes what n calls of Run(1) do, bit for bit, but a backend may start several runs at once.
	Run(n int)
}

// Device describes what a backend computes on.
type Device struct {
	Backend string `json:"backend"` // "cpu", "cuda"
	Name    string `json:"name"`    // model of the processor or GPU
	Threads int    `json:"threads"` // cores used; 0 where it has no meaning
	BLAS    string `json:"blas"`    // matrix library with its version
	// Warning is one line about what makes this device slower than it could be, or "".
	Warning string `json:"warning,omitempty"`
}
