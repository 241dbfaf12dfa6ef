//go:build cgo && linux

package cuda

import (
	"fmt"
	"math"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// launch is a kernel's launch in the making:
//
//	b.kernel("fill_f32").tensor(dst).f32(v).i64(n).elements(n)
//
// Arguments come in the order of the kernel's parameters and are held against them: their number and
// types, and a tensor's element type. A backend has one launch, which it reuses, so that a step
// allocates nothing.
type launch struct {
	b       *backend
	k       *kernel
	n       int // arguments so far
	words   [gpu.MaxArgs]uint64
	tensors [gpu.MaxArgs]compute.Tensor // for messages
}

// kernel begins a launch.
func (b *backend) kernel(name string) *launch {
	l := &b.launch
	k := b.dev.kernels[name]
	if k == nil {
		panic("cuda: there is no kernel " + name)
	}
	l.k, l.n = k, 0
	return l
}

// add puts an argument into the next word, after a look at the parameter that it is for.
func (l *launch) add(word uint64, pointer bool, typ string) *launch {
	if l.n >= len(l.k.params) {
		panic(fmt.Sprintf("cuda: kernel %s: more arguments than its parameters %v", l.k.Name, l.k.params))
	}
	p := &l.k.params[l.n]
	if p.Pointer != pointer || (p.Type != typ && !(pointer && (typ == "" || p.Type == "void"))) {
		if pointer {
			typ += "*"
		}
		panic(fmt.Sprintf("cuda: kernel %s: argument %d is %s, its parameter %v", l.k.Name, l.n, typ, *p))
	}
	l.words[l.n], l.tensors[l.n] = word, compute.Tensor{}
	l.n++
	return l
}

// elementTypes are CUDA's names of the element types.
var elementTypes = [...]string{
	compute.Float32: "float", compute.Float64: "double", compute.Int32: "int", compute.Int64: "long long",
	compute.Uint8: "unsigned char", compute.Uint64: "unsigned long long",
	compute.Float16: "half_bits", compute.BFloat16: "bfloat16_bits",
}

// tensor is the address of t's first element; 0 for Tensor{}.
func (l *launch) tensor(t compute.Tensor) *launch {
	if !t.Valid() {
		return l.add(0, true, "")
	}
	l.add(uint64(address(t)), true, elementTypes[t.DType()])
	l.tensors[l.n-1] = t
	return l
}

// ptr is an address of memory that is no tensor.
func (l *launch) ptr(p gpu.Ptr) *launch { return l.add(uint64(p), true, "") }

// faults is where the kernel reports what it finds wrong.
func (l *launch) faults() *launch { return l.add(uint64(l.b.fault), true, "Fault") }

func (l *launch) i32(v int) *launch {
	if int(int32(v)) != v {
		panic(fmt.Sprintf("cuda: kernel %s: argument %d, %d, is no int32", l.k.Name, l.n, v))
	}
	return l.add(uint64(uint32(v)), false, "int")
}

func (l *launch) u32(v uint32) *launch  { return l.add(uint64(v), false, "unsigned") }
func (l *launch) i64(v int64) *launch   { return l.add(uint64(v), false, "long long") }
func (l *launch) u64(v uint64) *launch  { return l.add(v, false, "unsigned long long") }
func (l *launch) f32(v float32) *launch { return l.add(uint64(math.Float32bits(v)), false, "float") }
func (l *launch) f64(v float64) *launch { return l.add(math.Float64bits(v), false, "double") }

// float is v in the type dt.
func (l *launch) float(dt compute.DType, v float64) *launch {
	if dt == compute.Float32 {
		return l.f32(float32(v))
	}
	return l.f64(v)
}

// flag is 1 for true, as an int.
func (l *launch) flag(v bool) *launch {
	if v {
		return l.i32(1)
	}
	return l.i32(0)
}

// elementThreads is the size of a block of a kernel that treats each element on its own.
const elementThreads = 256

// elements runs the kernel with a thread for every few of n elements; no elements, no launch. The
// kernel loops over them by FOR_EACH, so the size of the grid changes no result.
func (l *launch) elements(n int) {
	if n == 0 {
		return
	}
	blocks := (n + elementThreads - 1) / elementThreads
	l.run(gpu.Dim{X: min(blocks, 16*l.b.dev.Device.SMs)}, gpu.Dim{X: elementThreads}, 0)
}

// run queues the launch with that many bytes of dynamic shared memory for each block.
func (l *launch) run(grid, block gpu.Dim, shared int) {
	b := l.b
	if l.n != len(l.k.params) {
		panic(fmt.Sprintf("cuda: kernel %s: %d arguments for its parameters %v", l.k.Name, l.n, l.k.params))
	}
	if b.err != nil {
		return
	}
	if shared > plainShared {
		if err := l.k.AllowShared(shared); err != nil {
			b.lost("kernel "+l.k.Name, err)
			return
		}
	}
	if err := b.await(l.k.Launch(b.stream, grid, block, shared, l.words[:l.n])); err != nil {
		b.lost(l.describe(grid, block, shared), err)
	}
}

// plainShared is the dynamic shared memory in bytes that a block gets without asking the driver.
const plainShared = 48 << 10

// describe is the launch for a message: the kernel, its grid and its tensors.
func (l *launch) describe(grid, block gpu.Dim, shared int) string {
	s := fmt.Sprintf("kernel %s, grid %v, block %v, %d bytes of shared memory", l.k.Name, grid, block, shared)
	for i, t := range l.tensors[:l.n] {
		if t.Valid() {
			s += fmt.Sprintf(", %s %v", l.k.params[i].Name, t)
		}
	}
	return s
}

// by is one of two kernels, by the type of numbers.
func by(dt compute.DType, f32, f64 string) string {
	if dt == compute.Float64 {
		return f64
	}
	return f32
}

// mustFloats panics unless all valid tensors share one floating-point type; it returns that.
func mustFloats(op string, ts ...compute.Tensor) compute.DType {
	dt := compute.DType(0)
	for _, t := range ts {
		if !t.Valid() {
			continue
		}
		if dt == 0 {
			dt = t.DType()
		}
		if t.DType() != dt || dt != compute.Float32 && dt != compute.Float64 {
			panic("cuda: " + op + ": want float32 or float64 tensors of one type, got " + list(ts))
		}
	}
	return dt
}

// must panics with the operation and its operands. ts must not reach fmt, else each call of an
// operation would allocate its operands.
func must(ok bool, op, want string, ts ...compute.Tensor) {
	if !ok {
		panic("cuda: " + op + ": want " + want + ", got " + list(ts))
	}
}

func list(ts []compute.Tensor) string {
	s := ""
	for i, t := range ts {
		if i > 0 {
			s += ", "
		}
		s += t.String()
	}
	return s
}
