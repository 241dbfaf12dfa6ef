//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"noise2sparse/compute"
	"noise2sparse/gpu"
	"noise2sparse/kernels"
)

// device is what the backends on one GPU share. The first one opens it, the last one closes it; who holds it counts.
type device struct {
	*gpu.Context
	module  *gpu.Module
	kernels map[string]*kernel
	users   int
	shared  map[*byte]*shared // by the first byte on the host

	// capturing is held for reading while a stream is captured, and for writing during calls that wait for the
	// whole device: a context refuses those while one of its streams is captured, and what is captured is lost.
	// Libraries make such calls when they are opened, closed and first used, the driver as it loads code.
	capturing sync.RWMutex
}

// alone does what must not go on beside a capture.
func (d *device) alone(f func() error) error {
	d.capturing.Lock()
	defer d.capturing.Unlock()
	return f()
}

// kernel is a function of the module with what its source says of its parameters.
type kernel struct {
	*gpu.Kernel
	params []kernels.Param
}

var (
	devicesLock sync.Mutex
	devices     = map[int]*device{}
)

// accelerators lists the GPUs with the free memory of those that asked names. One that can't tell is listed all
// the same.
func accelerators(asked func(int) bool) ([]compute.Accelerator, error) {
	found, err := gpu.Devices()
	if err != nil {
		return nil, err
	}
	var out []compute.Accelerator
	for i := range found {
		d := &found[i]
		a := compute.Accelerator{Index: d.Index, Name: d.Name, Free: -1, Total: d.Memory}
		if asked(d.Index) {
			free, total, err := freeMemory(d)
			if err == nil {
				a.Free, a.Total = free, total
			} else {
				a.Problem = fmt.Errorf("GPU %d: %w", d.Index, classify(err))
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// freeMemory is what no process uses of a device's memory, and all. NVML tells without touching the
// device; a context takes time and memory of its own, and a device may admit only one process. Where there
// is no NVML, and of a slice of a device (MIG), of which NVML tells the whole, it takes a context.
func freeMemory(d *gpu.Device) (free, total int64, err error) {
	if u, err := d.Use(); err == nil && u.Total <= d.Memory+d.Memory/8 {
		return u.Free, d.Memory, nil
	}
	x, err := gpu.Open(d.Index)
	if err != nil {
		return 0, 0, err
	}
	free, total, err = x.FreeMemory()
	return free, total, errors.Join(err, x.Close())
}

// acquire opens GPU i, or joins those who have.
func acquire(i int) (*device, error) {
	devicesLock.Lock()
	defer devicesLock.Unlock()
	if d := devices[i]; d != nil {
		d.users++
		return d, nil
	}
	x, err := gpu.Open(i)
	if err != nil {
		return nil, err
	}
	d := &device{Context: x, users: 1, shared: map[*byte]*shared{}}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, d.module.Close(), x.Close())
	}
	devices[i] = d
	return d, nil
}

// release leaves the device.
func (d *device) release() error {
	devicesLock.Lock()
	defer devicesLock.Unlock()
	if d.users--; d.users > 0 {
		return nil
	}
	delete(devices, d.Device.Index)
	_, err := d.dropIdle()
	return errors.Join(err, d.module.Close(), d.Context.Close())
}

// hold implements compute.Hold.
func hold(index string) (release func() error, err error) {
	i, err := parseIndex(index)
	if err != nil {
		return nil, err
	}
	d, err := acquire(i)
	if err != nil {
		return nil, classify(err)
	}
	return sync.OnceValue(func() error {
		_, _, lost := d.FreeMemory()
		if err := d.release(); lost == nil {
			return err
		}
		return nil // after a fault the driver refuses to give anything back; all goes with the process
	}), nil
}

// parseIndex is the N of "cuda:N"; "" is 0.
func parseIndex(index string) (int, error) {
	if index == "" {
		return 0, nil
	}
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 {
		return 0, fmt.Errorf("there is no GPU %q: give a number, as in cuda:0", index)
	}
	return i, nil
}

// load puts the kernels onto the device, and compares each with its source's declaration.
func (d *device) load() error {
	image, err := kernels.Image()
	if err != nil {
		return err
	}
	signatures, err := kernels.Signatures()
	if err != nil {
		return err
	}
	if d.module, err = d.loadFirst(image, kernels.PTX()); err != nil {
		return d.explain(err)
	}
	d.kernels = map[string]*kernel{}
	for name, s := range signatures {
		k, err := d.module.Kernel(name)
		if errors.Is(err, gpu.ErrNoKernel) {
			return fmt.Errorf("the compiled kernels have no %s, which %s declares: run `make cuda build`", name, s.File)
		}
		if err != nil {
			return err
		}
		if err := agree(s, k.ParamSizes()); err != nil {
			return err
		}
		d.kernels[name] = &kernel{k, s.Params}
	}
	return nil
}

// loadFirst loads the first image that the driver takes; an empty one is none. The error is the first
// one's: of what the device should have taken.
func (d *device) loadFirst(images ...[]byte) (*gpu.Module, error) {
	var first error
	for _, image := range images {
		if len(image) == 0 {
			continue
		}
		m, err := d.LoadModule(image)
		if err == nil || isOutOfMemory(err) {
			return m, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// explain adds to an error of loading what usually is behind it: kernels compiled for newer drivers.
func (d *device) explain(err error) error {
	if isOutOfMemory(err) {
		return fmt.Errorf("GPU %d, %s, has no room for the CUDA kernels: %w", d.Device.Index, d.Device.Name, noRoom(d.Context, 0, 0, err))
	}
	driver, verr := gpu.DriverCUDA()
	if verr != nil {
		return err
	}
	needs := "they need a driver as new as the nvcc that compiled them"
	if by := kernels.CompiledBy(); by != "" && os.Getenv(kernels.EnvImage) == "" {
		needs = fmt.Sprintf("they were compiled by nvcc %s and need %s", by, kernels.Needs(by))
	}
	return fmt.Errorf("the CUDA kernels can't be loaded on %s (compute capability %d.%d, driver for CUDA %s): %w; "+
		"%s: update the driver, or compile them with an nvcc of its version (`NVCC=PATH make cuda build`)",
		d.Device.Name, d.Device.Major, d.Device.Minor, driver, err, needs)
}

// agree compares a declaration with the sizes that the driver tells of the compiled kernel.
func agree(s kernels.Signature, sizes []int) error {
	if sizes == nil {
		return nil // an older driver, which can't tell
	}
	same := len(sizes) == len(s.Params)
	for i := 0; same && i < len(sizes); i++ {
		same = sizes[i] == s.Params[i].Size()
	}
	if !same {
		return fmt.Errorf("kernel %s takes %v, but was compiled with parameters of %v bytes: run `make cuda build`", s.Name, s.Params, sizes)
	}
	return nil
}
