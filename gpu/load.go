//go:build cgo && linux

package gpu

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "driver.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"unsafe"
)

// driverPath is the file that the driver was loaded from.
var driverPath string

// Load finds the driver and starts it, once per process. Its error wraps ErrNone: no driver is
// installed, it is too old, or it sees no device.
var Load = sync.OnceValue(func() error {
	candidates, err := places([]string{"libcuda.so.1"}, false)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNone, err)
	}
	if err := settings(); err != nil {
		return err
	}
	library, err := open(candidates)
	if err != nil {
		return fmt.Errorf("%w: no NVIDIA driver was found (%w)", ErrNone, err)
	}
	var message [256]C.char
	if C.gpu_driver(library, &message[0], C.size_t(len(message))) == 0 {
		return fmt.Errorf("%w: the driver %s is too old: %s", ErrNone, pathOf(library, "cuInit"), C.GoString(&message[0]))
	}
	if err := check("cuInit", C.gpu_cuInit(0)); err != nil {
		return fmt.Errorf("%w: a driver is installed, but does not start: %w", ErrNone, err)
	}
	driverPath = pathOf(library, "cuInit")
	return nil
})

// defaults are settings of the driver that it reads when it starts, where the environment does not have them: GPUs
// are numbered as nvidia-smi numbers them, a kernel is loaded when it is first used, and 32 streams reach the
// device each by a way of its own, where 8 would have runs side by side wait for one another.
var defaults = map[string]string{
	"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_MODULE_LOADING": "LAZY", "CUDA_DEVICE_MAX_CONNECTIONS": "32",
}

// settings puts the defaults into the environment, where the driver finds them.
func settings() error {
	for name, value := range defaults {
		if _, set := os.LookupEnv(name); set {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// openFile loads a library from a path, or by its bare name from where the system's loader looks.
func openFile(path string) (unsafe.Pointer, error) {
	var message [512]C.char
	c := C.CString(path)
	defer C.free(unsafe.Pointer(c))
	if library := C.gpu_open(c, &message[0], C.size_t(len(message))); library != nil {
		return library, nil
	}
	return nil, errors.New(C.GoString(&message[0]))
}

// closeFile forgets a library that openFile has loaded.
func closeFile(library unsafe.Pointer) {
	if library != nil {
		C.gpu_close(library)
	}
}

// absent tells whether a library is simply not there.
func absent(err error) bool { return strings.Contains(err.Error(), "cannot open shared object file") }

// open loads the first of the places that works.
func open(places []string) (unsafe.Pointer, error) {
	var problems []error
	for _, path := range places {
		library, err := openFile(path)
		if err == nil {
			return library, nil
		}
		problems = append(problems, err)
	}
	return nil, worst(problems)
}

// pathOf is the file of a loaded library that has the symbol.
func pathOf(library unsafe.Pointer, symbol string) string {
	var path [1024]C.char
	s := C.CString(symbol)
	defer C.free(unsafe.Pointer(s))
	C.gpu_path(library, s, &path[0], C.size_t(len(path)))
	return C.GoString(&path[0])
}

// driverVersion is the newest CUDA that the driver supports, as 13000 for 13.0.
func driverVersion() (int, error) {
	var v C.int
	err := check("cuDriverGetVersion", C.gpu_cuDriverGetVersion(&v))
	return int(v), err
}
