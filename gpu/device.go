//go:build cgo && linux

package gpu

// #include "driver.h"
import "C"

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unsafe"
)

// Device is one GPU, as the driver numbers those that CUDA_VISIBLE_DEVICES leaves.
type Device struct {
	Index        int
	Name         string
	Major, Minor int    // compute capability: 9, 0 is sm_90
	SMs          int    // multiprocessors
	MaxShared    int    // bytes of shared memory that a block may be given
	Memory       int64  // bytes
	ReadOnlyHost bool   // memory of the host may be mapped for reading alone
	PCI          string // bus number, by which NVML finds the same device
	UUID         string // the device's own, of 32 hexadecimal digits; that of a slice of one (MIG) is the slice's
	handle       C.int
}

// CUDA numbers versions as 13000 for 13.0.
func versionText(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

// DriverCUDA is the newest CUDA version that the driver supports, such as "13.0".
func DriverCUDA() (string, error) {
	if err := Load(); err != nil {
		return "", err
	}
	v, err := driverVersion()
	return versionText(v), err
}

// DriverPath is the file that the driver was loaded from.
func DriverPath() string { return driverPath }

// Devices lists the GPUs. There being none is an error that wraps ErrNone.
func Devices() ([]Device, error) {
	if err := Load(); err != nil {
		return nil, err
	}
	var n C.int
	if err := check("cuDeviceGetCount", C.gpu_cuDeviceGetCount(&n)); err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: a driver is installed, but it sees no device (CUDA_VISIBLE_DEVICES may hide them)", ErrNone)
	}
	out := make([]Device, n)
	for i := range out {
		if err := out[i].describe(i); err != nil {
			return nil, fmt.Errorf("GPU %d: %w", i, err)
		}
	}
	return out, nil
}

func (d *Device) describe(i int) error {
	d.Index = i
	if err := check("cuDeviceGet", C.gpu_cuDeviceGet(&d.handle, C.int(i))); err != nil {
		return err
	}
	var text [256]C.char
	if err := check("cuDeviceGetName", C.gpu_cuDeviceGetName(&text[0], C.int(len(text)), d.handle)); err != nil {
		return err
	}
	d.Name = C.GoString(&text[0])
	if err := check("cuDeviceGetPCIBusId", C.gpu_cuDeviceGetPCIBusId(&text[0], C.int(len(text)), d.handle)); err != nil {
		return err
	}
	d.PCI = C.GoString(&text[0])
	var uuid [16]C.uchar
	if err := check("cuDeviceGetUuid", C.gpu_cuDeviceGetUuid(unsafe.Pointer(&uuid[0]), d.handle)); err != nil {
		return err
	}
	d.UUID = hex.EncodeToString(C.GoBytes(unsafe.Pointer(&uuid[0]), C.int(len(uuid))))
	var bytes C.size_t
	if err := check("cuDeviceTotalMem", C.gpu_cuDeviceTotalMem(&bytes, d.handle)); err != nil {
		return err
	}
	d.Memory = int64(bytes)
	readOnly := 0
	for which, to := range map[C.int]*int{
		C.GPU_SMS: &d.SMs, C.GPU_MAJOR: &d.Major, C.GPU_MINOR: &d.Minor, C.GPU_MAX_SHARED: &d.MaxShared, C.GPU_READ_ONLY_HOST: &readOnly,
	} {
		var v C.int
		if err := check("cuDeviceGetAttribute", C.gpu_cuDeviceGetAttribute(&v, which, d.handle)); err != nil {
			return err
		}
		*to = int(v)
	}
	d.ReadOnlyHost = readOnly != 0
	return nil
}

// Context is a device's primary context: everything below lives in one. All of a process's contexts
// on one device are the same.
type Context struct {
	Device Device
	c      C.gpu_handle
	close  func() error
}

// contexts is held while a primary context is taken or given back: whoever takes one that has just gone must
// find that noted (gpu_leave), since the new one may be at the old one's address.
var contexts sync.Mutex

// Open opens GPU i.
func Open(i int) (*Context, error) {
	all, err := Devices()
	if err != nil {
		return nil, err
	}
	if i < 0 || i >= len(all) {
		return nil, fmt.Errorf("there is no GPU %d: this machine shows GPU 0 to %d", i, len(all)-1)
	}
	x := &Context{Device: all[i]}
	contexts.Lock()
	defer contexts.Unlock()
	// Who waits for the device sleeps, rather than keep a core busy: runs side by side wait a lot. Where a
	// driver does not change that of a context in use, it stays as it is.
	_ = C.gpu_cuDevicePrimaryCtxSetFlags(x.Device.handle, C.GPU_BLOCKING_SYNC)
	if err := check("cuDevicePrimaryCtxRetain", C.gpu_cuDevicePrimaryCtxRetain(&x.c, x.Device.handle)); err != nil {
		return nil, fmt.Errorf("GPU %d: %w", i, err)
	}
	x.close = sync.OnceValue(func() error {
		contexts.Lock()
		defer contexts.Unlock()
		return check("cuDevicePrimaryCtxRelease", C.gpu_leave(x.Device.handle))
	})
	return x, nil
}

// Close gives the context back. The last one of the process on a device frees all
// that the process has left there. Closing it again does
// nothing, and says what the first Close did.
func (x *Context) Close() error { return x.close() }

// FreeMemory is the device's memory in bytes: what no process uses, and all.
func (x *Context) FreeMemory() (free, total int64, err error) {
	var f, t C.size_t
	err = check("cuMemGetInfo", C.gpu_cuMemGetInfo(x.c, &f, &t))
	return int64(f), int64(t), err
}

// leastForLibraries is device memory in bytes with which cuBLAS and cuDNN certainly start.
const leastForLibraries = 256 << 20

// starting marks the error of a library that does not start where the device is nearly full: some then say only
// that they are not initialized.
func (x *Context) starting(err error) error {
	var e *Error
	if errors.As(err, &e) && strings.HasSuffix(e.Name, "_STATUS_NOT_INITIALIZED") {
		if free, _, ferr := x.FreeMemory(); ferr == nil && free < leastForLibraries {
			e.full = true
		}
	}
	return err
}
