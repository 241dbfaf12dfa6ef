//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"
	"strconv"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// backend implements compute.Backend.
type backend struct {
	compute.Backend // the operations that are not here yet

	dev     *device
	stream  *gpu.Stream
	float   compute.DType
	options compute.Options
	arena   arena
	scratch scratch
	shared  []*shared
	blas    *gpu.Blas
	gemm    gpu.Gemm // the product in the making
	lt      lt
	dnn     dnn
	fault   gpu.Ptr // where kernels say what they found wrong: struct Fault of kernels/common.cuh
	launch  launch  // the launch in the making
	ops     operations
	graphs  graphs
	careful bool  // wait after each operation, so that an error is known to be its own
	err     error // the first failure
	closed  bool
	faultOf [faultBytes]byte
}

func open(index string, o compute.Options) (compute.Backend, error) {
	i, err := parseIndex(index)
	if err != nil {
		return nil, err
	}
	if o.Float != compute.Float32 && o.Float != compute.Float64 {
		return nil, fmt.Errorf("a GPU computes in float32 or float64, not in %v", o.Float)
	}
	dev, err := acquire(i)
	if err != nil {
		return nil, classify(err)
	}
	b := &backend{dev: dev, float: o.Float, options: o}
	b.arena.context = dev.Context
	b.launch.b = b
	if b.stream, err = dev.NewStream(); err != nil {
		return nil, classify(errors.Join(err, dev.release()))
	}
	b.fault = b.arena.alloc(b, faultBytes)
	b.check("open", b.stream.Set(b.fault, 0, faultBytes))
	b.ops.open(b)
	b.check("open", dev.alone(b.openLibraries))
	if b.err != nil {
		return nil, b.Close()
	}
	return b, nil
}

// openLibraries makes the handles of the libraries.
func (b *backend) openLibraries() error {
	if err := b.openBlas(); err != nil {
		return err
	}
	return b.dnn.open(b)
}

// closeLibraries gives them back.
func (b *backend) closeLibraries() error {
	errs := []error{b.dnn.close(), b.lt.close()}
	if b.blas != nil {
		errs = append(errs, b.blas.Close())
	}
	return errors.Join(errs...)
}

func (b *backend) Device() compute.Device {
	libraries := "cuBLAS " + b.blas.Version()
	if b.lt.handle != nil {
		libraries += ", cuBLASLt " + gpu.LtVersion()
	}
	if b.dnn.handle != nil {
		libraries += ", cuDNN " + gpu.DNNVersion()
	}
	return compute.Device{Backend: "cuda", Name: b.dev.Device.Name, BLAS: libraries}
}

func (b *backend) Float() compute.DType { return b.float }
func (b *backend) Allocated() int64     { return b.arena.handedOut }

// Sync waits for the stream, and asks what kernels found wrong.
func (b *backend) Sync() error {
	if b.err != nil || b.closed {
		return b.err
	}
	if err := b.stream.Download(b.faultOf[:], b.fault); err != nil {
		b.lost("Sync", err)
	} else if err := decodeFault(b.faultOf[:]); err != nil {
		b.err = err
	}
	if b.err == nil {
		b.graphs.settled()
	}
	return b.err
}

// Close gives everything back, whatever state the device is in. After a fault the driver refuses to
// free what is left; it goes with the context.
func (b *backend) Close() error {
	if b.closed {
		return b.err
	}
	failed := b.Sync() != nil
	if failed { // what was queued before may still read what is given back
		_ = b.stream.Sync()
	}
	b.closed = true
	errs := []error{b.graphs.close(), b.dev.alone(b.closeLibraries), b.leave(), b.arena.close(), b.stream.Close(), b.dev.release()}
	if !failed {
		b.err = errors.Join(errs...)
	}
	return b.err
}

// check keeps the first error of a call, with the operation that made it.
func (b *backend) check(op string, err error) {
	if err != nil && b.err == nil {
		b.lost(op, err)
	}
}

// await waits for an operation that was queued without an error, where b is careful: else what goes wrong
// on the device shows at a later call.
func (b *backend) await(err error) error {
	if err == nil && b.careful {
		return b.stream.Sync()
	}
	return err
}

// lost keeps an error of the device. Inside a replayed graph nobody knows which kernel it was, and the error says
// so: who knows the command says how to find out.
func (b *backend) lost(op string, err error) {
	if isOutOfMemory(err) && !errors.Is(err, compute.ErrOutOfMemory) {
		err = noRoom(b.dev.Context, 0, b.arena.reserved, err)
	}
	err = classify(err)
	gone := errors.Is(err, compute.ErrDeviceLost)
	where, runs := "", b.graphs.suspects()
	if runs != "" {
		where = " (it happened in " + runs + ")"
	}
	b.err = fmt.Errorf("GPU %d, %s: %s: %w%s", b.dev.Device.Index, b.dev.Device.Name, op, err, where)
	if runs != "" {
		b.err = &compute.RecordedError{Err: b.err, Device: strconv.Itoa(b.dev.Device.Index)}
	}
	if _, _, probe := b.dev.FreeMemory(); probe != nil && !gone {
		b.err = also{b.err, compute.ErrDeviceLost}
	}
}
