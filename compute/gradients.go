package compute

import "encoding/binary"

// Segments are parts of one tensor, such as the gradients of a network's parameters in the flat tensor
// of all of them.
type Segments struct {
	Whole Tensor
	Parts []Tensor
	// Table is Int64 [P 3]: each part's first piece, where it begins in Whole, and its length, in elements;
	// for backends that go over all parts at once.
	Table Tensor
	// Each part is cut into pieces of Piece elements, a multiple of 4, and at least one piece; Pieces are
	// those of all parts.
	Piece, Pieces int
}

// Pieces are of pieceElems at least, and few more than maxPieces of those that are larger.
const (
	pieceElems = 4096
	maxPieces  = 1024
)

// NewSegments describes parts, which must all lie in whole. It panics where one does not.
func NewSegments(b Backend, whole Tensor, parts []Tensor) Segments {
	s := Segments{Whole: whole, Parts: parts, Table: b.Alloc(Int64, len(parts), 3)}
	s.Piece = max(pieceElems, 4*((whole.Len()+4*maxPieces-1)/(4*maxPieces)))
	raw := make([]byte, 0, s.Table.Bytes())
	for _, p := range parts {
		first := p.Offset() - whole.Offset()
		if p.Buffer() != whole.Buffer() || p.DType() != whole.DType() || first < 0 || first+p.Len() > whole.Len() {
			panic("compute: NewSegments: " + p.String() + " is no part of " + whole.String())
		}
		for _, v := range [...]int{s.Pieces, first, p.Len()} {
			raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
		}
		s.Pieces += max(1, (p.Len()+s.Piece-1)/s.Piece)
	}
	b.Upload(s.Table, raw)
	return s
}

// BackwardEnd is what EndBackward works on.
type BackwardEnd struct {
	Grads       Segments
	Limit       float64   // of the gradients' norm; ≤ 0: none
	Scale, Norm Tensor    // Float [1], Float64 [1]: the clipping factor, and the norm of all gradients together
	Squares     Tensor    // Float64 [P]: Σ g² of each part
	Root, Norms Tensor    // Float64 [P]: √Squares, and their sums over the epoch
	Step, Epoch Tensor    // Float64 [n]: this step's numbers, of which Norm may be one, and their sums over the epoch
	Bad         Tensor    // Int64 [1]: the first step whose numbers are not finite
	Position    Tensor    // Int64 [1]: this step's number; may be one of Counters
	Counters    [2]Tensor // Int64 [1]: what is counted on
}

// BackwardEndFuser is a backend that does EndBackward in one pass.
type BackwardEndFuser interface{ EndBackward(e *BackwardEnd) }

// EndBackward takes what is to be known of a step once its gradients are there: their norms and the factor
// that clips them; sums over the epoch; the first step that is not finite. Then it counts on.
//
//	squares_p = Σ g²  of each part;  scale, norm: ClipScale of squares
//	root = √squares;  norms += root;  epoch += step
//	NoteNonFinite(bad, step, position);  counters += 1
func EndBackward(b Backend, e *BackwardEnd) {
	if f, ok := b.(BackwardEndFuser); ok {
		f.EndBackward(e)
		return
	}
	EndBackwardComposed(b, e)
}

// EndBackwardComposed is the definition of EndBackward.
func EndBackwardComposed(b Backend, e *BackwardEnd) {
	for i, g := range e.Grads.Parts {
		b.Reduce(SumSquares, e.Squares.At(i), g, All, false)
	}
	b.ClipScale(e.Scale, e.Norm, e.Squares, e.Limit)
	b.Unary(Sqrt, e.Root, e.Squares)
	b.Binary(Add, e.Norms, e.Norms, e.Root)
	b.Binary(Add, e.Epoch, e.Epoch, e.Step)
	b.NoteNonFinite(e.Bad, e.Step, e.Position)
	for _, c := range e.Counters {
		b.Advance(c, 1)
	}
}
