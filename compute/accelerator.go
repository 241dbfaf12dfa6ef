package compute

// Accelerator is a device beside the processor that Open can open.
type Accelerator struct {
	Index   int    // the N of "cuda:N"
	Name    string // the model
	Free    int64  // bytes of its memory that nobody uses; -1: not asked for, or not known
	Total   int64  // bytes
	Problem error  // why Free could not be asked for; nil: nothing is known to be wrong
}

// lister lists a backend's devices, with the free memory of those that asked names: to ask may take time and
// memory of the device.
type lister func(asked func(index int) bool) ([]Accelerator, error)

var listers = map[string]lister{}

// RegisterAccelerators announces how the devices of a backend are listed. Backends call it from init.
func RegisterAccelerators(backend string, list lister) { listers[backend] = list }

// Accelerators lists a backend's devices, with the free memory of those for which asked is true. The error says
// what is missing where there are none.
func Accelerators(backend string, asked func(index int) bool) ([]Accelerator, error) {
	list, ok := listers[backend]
	if !ok {
		return nil, unknown(backend)
	}
	return list(asked)
}
