//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// shared is a dataset that several backends read: in the device's memory, or in the host's, over the bus.
type shared struct {
	p      gpu.Ptr
	mapped *gpu.Mapped // nil: p is the device's own memory
	users  int
	src    []byte // kept, so that its address stays its own
	why    compute.HostShare
}

// leastReserve is device memory in bytes that a dataset never takes, whatever the run says that it needs:
// chunks of the arena, cuBLAS's workspace and recorded graphs.
const leastReserve = 128 << 20

// Shared implements compute.Sharer.
func (b *backend) Shared(src []byte, dt compute.DType, shape ...int) compute.Tensor {
	buf := &buffer{n: len(src)}
	t := compute.NewTensor(buf, dt, shape...)
	if t.Bytes() != len(src) {
		panic(fmt.Sprintf("cuda: Shared of %d bytes as %v", len(src), t))
	}
	if b.err != nil || len(src) == 0 {
		return t
	}
	devicesLock.Lock()
	defer devicesLock.Unlock()
	s := b.dev.shared[&src[0]]
	if s == nil || len(s.src) != len(src) {
		if s = b.share(src); s == nil {
			return t
		}
	}
	s.users++
	b.shared = append(b.shared, s)
	if s.mapped == nil {
		b.arena.handedOut += int64(len(src))
	}
	buf.p = s.p
	return t
}

// OnHost implements compute.Sharer.
func (b *backend) OnHost() (all compute.HostShare) {
	for _, s := range b.shared {
		if s.mapped != nil {
			bytes := all.Bytes + int64(len(s.src))
			all = s.why
			all.Bytes = bytes
		}
	}
	return all
}

// share makes src readable for all: by a copy on the device, or where it lies.
func (b *backend) share(src []byte) *shared {
	s := &shared{src: src}
	onHost, err := b.keepOnHost(s)
	if err == nil && onHost {
		if s.mapped, err = b.dev.Map(src); err == nil {
			s.p = s.mapped.Ptr
		}
	} else if err == nil {
		err = b.copyToDevice(s)
	}
	if err != nil {
		b.check(fmt.Sprintf("a dataset of %d MiB", len(src)>>20), err)
		return nil
	}
	b.dev.shared[&src[0]] = s
	return s
}

// keepOnHost tells whether s has to stay in the host's memory.
func (b *backend) keepOnHost(s *shared) (bool, error) {
	switch b.options.Dataset {
	case "host":
		return true, nil
	case "device":
		return false, nil
	}
	free, _, err := b.dev.FreeMemory()
	s.why = compute.HostShare{Free: free, Reserve: max(b.options.Reserve, leastReserve)}
	return int64(len(s.src)) > free-s.why.Reserve, err
}

// copyToDevice waits, so that other streams find the copy whole.
func (b *backend) copyToDevice(s *shared) error {
	p, err := b.dev.Alloc(int64(len(s.src)))
	if err != nil {
		return b.arena.outOfMemory(err, int64(len(s.src)))
	}
	if err := errors.Join(b.stream.Upload(p, s.src), b.stream.Sync()); err != nil {
		return errors.Join(err, b.dev.Free(p))
	}
	s.p = p
	return nil
}

// leave gives up what b shares; the last one frees it.
func (b *backend) leave() error {
	devicesLock.Lock()
	defer devicesLock.Unlock()
	var errs []error
	for _, s := range b.shared {
		if s.users--; s.users > 0 {
			continue
		}
		if b.dev.shared[&s.src[0]] == s {
			delete(b.dev.shared, &s.src[0])
		}
		if s.mapped != nil {
			errs = append(errs, s.mapped.Close())
		} else {
			errs = append(errs, b.dev.Free(s.p))
		}
	}
	b.shared = nil
	return errors.Join(errs...)
}
