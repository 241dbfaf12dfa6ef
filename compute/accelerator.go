package compute

// Accelerator is a device beside the processor that Open can open.
type Accelerator struct {
	Index int    // the N of "cuda:N"
	Name  string // the model
	Free  int64  // bytes of its memory that nobody uses
	Total int64  // bytes
}

var listers = map[string]func() ([]Accelerator, error){}

// RegisterAccelerators announces how the devices of a backend are listed. Backends call it from init.
func RegisterAccelerators(backend string, list func() ([]Accelerator, error)) {
	listers[backend] = list
}

// Accelerators lists a backend's devices. The error says what is missing where there are none.
func Accelerators(backend string) ([]Accelerator, error) {
	list, ok := listers[backend]
	if !ok {
		return nil, unknown(backend)
	}
	return list()
}
