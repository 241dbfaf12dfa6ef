package compute

// Elementwise is the family of operations that treat each element on its own.
// Operands are Float32 or Float64, all of one type; results may overwrite operands.
// NaN operands give NaN unless an operation says otherwise.
type Elementwise interface {
	// Unary sets y[i] = op(x[i]). y and x have the same number of elements.
	Unary(op UnaryOp, y, x Tensor)

	// Binary sets z[i] = op(x[i], y[i]). z and x have the same shape (B × n); y has too, or is
	// broadcast: a scalar [1], a row [n] (used for every row of x), or a column [B 1].
	Binary(op BinaryOp, z, x, y Tensor)

	// Axpby sets y[i] = a·x[i] + b·y[i]. With b = 0 the old y is not read.
	Axpby(a float64, x Tensor, b float64, y Tensor)

	// Gather copies rows: dst[i] = src[index[i]], dst (B × n), src (N × n), index Int32 or
	// Int64 [B]. Int32 rows go to Int32 rows (labels). Float16, BFloat16, Float32 and Float64 are
	// converted to dst's type; Uint8 becomes x/255, the image convention. An index out of range
	// is an error of Sync.
	Gather(dst, src, index Tensor)

	// Advance adds by to each element of an Int64 tensor: step counters.
	Advance(counter Tensor, by int64)

	// NoteNonFinite stores step (Int64 [1]) in first (Int64 [1]) if first is negative and some
	// element of x is NaN or infinite: the first bad step, found without asking the host.
	NoteNonFinite(first, x, step Tensor)
}

// UnaryOp is a function of one number.
type UnaryOp uint8

// The unary operations.
const (
	Relu       UnaryOp = iota // max(x, 0); NaN stays NaN
	Sqrt                      // √x, correctly rounded
	Square                    // x²
	Abs                       // |x|
	Negative                  // 1 where x < 0, else 0 (also for NaN and -0)
	Positive                  // 1 where x > 0, else 0 (also for NaN)
	Reciprocal                // 1/x, correctly rounded
	Sign                      // −1, 0 or 1; 0 for -0, NaN for NaN

	// The following are within 4 units in the last place of the true value, or 4 times the smallest
	// normal number, and have its limits at ±Inf.
	Exp     // eˣ
	Expm1   // eˣ − 1, accurate near 0
	Log     // natural logarithm; −Inf at 0, NaN below
	Log1p   // ln(1 + x), accurate near 0; NaN below −1
	Tanh    // hyperbolic tangent
	Erf     // error function, 2/√π ∫₀ˣ exp(−t²) dt
	Sigmoid // 1 / (1 + e⁻ˣ)

	// Activation functions and their derivatives. GELU and SiLU are within 4 units in the last place
	// of x, slopes of 1, the others of the result; −∞ · 0 is NaN, as in PyTorch. Φ is the normal
	// distribution function and φ its density, s the sigmoid.
	GELU          // x Φ(x), the exact form (Hendrycks and Gimpel 2016)
	GELUSlope     // Φ(x) + x φ(x)
	SiLU          // x s(x)
	SiLUSlope     // s(x) (1 + x (1 − s(x)))
	ELU           // x above 0, eˣ − 1 else
	ELUSlope      // 1 above 0, eˣ else
	Softplus      // ln(1 + eˣ) up to 20, x above
	SoftplusSlope // s(x) up to 20, 1 above
)

// BinaryOp is a function of two numbers.
type BinaryOp uint8

// The binary operations.
const (
	Add         BinaryOp = iota // x + y
	Sub                         // x − y
	Mul                         // x · y
	Div                         // x / y, correctly rounded
	Min                         // the smaller; NaN if either is
	Max                         // the larger; NaN if either is
	MaskByAbove                 // x where y > 0, else 0: the derivative of ReLU, 0 at 0
)

// Matmul is the family of matrix products.
type Matmul interface {
	// Matmul sets c = alpha · op(a) op(b) + beta · c, where op transposes if asked to.
	// c (m × n), op(a) (m × k), op(b) (k × n); rank 2, of one type. With beta = 0 the old c is
	// not read. c must not overlap a or b. The order of summation is fixed by the shapes.
	Matmul(c, a, b Tensor, transA, transB bool, alpha, beta float64)
}
