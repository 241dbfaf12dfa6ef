package cpu

import (
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/internal/philox"
)

// task is one operation, cut into chunks: what to run, and its operands. Fields mean what the
// operation says they mean. It lives in the backend and is reused, and run is a plain function,
// since a closure would be allocated at every call.
type task struct {
	run func(t *task, chunk int)

	in         [6]unsafe.Pointer // operands, first element
	rows, cols int
	size       int // elements or rows of a chunk
	total      int // elements or rows of the operation
	a, b       float64
	op         uint8
	broadcast  broadcast
	dtype      compute.DType
	mm         matmul
	rowIndex   []int32
	srcLen     int
	noise      *kernel.Noise
	stream     philox.Stream
	order      philox.Permutation
	first      int
	selection  *selection
	image      images
	depth      kernel.Depth
	epilogue   compute.Epilogue
	adam32     kernel.AdamStep[float32]
	adam64     kernel.AdamStep[float64]
	step32     kernel.Step[float32]
	step64     kernel.Step[float64]
	partials   *[maxPartials][2]float64 // a chunk's sums, added up in the order of the chunks
}

// broadcast says how Binary's second operand is repeated.
type broadcast uint8

const (
	same   broadcast = iota // element by element
	scalar                  // one value for all
	row                     // [n], for every row
	column                  // [B 1], for every column
)

// pointer returns the address of t's first element, nil for Tensor{} and empty tensors.
func pointer(t compute.Tensor) unsafe.Pointer {
	if !t.Valid() {
		return nil
	}
	return unsafe.Pointer(unsafe.SliceData(bytes(t)))
}

// operand views elements lo to hi of operand i.
func operand[T element](t *task, i, lo, hi int) []T {
	p := (*T)(t.in[i])
	if p == nil {
		return nil
	}
	return unsafe.Slice(p, hi)[lo:hi]
}

// span returns the range of chunk c.
func (t *task) span(c int) (lo, hi int) {
	lo = c * t.size
	return lo, min(lo+t.size, t.total)
}

// chunkElems is the number of elements of an elementwise chunk: 64 KiB of float32, small against
// a core's second-level cache, large against the cost of handing out a chunk.
const chunkElems = 1 << 14

// byElements cuts n elements into chunks and returns how many.
func (t *task) byElements(n int) int {
	t.size, t.total = chunkElems, n
	if need := (n + maxChunks - 1) / maxChunks; need > t.size {
		t.size = (need + 63) &^ 63
	}
	return (n + t.size - 1) / t.size
}

// byRows cuts rows of cols elements into chunks of whole rows, of about chunkElems elements, at
// most maxPartials of them, since reductions keep a partial result for each.
func (t *task) byRows(rows, cols int) int {
	t.size = max(1, chunkElems/max(1, cols), (rows+maxPartials-1)/maxPartials)
	t.total, t.rows, t.cols = rows, rows, cols
	return (rows + t.size - 1) / t.size
}

// maxPartials is the largest number of partial results of a reduction.
const maxPartials = 1 << 12

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
			panic("cpu: " + op + ": want float32 or float64 tensors of one type, got " + list(ts))
		}
	}
	return dt
}

// must panics with the operation and its operands. ts must not reach fmt, else each call of an
// operation would allocate its operands.
func must(ok bool, op, want string, ts ...compute.Tensor) {
	if !ok {
		panic("cpu: " + op + ": want " + want + ", got " + list(ts))
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
