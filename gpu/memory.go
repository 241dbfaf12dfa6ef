//go:build cgo && linux

package gpu

/*
#cgo noescape gpu_upload
#cgo nocallback gpu_upload
#cgo noescape gpu_download
#cgo nocallback gpu_download
#include "driver.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Ptr is an address in device memory; 0 is none.
type Ptr uint64

// Alloc returns n bytes of device memory with any contents.
func (x *Context) Alloc(n int64) (Ptr, error) {
	var p C.gpu_ptr
	err := check("cuMemAlloc", C.gpu_cuMemAlloc(x.c, &p, C.size_t(n)))
	return Ptr(p), err
}

// Free gives memory back, after all work that uses it.
func (x *Context) Free(p Ptr) error { return check("cuMemFree", C.gpu_cuMemFree(x.c, C.gpu_ptr(p))) }

// AllocAsync is Alloc in the order of a stream, from the device's pool.
func (s *Stream) AllocAsync(n int64) (Ptr, error) {
	var p C.gpu_ptr
	err := check("cuMemAllocAsync", C.gpu_cuMemAllocAsync(s.x.c, &p, C.size_t(n), s.s))
	return Ptr(p), err
}

// FreeAsync gives AllocAsync's memory back when the stream gets there.
func (s *Stream) FreeAsync(p Ptr) error {
	return check("cuMemFreeAsync", C.gpu_cuMemFreeAsync(s.x.c, C.gpu_ptr(p), s.s))
}

// Upload copies h to the device behind the stream's work so far, and waits for that.
func (s *Stream) Upload(d Ptr, h []byte) error {
	if len(h) == 0 {
		return nil
	}
	return check("cuMemcpyHtoDAsync", C.gpu_upload(s.x.c, C.gpu_ptr(d), unsafe.Pointer(&h[0]), C.size_t(len(h)), s.s))
}

// Download copies from the device to h behind the stream's work so far, and waits for that.
func (s *Stream) Download(h []byte, d Ptr) error {
	if len(h) == 0 {
		return nil
	}
	return check("cuMemcpyDtoHAsync", C.gpu_download(s.x.c, unsafe.Pointer(&h[0]), C.gpu_ptr(d), C.size_t(len(h)), s.s))
}

// Copy copies n bytes within the device.
func (s *Stream) Copy(d, from Ptr, n int) error {
	if n == 0 {
		return nil
	}
	return check("cuMemcpyDtoDAsync", C.gpu_cuMemcpyDtoDAsync(s.x.c, C.gpu_ptr(d), C.gpu_ptr(from), C.size_t(n), s.s))
}

// Set sets n bytes to v.
func (s *Stream) Set(d Ptr, v byte, n int64) error {
	if n == 0 {
		return nil
	}
	return check("cuMemsetD8Async", C.gpu_cuMemsetD8Async(s.x.c, C.gpu_ptr(d), C.uchar(v), C.size_t(n), s.s))
}

// Pinned is host memory that the device reads and writes by itself, so that copies run beside work.
type Pinned struct {
	Bytes []byte
	x     *Context
}

// AllocPinned returns n bytes of pinned memory, n > 0.
func (x *Context) AllocPinned(n int) (*Pinned, error) {
	if n <= 0 {
		return nil, fmt.Errorf("gpu: %d bytes of pinned memory", n)
	}
	var p unsafe.Pointer
	if err := check("cuMemHostAlloc", C.gpu_cuMemHostAlloc(x.c, &p, C.size_t(n), C.GPU_PORTABLE|C.GPU_MAPPED)); err != nil {
		return nil, err
	}
	return &Pinned{Bytes: unsafe.Slice((*byte)(p), n), x: x}, nil
}

// Upload queues a copy to the device, and waits for nothing.
func (p *Pinned) Upload(s *Stream, d Ptr) error {
	return check("cuMemcpyHtoDAsync", C.gpu_cuMemcpyHtoDAsync(s.x.c, C.gpu_ptr(d), unsafe.Pointer(&p.Bytes[0]), C.size_t(len(p.Bytes)), s.s))
}

// Download queues a copy from the device, and waits for nothing.
func (p *Pinned) Download(s *Stream, d Ptr) error {
	return check("cuMemcpyDtoHAsync", C.gpu_cuMemcpyDtoHAsync(s.x.c, unsafe.Pointer(&p.Bytes[0]), C.gpu_ptr(d), C.size_t(len(p.Bytes)), s.s))
}

// Free gives it back. Nothing may be copying.
func (p *Pinned) Free() error {
	h := unsafe.Pointer(unsafe.SliceData(p.Bytes))
	p.Bytes = nil
	if h == nil {
		return nil
	}
	return check("cuMemFreeHost", C.gpu_cuMemFreeHost(p.x.c, h))
}
