//go:build cgo && linux

package gpu

// #include "driver.h"
import "C"

import (
	"errors"
	"runtime"
	"unsafe"
)

// Mapped is memory of the host that kernels read where it lies, over the bus.
type Mapped struct {
	Ptr   Ptr // where the device sees it
	close func() error
}

// Map lets the device read b, which nobody may write to until Close. The system keeps its pages in
// memory; where it does not allow that for b, a copy in memory of the driver's own is mapped.
func (x *Context) Map(b []byte) (*Mapped, error) {
	m, err := x.register(b)
	var e *Error
	if err == nil || errors.As(err, &e) && e.Sticky() { // a lost device takes no copy either
		return m, err
	}
	m, cerr := x.mapCopy(b)
	if cerr != nil {
		return nil, errors.Join(err, cerr)
	}
	return m, nil
}

// Close ends the mapping when no work reads it any more.
func (m *Mapped) Close() error { return m.close() }

// register maps the pages of b themselves.
func (x *Context) register(b []byte) (*Mapped, error) {
	var pinner runtime.Pinner
	p := unsafe.Pointer(unsafe.SliceData(b))
	pinner.Pin(p)
	flags := C.uint(C.GPU_REGISTER_PORTABLE | C.GPU_REGISTER_MAPPED)
	if x.Device.ReadOnlyHost {
		flags |= C.GPU_REGISTER_READ_ONLY
	}
	if err := check("cuMemHostRegister", C.gpu_cuMemHostRegister(x.c, p, C.size_t(len(b)), flags)); err != nil {
		pinner.Unpin()
		return nil, err
	}
	return x.see(p, func() error {
		defer pinner.Unpin()
		return check("cuMemHostUnregister", C.gpu_cuMemHostUnregister(x.c, p))
	})
}

// mapCopy maps a copy of b.
func (x *Context) mapCopy(b []byte) (*Mapped, error) {
	pinned, err := x.AllocPinned(len(b))
	if err != nil {
		return nil, err
	}
	copy(pinned.Bytes, b)
	return x.see(unsafe.Pointer(unsafe.SliceData(pinned.Bytes)), pinned.Free)
}

// see asks for the device's address of p, and calls closing where there is none.
func (x *Context) see(p unsafe.Pointer, closing func() error) (*Mapped, error) {
	var d C.gpu_ptr
	if err := check("cuMemHostGetDevicePointer", C.gpu_cuMemHostGetDevicePointer(x.c, &d, p, 0)); err != nil {
		return nil, errors.Join(err, closing())
	}
	return &Mapped{Ptr: Ptr(d), close: closing}, nil
}
