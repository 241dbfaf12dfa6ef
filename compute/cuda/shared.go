//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// shared is a dataset that several backends read: in the device's memory, or in the host's, over the bus. While the
// device stays open it outlives them, for the next one that reads it, until another dataset comes or the memory is
// needed.
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
	_, err := b.dev.dropIdle()
	onHost := false
	if err == nil {
		onHost, err = b.keepOnHost(s)
	}
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
	if isOutOfMemory(err) {
		return noRoom(b.dev.Context, int64(len(s.src)), b.arena.reserved, err)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(b.stream.Upload(p, s.src), b.stream.Sync()); err != nil {
		return errors.Join(err, b.dev.Free(p))
	}
	s.p = p
	return nil
}

// leave gives up what b shares.
func (b *backend) leave() error {
	devicesLock.Lock()
	defer devicesLock.Unlock()
	var errs []error
	for _, s := range b.shared {
		s.users--
		if s.users == 0 && b.dev.shared[&s.src[0]] != s { // a longer dataset has taken its place
			errs = append(errs, b.dev.free(s))
		}
	}
	b.shared = nil
	return errors.Join(errs...)
}

// free gives a dataset's memory back.
func (d *device) free(s *shared) error {
	if s.mapped != nil {
		return s.mapped.Close()
	}
	return d.Free(s.p)
}

// dropIdle frees the datasets that nobody reads now, and says whether there were any. devicesLock is held.
func (d *device) dropIdle() (any bool, err error) {
	for first, s := range d.shared {
		if s.users == 0 {
			delete(d.shared, first)
			err = errors.Join(err, d.free(s))
			any = true
		}
	}
	return any, err
}

// makeRoom frees the datasets that nobody reads now, where the memory is needed.
func (d *device) makeRoom() bool {
	devicesLock.Lock()
	defer devicesLock.Unlock()
	any, err := d.dropIdle()
	return any && err == nil
}
