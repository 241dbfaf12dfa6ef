package computetest

import (
	"bytes"
	"math"
	"math/rand/v2"

	"noise2sparse/compute"
)

// env is what a check works with. Its values are deterministic: each check has its own seed.
type env struct {
	T
	b      compute.Backend
	dt     compute.DType // b.Float(), and the type of operands unless a check says otherwise
	open   Opener
	rng    *rand.Rand
	before int // elements of margin before each operand: where views begin in their buffers
	*state
}

// state is shared by the copies of one check's env.
type state struct{ failures int }

// after is the margin behind each operand: more than one vector of any SIMD width's floats.
const after = 19

// maxFailures is how many mismatches one check reports before it ends.
const maxFailures = 4

// sizes are the numbers of elements that loops over vectors of 4, 8, 16 and 64 get wrong first.
var sizes = []int{1, 2, 3, 15, 16, 17, 63, 64, 65, 1000, 1025}

// shapes (B × n) hold single rows and columns, odd widths and tails of vectors.
var shapes = [][2]int{
	{1, 1},
	{1, 3},
	{3, 1},
	{65, 1},
	{2, 15},
	{3, 16},
	{5, 17},
	{16, 64},
	{7, 65},
	{65, 63},
	{33, 33},
	{2, 1000},
	{1, 1025},
	{130, 31},
}

// teamRows has rows for teams of threads, of which several share a block on a GPU: between the rows of shapes
// that one warp takes and those that take a block each.
var teamRows = [2]int{7, 200}

// offsets returns e with different margins: an aligned beginning, and two that are not.
func (e *env) offsets() []*env {
	var all []*env
	for _, before := range []int{0, 1, 3} {
		c := *e
		c.before = before
		all = append(all, &c)
	}
	return all
}

// fail reports one mismatch, and ends the check after several.
func (e *env) fail(format string, args ...any) {
	e.Helper()
	e.failures++
	if e.failures >= maxFailures {
		e.Fatalf(format, args...)
	}
	e.Errorf(format, args...)
}

// operand is a tensor inside a larger buffer, all of whose bytes begin as 0xFF: NaN for floats,
// -1 for integers. So a result that depends on what was in its destination, or on what lies
// beside an operand, is NaN; and a write outside is seen in the margins.
type operand struct {
	compute.Tensor
	e     *env
	whole compute.Tensor
}

// alloc returns an operand of type dt with undefined contents (0xFF).
func (e *env) alloc(dt compute.DType, shape ...int) operand {
	n := 1
	for _, d := range shape {
		n *= d
	}
	whole := e.b.Alloc(dt, e.before+n+after)
	e.b.Upload(whole, bytes.Repeat([]byte{0xFF}, whole.Bytes()))
	return operand{whole.Slice(e.before, e.before+n).Reshape(shape...), e, whole}
}

// out is a destination of the backend's float type.
func (e *env) out(shape ...int) operand { return e.alloc(e.dt, shape...) }

// put is an operand of the backend's float type that holds values.
func (e *env) put(values []float64, shape ...int) operand { return e.putAs(e.dt, values, shape...) }

// putAs is an operand of type dt that holds values.
func (e *env) putAs(dt compute.DType, values []float64, shape ...int) operand {
	o := e.alloc(dt, shape...)
	o.set(values)
	return o
}

// scalar is a tensor [1] of the backend's float type.
func (e *env) scalar(v float64) operand { return e.put([]float64{v}, 1) }

// counter is an Int64 tensor [1].
func (e *env) counter(v int64) operand { return e.putAs(compute.Int64, []float64{float64(v)}, 1) }

// ints is an Int32 tensor [len(v)].
func (e *env) ints(v []int) operand {
	f := make([]float64, len(v))
	for i, x := range v {
		f[i] = float64(x)
	}
	return e.putAs(compute.Int32, f, len(v))
}

// longs is an Int64 tensor [len(v)].
func (e *env) longs(v []int) operand {
	o := e.ints(v)
	return e.putAs(compute.Int64, o.get(), len(v))
}

// set uploads values, which need not be representable: they are rounded to the operand's type.
func (o operand) set(values []float64) { o.e.b.Upload(o.Tensor, encode(o.DType(), values)) }

// bytes downloads the operand's elements and checks its margins.
func (o operand) bytes() []byte {
	o.e.Helper()
	all := make([]byte, o.whole.Bytes())
	o.e.b.Download(all, o.whole)
	size := o.DType().Size()
	lo := o.e.before * size
	hi := lo + o.Bytes()
	for i, x := range all {
		if (i < lo || i >= hi) && x != 0xFF {
			o.e.fail("%v at offset %d: element %d outside the tensor was overwritten", o.Tensor, o.e.before, i/size-o.e.before)
			break
		}
	}
	return all[lo:hi]
}

// get downloads the operand's elements and checks its margins.
func (o operand) get() []float64 {
	o.e.Helper()
	return decode(o.DType(), o.bytes())
}

// round returns v rounded to the backend's float type.
func (e *env) round(v float64) float64 { return roundTo(e.dt, v) }

func roundTo(dt compute.DType, v float64) float64 {
	if dt == compute.Float32 {
		return float64(float32(v))
	}
	return v
}

// unit is the unit roundoff of the backend's float type: half the gap between 1 and the next.
func (e *env) unit() float64 { return unitOf(e.dt) }

func unitOf(dt compute.DType) float64 {
	if dt == compute.Float32 {
		return 0x1p-24
	}
	return 0x1p-53
}

// tiny is the smallest positive number of the backend's float type.
func (e *env) tiny() float64 {
	if e.dt == compute.Float32 {
		return math.SmallestNonzeroFloat32
	}
	return math.SmallestNonzeroFloat64
}

// normal returns n numbers of the float type with mean 0 and standard deviation 1.
func (e *env) normal(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = e.round(e.rng.NormFloat64())
	}
	return v
}

// mixed is normal with special values, NaN and infinities among them, at random places.
func (e *env) mixed(n int) []float64 {
	v := e.normal(n)
	s := e.special()
	for i := range v {
		if e.rng.IntN(3) == 0 {
			v[i] = s[e.rng.IntN(len(s))]
		}
	}
	return v
}

// special returns the values that arithmetic gets wrong: signed zeros, denormals, the extremes.
func (e *env) special() []float64 {
	largest, smallestNormal := math.MaxFloat64, 0x1p-1022
	if e.dt == compute.Float32 {
		largest, smallestNormal = math.MaxFloat32, 0x1p-126
	}
	v := []float64{0, 1, e.tiny(), 3 * e.tiny(), smallestNormal, smallestNormal / 2, largest, largest / 4, math.Inf(1), 0.5}
	for _, x := range v {
		v = append(v, -x)
	}
	return append(v, math.NaN())
}
