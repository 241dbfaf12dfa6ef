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
)

// EnvChunk is how many bytes are asked of the driver at a time (default 32 MiB; larger tensors get a
// chunk of their own). With 0 each tensor is memory of its own, so that a sanitizer sees where it ends.
const EnvChunk = "NOISE2SPARSE_CUDA_CHUNK"

// arenaChunk is EnvChunk's value.
var arenaChunk = sync.OnceValue(func() int64 {
	if n, err := strconv.ParseInt(os.Getenv(EnvChunk), 10, 64); err == nil && n >= 0 {
		return n
	}
	return 32 << 20
})

// alignment of tensors in bytes: what cuBLAS and the widest loads like best.
const alignment = 256

// arena hands out device memory and gives all of it back at once. Chunks keep the driver's slow calls
// few; nothing is freed in between, so a recorded graph's addresses stay good.
type arena struct {
	context   *gpu.Context
	chunks    []gpu.Ptr
	next      gpu.Ptr // free memory of the newest chunk
	left      int64
	handedOut int64 // bytes of tensors
	reserved  int64 // bytes of chunks
}

// alloc returns n bytes, aligned, with any contents; 0 where there are none left, which is b's error.
func (a *arena) alloc(b *backend, n int64) gpu.Ptr {
	n = max(n, 1)
	if arenaChunk() == 0 {
		return a.chunk(b, n)
	}
	n = (n + alignment - 1) / alignment * alignment
	if n > a.left {
		if n >= arenaChunk() {
			return a.chunk(b, n)
		}
		p, err := a.context.Alloc(arenaChunk())
		if err != nil {
			return a.chunk(b, n) // the device is nearly full
		}
		a.chunks = append(a.chunks, p)
		a.reserved += arenaChunk()
		a.next, a.left = p, arenaChunk()
	}
	p := a.next
	a.next += gpu.Ptr(n)
	a.left -= n
	return p
}

// chunk asks the driver for n bytes that close gives back.
func (a *arena) chunk(b *backend, n int64) gpu.Ptr {
	p, err := a.context.Alloc(n)
	if isOutOfMemory(err) && b.dev.makeRoom() {
		p, err = a.context.Alloc(n)
	}
	if isOutOfMemory(err) {
		err = noRoom(a.context, n, a.reserved, err)
	}
	if err != nil {
		b.check("memory", err)
		return 0
	}
	a.chunks = append(a.chunks, p)
	a.reserved += n
	return p
}

func (a *arena) close() error {
	var errs []error
	for _, p := range a.chunks {
		errs = append(errs, a.context.Free(p))
	}
	a.chunks, a.left = nil, 0
	return errors.Join(errs...)
}

// scratch is room that an operation needs while it runs. Operations run in order, so they share it.
type scratch struct {
	p    gpu.Ptr
	size int64
}

// room returns n bytes with any contents, good until the next operation. More than there was before is
// new memory: what recorded graphs use stays theirs.
func (b *backend) room(n int64) gpu.Ptr {
	if n > b.scratch.size {
		b.scratch = scratch{b.arena.alloc(b, n), n}
	}
	return b.scratch.p
}

// buffer is a tensor's memory.
type buffer struct {
	p gpu.Ptr
	n int
}

func (b *buffer) Bytes() int { return b.n }

func (b *backend) Alloc(dt compute.DType, shape ...int) compute.Tensor {
	n := dt.Size()
	for _, d := range shape {
		if d < 0 {
			panic(fmt.Sprintf("cuda: Alloc: negative dimension in %v", shape))
		}
		n *= d
	}
	buf := &buffer{n: n}
	t := compute.NewTensor(buf, dt, shape...)
	if b.err != nil {
		return t
	}
	buf.p = b.arena.alloc(b, int64(n))
	b.arena.handedOut += int64(n)
	if buf.p != 0 {
		b.check("Alloc", b.stream.Set(buf.p, 0, int64(n)))
	}
	return t
}

// address is where t begins; 0 for Tensor{}.
func address(t compute.Tensor) gpu.Ptr {
	if !t.Valid() {
		return 0
	}
	return t.Buffer().(*buffer).p + gpu.Ptr(t.Offset()*t.DType().Size())
}

func (b *backend) Upload(dst compute.Tensor, src []byte) {
	if len(src) != dst.Bytes() {
		panic(fmt.Sprintf("cuda: Upload of %d bytes into %v", len(src), dst))
	}
	if b.err == nil {
		b.check("Upload", b.stream.Upload(address(dst), src))
	}
}

func (b *backend) Download(dst []byte, src compute.Tensor) {
	if len(dst) != src.Bytes() {
		panic(fmt.Sprintf("cuda: Download of %v into %d bytes", src, len(dst)))
	}
	if b.err == nil {
		b.check("Download", b.stream.Download(dst, address(src)))
	}
}

func (b *backend) Copy(dst, src compute.Tensor) {
	must(dst.Len() == src.Len(), "Copy", "two tensors of one length", dst, src)
	if dst.DType() == src.DType() {
		if b.err == nil {
			b.check("Copy", b.await(b.stream.Copy(address(dst), address(src), dst.Bytes())))
		}
		return
	}
	name := "convert_f64_f32"
	switch {
	case dst.DType() == compute.Float32 && src.DType() == compute.Float64:
	case dst.DType() == compute.Float64 && src.DType() == compute.Float32:
		name = "convert_f32_f64"
	default:
		must(false, "Copy", "equal types, or float32 and float64", dst, src)
	}
	b.kernel(name).tensor(dst).tensor(src).i64(int64(dst.Len())).elements(dst.Len())
}

func (b *backend) Fill(dst compute.Tensor, v float64) {
	n := dst.Len()
	switch dst.DType() {
	case compute.Float32:
		b.kernel("fill_f32").tensor(dst).f32(float32(v)).i64(int64(n)).elements(n)
	case compute.Float64:
		b.kernel("fill_f64").tensor(dst).f64(v).i64(int64(n)).elements(n)
	case compute.Int32:
		b.kernel("fill_i32").tensor(dst).i32(int(int32(v))).i64(int64(n)).elements(n)
	case compute.Int64:
		b.kernel("fill_i64").tensor(dst).i64(int64(v)).i64(int64(n)).elements(n)
	case compute.Uint8:
		if b.err == nil {
			b.check("Fill", b.await(b.stream.Set(address(dst), uint8(v), int64(n))))
		}
	default:
		must(false, "Fill", "float32, float64, int32, int64 or uint8", dst)
	}
}
