//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// shared is memory of a device that several backends read.
type shared struct {
	p     gpu.Ptr
	users int
	src   []byte // kept, so that its address stays its own
}

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
	b.arena.handedOut += int64(len(src))
	buf.p = s.p
	return t
}

// share uploads src for all. It waits, so that other streams find it whole.
func (b *backend) share(src []byte) *shared {
	p := b.arena.own(b, int64(len(src)))
	if p == 0 {
		return nil
	}
	if err := errors.Join(b.stream.Upload(p, src), b.stream.Sync()); err != nil {
		b.check("Shared", errors.Join(err, b.dev.Free(p)))
		return nil
	}
	s := &shared{p: p, src: src}
	b.dev.shared[&src[0]] = s
	return s
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
		errs = append(errs, b.dev.Free(s.p))
	}
	b.shared = nil
	return errors.Join(errs...)
}
