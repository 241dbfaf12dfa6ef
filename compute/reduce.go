package compute

// Reduce is the family of sums and maxima, in an order fixed by the shape alone.
type Reduce interface {
	// Reduce sets dst to the op of all elements along axis: Columns gives one number for each
	// column of x (B × n), dst [n]; Rows one for each row, dst of B elements ([B], or [B 1], which
	// Binary broadcasts as a column); All gives one number, dst [1]. dst is of x's type, or Float64,
	// and is added to (Largest: compared with) where accumulate is true.
	Reduce(op ReduceOp, dst, x Tensor, axis Axis, accumulate bool)
}

// ReduceOp is what is computed of many numbers.
type ReduceOp uint8

// The reductions. Counts do not count NaN.
const (
	Sum           ReduceOp = iota // Σ x
	SumSquares                    // Σ x²
	SumAbs                        // Σ |x|
	CountPositive                 // number of x > 0
	CountNegative                 // number of x < 0
	Largest                       // max x; NaN if any x is, −Inf of nothing
)

// Axis says along which direction a reduction runs.
type Axis uint8

// The axes.
const (
	All     Axis = iota // over all elements
	Columns             // over the rows: one result for each column
	Rows                // over the columns: one result for each row
)
