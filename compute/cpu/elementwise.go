package cpu

import (
	"math"

	"noise2sparse/compute"
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/compute/cpu/simd"
)

// by picks the float32 or the float64 version of a chunk function.
func by(dt compute.DType, f32, f64 func(*task, int)) func(*task, int) {
	if dt == compute.Float64 {
		return f64
	}
	return f32
}

func (b *backend) Unary(op compute.UnaryOp, y, x compute.Tensor) {
	dt := mustFloats("Unary", y, x)
	must(op <= compute.SoftplusSlope, "Unary", "a known operation", y, x)
	must(y.Len() == x.Len(), "Unary", "as many results as operands", y, x)
	t := &b.task
	t.run = by(dt, unaryChunk[float32], unaryChunk[float64])
	t.op, t.in[0], t.in[1] = uint8(op), pointer(y), pointer(x)
	if f, ok := curves[op]; ok {
		t.op = uint8(f)
		t.run = by(dt, curveChunk32, curveChunk64)
	}
	b.pool.run(t, t.byElements(x.Len()))
}

func unaryChunk[T float](t *task, c int) {
	lo, hi := t.span(c)
	y, x := operand[T](t, 0, lo, hi), operand[T](t, 1, lo, hi)
	x = x[:len(y)]
	switch compute.UnaryOp(t.op) {
	case compute.Relu:
		for i, v := range x {
			if v <= 0 { // false for NaN, which passes
				v = 0
			}
			y[i] = v
		}
	case compute.Sqrt:
		for i, v := range x {
			y[i] = T(math.Sqrt(float64(v))) // exact for float32 too: 53 ≥ 2·24 + 2 bits
		}
	case compute.Square:
		for i, v := range x {
			y[i] = v * v
		}
	case compute.Abs:
		for i, v := range x {
			y[i] = T(math.Abs(float64(v)))
		}
	case compute.Negative:
		for i, v := range x {
			y[i] = oneIf[T](v < 0)
		}
	case compute.Positive:
		for i, v := range x {
			y[i] = oneIf[T](v > 0)
		}
	case compute.Reciprocal:
		for i, v := range x {
			y[i] = 1 / v
		}
	case compute.Sign:
		for i, v := range x {
			y[i] = sign(v)
		}
	case compute.Log:
		for i, v := range x {
			y[i] = T(logarithm(float64(v)))
		}
	case compute.Log1p:
		for i, v := range x {
			y[i] = T(math.Log1p(float64(v)))
		}
	}
}

// curves are the operations that are functions of kernel.Curve.
var curves = map[compute.UnaryOp]kernel.Function{
	compute.Exp:           kernel.Exp,
	compute.Expm1:         kernel.Expm1,
	compute.Tanh:          kernel.Tanh,
	compute.Erf:           kernel.Erf,
	compute.Sigmoid:       kernel.Sigmoid,
	compute.GELU:          kernel.GELU,
	compute.GELUSlope:     kernel.GELUSlope,
	compute.SiLU:          kernel.SiLU,
	compute.SiLUSlope:     kernel.SiLUSlope,
	compute.ELU:           kernel.ELU,
	compute.ELUSlope:      kernel.ELUSlope,
	compute.Softplus:      kernel.Softplus,
	compute.SoftplusSlope: kernel.SoftplusSlope,
}

func curveChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.Curve(kernel.Function(t.op), operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, hi))
}

func curveChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.Curve(kernel.Function(t.op), operand[float64](t, 0, lo, hi), operand[float64](t, 1, lo, hi))
}

