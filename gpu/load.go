//go:build cgo && linux

package gpu

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "driver.h"
*/
import "C"

import (
	"fmt"
	"sync"
	"unsafe"
)

// driverPath is the file that the driver was loaded from.
var driverPath string

// Load finds the driver and starts it, once per process. Its error wraps ErrNone: no driver is
// installed, it is too old, or it sees no device.
var Load = sync.OnceValue(func() error {
	library, err := open([]string{"libcuda.so.1"}, false)
	if err != nil {
		return fmt.Errorf("%w: no NVIDIA driver was found (%w)", ErrNone, err)
	}
	var message [256]C.char
	if C.n2s_driver(library, &message[0], C.size_t(len(message))) == 0 {
		return fmt.Errorf("%w: the driver %s is too old: %s", ErrNone, pathOf(library, "cuInit"), C.GoString(&message[0]))
	}
	if err := check("cuInit", C.n2s_cuInit(0)); err != nil {
		return fmt.Errorf("%w: a driver is installed, but does not start: %w", ErrNone, err)
	}
	driverPath = pathOf(library, "cuInit")
	return nil
})

// open loads the first of names that is found, in the folders of places.
func open(names []string, toolkit bool) (unsafe.Pointer, error) {
	candidates, err := places(names, toolkit)
	if err != nil {
		return nil, err
	}
	var first string
	for _, path := range candidates {
		var message [512]C.char
		c := C.CString(path)
		library := C.n2s_open(c, &message[0], C.size_t(len(message)))
		C.free(unsafe.Pointer(c))
		if library != nil {
			return library, nil
		}
		if first == "" {
			first = C.GoString(&message[0])
		}
	}
	return nil, fmt.Errorf("%s", first)
}

// pathOf is the file of a loaded library that has the symbol.
func pathOf(library unsafe.Pointer, symbol string) string {
	var path [1024]C.char
	s := C.CString(symbol)
	defer C.free(unsafe.Pointer(s))
	C.n2s_path(library, s, &path[0], C.size_t(len(path)))
	return C.GoString(&path[0])
}

// Versions of the driver: the newest CUDA that it supports.
func driverVersion() (int, error) {
	var v C.int
	err := check("cuDriverGetVersion", C.n2s_cuDriverGetVersion(&v))
	return int(v), err
}
