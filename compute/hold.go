package compute

import "strings"

// holder keeps a device of one backend open; index is the N of "cuda:N".
type holder func(index string) (release func() error, err error)

var holders = map[string]holder{}

// RegisterHold announces how a device of a backend is held. Backends call it from init.
func RegisterHold(backend string, hold holder) { holders[backend] = hold }

// Hold keeps a device such as "cuda:0" open until release is called, so that what backends on it share
// (its context, kernels, datasets) stays from one to the next. Where a device has nothing of the kind, such as
// the processor, it does nothing.
func Hold(device string) (release func() error, err error) {
	name, index, _ := strings.Cut(device, ":")
	hold, ok := holders[name]
	if !ok {
		return func() error { return nil }, nil
	}
	return hold(index)
}
