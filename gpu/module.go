//go:build cgo && linux

package gpu

/*
#cgo noescape gpu_launch
#cgo nocallback gpu_launch
#include <stdlib.h>
#include "driver.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"
)

// MaxArgs is how many arguments a kernel may have.
const MaxArgs = C.GPU_MAX_ARGS

// Module is loaded code: a fatbin, a cubin or PTX.
type Module struct {
	x *Context
	m C.gpu_handle
}

// LoadModule loads code onto the device.
func (x *Context) LoadModule(image []byte) (*Module, error) {
	p := C.CBytes(append(image[:len(image):len(image)], 0)) // PTX is text that ends in a zero
	defer C.free(p)
	m := &Module{x: x}
	if err := check("cuModuleLoadData", C.gpu_cuModuleLoadData(x.c, &m.m, p)); err != nil {
		return nil, err
	}
	return m, nil
}

// Close unloads the code. A nil module is none.
func (m *Module) Close() error {
	if m == nil {
		return nil
	}
	return check("cuModuleUnload", C.gpu_cuModuleUnload(m.x.c, m.m))
}

// Kernel is a function of a module that runs on the device.
type Kernel struct {
	Name string
	x    *Context
	f    C.gpu_handle

	lock   sync.Mutex
	shared int // what AllowShared has asked for
}

// ErrNoKernel means that a module has no kernel of that name.
var ErrNoKernel = errors.New("no such kernel")

// Kernel returns the kernel of that name.
func (m *Module) Kernel(name string) (*Kernel, error) {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	k := &Kernel{Name: name, x: m.x}
	err := check("cuModuleGetFunction", C.gpu_cuModuleGetFunction(m.x.c, &k.f, m.m, s))
	var e *Error
	if errors.As(err, &e) && e.Code == C.GPU_NOT_FOUND {
		return nil, fmt.Errorf("%w: %s", ErrNoKernel, name)
	}
	return k, err
}

// ParamSizes are the sizes of the kernel's parameters in bytes, as compiled; nil where the driver is
// older than CUDA 12.4 and can't tell.
func (k *Kernel) ParamSizes() []int {
	var sizes []int
	for i := range MaxArgs {
		var offset, size C.size_t
		if C.gpu_cuFuncGetParamInfo(k.x.c, k.f, C.size_t(i), &offset, &size) != 0 {
			break
		}
		sizes = append(sizes, int(size))
	}
	return sizes
}

// AllowShared lets a launch give the kernel's blocks up to n bytes of dynamic shared memory. Without
// it, and for less on every device, the limit is 48 KiB. The limit only grows: several streams may use
// the kernel.
func (k *Kernel) AllowShared(n int) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	if n <= k.shared {
		return nil
	}
	if err := check("cuFuncSetAttribute", C.gpu_cuFuncSetAttribute(k.x.c, k.f, C.GPU_DYNAMIC_SHARED, C.int(n))); err != nil {
		return err
	}
	k.shared = n
	return nil
}

// Dim is the size of a grid in blocks, or of a block in threads. A zero counts as 1.
type Dim struct{ X, Y, Z int }

// String is "(4, 2)".
func (d Dim) String() string {
	switch {
	case d.Z > 1:
		return fmt.Sprintf("(%d, %d, %d)", d.X, d.Y, d.Z)
	case d.Y > 1:
		return fmt.Sprintf("(%d, %d)", d.X, d.Y)
	}
	return fmt.Sprintf("%d", d.X)
}

// Launch queues the kernel with dynamic shared memory of that many bytes for each block. words holds
// the arguments in order, each in a word of its own, little end first.
func (k *Kernel) Launch(s *Stream, grid, block Dim, shared int, words []uint64) error {
	if len(words) > MaxArgs {
		return fmt.Errorf("kernel %s: %d arguments, at most %d are supported", k.Name, len(words), MaxArgs)
	}
	dims := [6]C.uint{side(grid.X), side(grid.Y), side(grid.Z), side(block.X), side(block.Y), side(block.Z)}
	status := C.gpu_launch(k.x.c, k.f, &dims[0], C.uint(shared), s.s, (*C.uint64_t)(unsafe.SliceData(words)), C.int(len(words)))
	if status == 0 {
		return nil
	}
	return failure("cuLaunchKernel", status)
}

func side(n int) C.uint { return C.uint(max(n, 1)) }