// logarithm is math.Log for subnormal numbers too, which Go's assembly for amd64 takes for 2⁻¹⁰²³.
func logarithm(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// sign has no branch on the sign, which no processor could foresee.
func sign[T float](v T) T {
	if v == 0 || v != v {
		return v + 0 // of -0, 0
	}
	return T(math.Copysign(1, float64(v)))
}

func oneIf[T float](c bool) T {
	if c {
		return 1
	}
	return 0
}

func (b *backend) Binary(op compute.BinaryOp, z, x, y compute.Tensor) {
	dt := mustFloats("Binary", z, x, y)
	must(op <= compute.MaskByAbove, "Binary", "a known operation", z, x, y)
	must(z.SameShape(x), "Binary", "a result of the first operand's shape", z, x, y)
	t := &b.task
	t.op, t.in[0], t.in[1], t.in[2] = uint8(op), pointer(z), pointer(x), pointer(y)
	t.run = by(dt, binaryChunk[float32], binaryChunk[float64])
	if dt == compute.Float32 && op <= compute.Mul && y.Len() > 1 {
		t.run = arithmeticChunk32
	}
	switch {
	case x.SameShape(y):
		t.broadcast = same
		b.pool.run(t, t.byElements(x.Len()))
		return
	case y.Len() == 1:
		t.broadcast = scalar
	case y.Rank() == 1 && y.Len() == x.Cols():
		t.broadcast = row
	case y.Rank() == 2 && y.Rows() == x.Rows() && y.Cols() == 1:
		t.broadcast = column
	default:
		must(false, "Binary", "a second operand of the first one's shape, [1], a row or a column", z, x, y)
	}
	b.pool.run(t, t.byRows(x.Rows(), x.Cols()))
}

// binaryChunk works on a range of elements where the operands have one shape, on a range of rows
// where the second one is broadcast.
func binaryChunk[T float](t *task, c int) {
	lo, hi := t.span(c)
	op := compute.BinaryOp(t.op)
	if t.broadcast == same {
		binaryRow(op, operand[T](t, 0, lo, hi), operand[T](t, 1, lo, hi), operand[T](t, 2, lo, hi))
		return
	}
	for r := lo; r < hi; r++ {
		z := operand[T](t, 0, r*t.cols, (r+1)*t.cols)
		x := operand[T](t, 1, r*t.cols, (r+1)*t.cols)
		switch t.broadcast {
		case row:
			binaryRow(op, z, x, operand[T](t, 2, 0, t.cols))
		case column:
			binaryScalar(op, z, x, operand[T](t, 2, r, r+1)[0])
		default:
			binaryScalar(op, z, x, operand[T](t, 2, 0, 1)[0])
		}
	}
}

// arithmeticChunk32 is binaryChunk of a sum, a difference or a product, whose second operand is not one number.
func arithmeticChunk32(t *task, c int) {
	lo, hi := t.span(c)
	do := [...]func(z, x, y []float32){compute.Add: simd.Add, compute.Sub: simd.Sub, compute.Mul: simd.Mul}[t.op]
	switch t.broadcast {
	case same:
		do(operand[float32](t, 0, lo, hi), operand[float32](t, 1, lo, hi), operand[float32](t, 2, lo, hi))
	case row:
		for r := lo; r < hi; r++ {
			do(operand[float32](t, 0, r*t.cols, (r+1)*t.cols), operand[float32](t, 1, r*t.cols, (r+1)*t.cols), operand[float32](t, 2, 0, t.cols))
		}
	default:
		binaryChunk[float32](t, c)
	}
}

func binaryRow[T float](op compute.BinaryOp, z, x, y []T) {
	x, y = x[:len(z)], y[:len(z)]
	switch op {
	case compute.Add:
		for i := range z {
			z[i] = x[i] + y[i]
		}
	case compute.Sub:
		for i := range z {
			z[i] = x[i] - y[i]
		}
	case compute.Mul:
		for i := range z {
			z[i] = x[i] * y[i]
		}
	case compute.Div:
		for i := range z {
			z[i] = x[i] / y[i]
		}
	default:
		for i := range z {
			z[i] = binary(op, x[i], y[i])
		}
	}
}

func binaryScalar[T float](op compute.BinaryOp, z, x []T, y T) {
	x = x[:len(z)]
	for i := range z {
		z[i] = binary(op, x[i], y)
	}
}

func binary[T float](op compute.BinaryOp, x, y T) T {
	switch op {
	case compute.Add:
		return x + y
	case compute.Sub:
		return x - y
	case compute.Mul:
		return x * y
	case compute.Div:
		return x / y
	case compute.Min:
		return min(x, y)
	case compute.Max:
		return max(x, y)
	}
	if y > 0 { // compute.MaskByAbove
		return x
	}
	return 0
}

func (b *backend) Axpby(alpha float64, x compute.Tensor, beta float64, y compute.Tensor) {
	dt := mustFloats("Axpby", x, y)
	must(y.Len() == x.Len(), "Axpby", "two tensors of one length", x, y)
	t := &b.task
	t.run = by(dt, axpbyChunk32, axpbyChunk64)
	t.a, t.b, t.in[0], t.in[1] = alpha, beta, pointer(y), pointer(x)
	b.pool.run(t, t.byElements(x.Len()))
}

func axpbyChunk32(t *task, c int) {
	lo, hi := t.span(c)
	simd.Axpby(operand[float32](t, 0, lo, hi), float32(t.a), operand[float32](t, 1, lo, hi), float32(t.b))
}

func axpbyChunk64(t *task, c int) {
	lo, hi := t.span(c)
	kernel.Axpby(operand[float64](t, 0, lo, hi), t.a, operand[float64](t, 1, lo, hi), t.b)
}
