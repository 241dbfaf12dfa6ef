package compute

import "encoding/binary"

// Segments are parts of one tensor, such as the gradients of a network's parameters in the flat tensor
// of all of them.
type Segments struct {
	Whole Tensor
	Parts []Tensor
	// Table is Int64 [P 2]: where each part begins in Whole, and its length, in elements; for backends
	// that go over all parts at once.
	Table Tensor
}

// NewSegments describes parts, which must all lie in whole. It panics where one does not.
func NewSegments(b Backend, whole Tensor, parts []Tensor) Segments {
	table := make([]int64, 0, 2*len(parts))
	for _, p := range parts {
		first := p.Offset() - whole.Offset()
		if p.Buffer() != whole.Buffer() || p.DType() != whole.DType() || first < 0 || first+p.Len() > whole.Len() {
			panic("compute: NewSegments: " + p.String() + " is no part of " + whole.String())
		}
		table = append(table, int64(first), int64(p.Len()))
	}
	s := Segments{Whole: whole, Parts: parts, Table: b.Alloc(Int64, len(parts), 2)}
	raw := make([]byte, 0, s.Table.Bytes())
	for _, v := range table {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	b.Upload(s.Table, raw)
	return s
}

// GradientNormFuser is a backend that does GradientNorm in one pass.
type GradientNormFuser interface {
	GradientNorm(scale, norm, squares Tensor, grads Segments, limit float64)
}

// GradientNorm is the norm of all gradients together and the factor that clips it:
//
//	squares_p = Σ g²  of each part      Float64 [P]
//	norm, scale: ClipScale of squares   Float64 [1], Float [1]
func GradientNorm(b Backend, scale, norm, squares Tensor, grads Segments, limit float64) {
	if f, ok := b.(GradientNormFuser); ok {
		f.GradientNorm(scale, norm, squares, grads, limit)
		return
	}
	GradientNormComposed(b, scale, norm, squares, grads, limit)
}

// GradientNormComposed is the definition of GradientNorm.
func GradientNormComposed(b Backend, scale, norm, squares Tensor, grads Segments, limit float64) {
	for i, g := range grads.Parts {
		b.Reduce(SumSquares, squares.At(i), g, All, false)
	}
	b.ClipScale(scale, norm, squares, limit)
}

// StepEnd is what EndStep works on.
type StepEnd struct {
	Epoch, Step   Tensor    // Float64 [n]: sums over the epoch, and this step's numbers
	Norms         Tensor    // Float64 [P]: sums over the epoch of the gradients' norms
	Squares       Tensor    // Float64 [P]: this step's Σ g²
	Root          Tensor    // Float64 [P]: √Squares
	Bad, Position Tensor    // Int64 [1]: the first step whose numbers are not finite, and this step's
	Counters      [2]Tensor // Int64 [1]: what is counted on
}

// EndStepFuser is a backend that does EndStep in one pass.
type EndStepFuser interface{ EndStep(s StepEnd) }

// EndStep adds a step's numbers to the epoch's, notes the first step that is not finite, and counts on:
//
//	epoch += step;  root = √squares;  norms += root;  NoteNonFinite(bad, step, position);  counters += 1
//
// Position may be one of the counters.
func EndStep(b Backend, s StepEnd) {
	if f, ok := b.(EndStepFuser); ok {
		f.EndStep(s)
		return
	}
	EndStepComposed(b, s)
}

// EndStepComposed is the definition of EndStep.
func EndStepComposed(b Backend, s StepEnd) {
	b.Binary(Add, s.Epoch, s.Epoch, s.Step)
	b.Unary(Sqrt, s.Root, s.Squares)
	b.Binary(Add, s.Norms, s.Norms, s.Root)
	b.NoteNonFinite(s.Bad, s.Step, s.Position)
	for _, c := range s.Counters {
		b.Advance(c, 1)
	}
}
