package compute

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Options are what a backend is opened with.
type Options struct {
	// Float is the type of parameters and activations; Float32 where it is Invalid.
	Float DType
	// Threads bounds the cores that a CPU backend uses; 0: all that this process may use.
	Threads int
	// Precision is how a GPU computes products of float32 matrices: "float32" or "", or with rounded
	// factors, "tf32" or "bf16". Everything else, and every sum, stays float32.
	Precision string
	// Eager launches recorded operations one by one, where they would be replayed as one graph, so that
	// a fault shows where it happens.
	Eager bool
	// CuDNN lets cuDNN do convolutions of float32 images that are no products, on a GPU. Open fails where
	// it is not found.
	CuDNN bool
	// Dataset is where Shared puts datasets: "device"; "host", in memory of the host that the device reads
	// where it lies; "auto" or "", on the device where Reserve bytes are left free beside them.
	Dataset string
	// Reserve is how many bytes of device memory the run will take beside its dataset, where that is known.
	Reserve int64
	// CuBLASLt lets cuBLASLt do float32 products together with what follows them, on a GPU. Open fails where
	// it is not found.
	CuBLASLt bool
}

// opener opens a device of one backend; index is the N of "cuda:N".
type opener func(index string, o Options) (Backend, error)

var openers = map[string]opener{}

// Register announces a backend by name. Backends call it from init; a second registration of one
// name panics.
func Register(name string, open func(index string, o Options) (Backend, error)) {
	if _, dup := openers[name]; dup {
		panic("compute: backend " + name + " registered twice")
	}
	openers[name] = open
}

// unknown says which backends there are.
func unknown(name string) error {
	return fmt.Errorf("no backend %q in this build; it has: %s", name, strings.Join(slices.Sorted(maps.Keys(openers)), ", "))
}

// Open opens a device such as "cpu" or "cuda:0".
func Open(device string, o Options) (Backend, error) {
	name, index, _ := strings.Cut(device, ":")
	open, ok := openers[name]
	if !ok {
		return nil, unknown(name)
	}
	if !o.Float.IsFloat() {
		o.Float = Float32
	}
	return open(index, o)
}
