//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// ReLUMask implements compute.ReLUMasker: cuBLASLt's mask of a layer's activations, a bit for each, is all
// that the backward pass needs of them.
func (b *backend) ReLUMask(rows, cols int) compute.Tensor {
	if b.lt.handle == nil || b.float != compute.Float32 || rows*cols == 0 {
		return compute.Tensor{}
	}
	return b.Alloc(compute.Uint8, gpu.MaskBytes(cols, rows))
}

// LinearReLU implements compute.LinearReLUFuser. Counts are taken from y in a pass of its own: the sum of
// activations needs every one of them, and who reads them has the number of those above 0 with it. A count
// from the mask would read 1/32 of the bytes, but beside that sum, not in its place: at 512 × 1,000 it would be
// a launch more (about 2 µs, as much as the pass itself), at 1,024 × 10,000 1.3 MB more on top of 41. The pass
// reads y where BiasReLU reads and writes it, so half of its traffic is saved.
func (b *backend) LinearReLU(y, x, w, bias, fired, total, mask compute.Tensor) {
	const op = "LinearReLU"
	mustLinear(op, y, x, w, bias, fired, total)
	mustMask(op, y, mask)
	p := b.linearReLU(op, y, x, w, bias, mask)
	if p == nil {
		delete(b.lt.masks, address(mask))
		compute.LinearReLUComposed(b, y, x, w, bias, fired, total)
		return
	}
	b.lt.operands = gpu.LtOperands{A: address(w), B: address(x), D: address(y), Bias: address(bias), Mask: address(mask)}
	b.lt.run(b, p, op, y, x, w, bias)
	if mask.Valid() {
		b.lt.masks[address(mask)] = masked{address(y), y.Rows()}
	}
	b.CountActive(fired, total, y, compute.Tensor{}, compute.Tensor{})
}

// linearReLU is cuBLASLt's product for it; nil: it is to be composed.
func (b *backend) linearReLU(op string, y, x, w, bias, mask compute.Tensor) *gpu.LtProduct {
	if !b.lt.does(x.Cols(), y, x, w, bias, mask) {
		return nil
	}
	epilogue := [2][2]gpu.Epilogue{
		{gpu.EpilogueReLU, gpu.EpilogueReLUBias}, {gpu.EpilogueReLUMask, gpu.EpilogueReLUMaskBias},
	}[choose(mask)][choose(bias)]
	return b.lt.product(b, op, gpu.LtShape{TransA: true, M: y.Cols(), N: y.Rows(), K: x.Cols(), Epilogue: epilogue})
}

// LinearReLUBackward implements compute.LinearReLUBackwardFuser.
func (b *backend) LinearReLUBackward(dpre, dbias, dy, v, post, mask compute.Tensor) {
	const op = "LinearReLUBackward"
	mustFloats(op, dpre, dbias, dy, v, post)
	must(dy.Rank() == 2 && v.Rank() == 2 && dpre.Rank() == 2 && dpre.SameShape(post) && dpre.Rows() == dy.Rows() && dpre.Cols() == v.Cols() &&
		dy.Cols() == v.Rows() && (!dbias.Valid() || dbias.Len() == dpre.Cols()), op, "matrices that fit, and a sum for each column", dpre, dbias, dy, v, post)
	mustMask(op, post, mask)
	p := b.linearReLUBackward(op, dpre, dbias, dy, v, post, mask)
	if p == nil {
		compute.LinearReLUBackwardComposed(b, dpre, dbias, dy, v, post)
		return
	}
	b.lt.operands = gpu.LtOperands{A: address(v), B: address(dy), D: address(dpre), Bias: address(dbias), Mask: address(mask)}
	b.lt.run(b, p, op, dpre, dbias, dy, v)
}

// linearReLUBackward is cuBLASLt's product for it; nil: it is to be composed, as where the mask is not of
// these activations, since the forward pass was.
func (b *backend) linearReLUBackward(op string, dpre, dbias, dy, v, post, mask compute.Tensor) *gpu.LtProduct {
	if !mask.Valid() || !b.lt.does(dy.Cols(), dpre, dbias, dy, v, mask) || b.lt.masks[address(mask)] != (masked{address(post), post.Rows()}) {
		return nil
	}
	epilogue := [2]gpu.Epilogue{gpu.EpilogueDReLU, gpu.EpilogueDReLUBiasGrad}[choose(dbias)]
	return b.lt.product(b, op, gpu.LtShape{M: dpre.Cols(), N: dpre.Rows(), K: dy.Cols(), Epilogue: epilogue})
}

// LinearGradient implements compute.LinearGradientFuser. To cuBLASLt dw (n × d) is D = dwᵀ (d × n), the product of
// A = xᵀ (d × B) as it lies and B = dy (B × n), which lies as its transpose; the sums of B's columns, one for each
// column of D, are the bias's gradient.
func (b *backend) LinearGradient(dw, dbias, dy, x compute.Tensor) {
	const op = "LinearGradient"
	mustFloats(op, dw, dbias, dy, x)
	must(dw.Rank() == 2 && dy.Rank() == 2 && x.Rank() == 2 && dy.Rows() == x.Rows() && dw.Rows() == dy.Cols() && dw.Cols() == x.Cols() &&
		dbias.Len() == dy.Cols(), op, "matrices that fit, and a sum for each column", dw, dbias, dy, x)
	var p *gpu.LtProduct
	if b.lt.does(dy.Rows(), dw, dbias, dy, x) {
		p = b.lt.product(b, op, gpu.LtShape{TransB: true, M: dw.Cols(), N: dw.Rows(), K: dy.Rows(), Epilogue: gpu.EpilogueBiasGradB})
	}
	if p == nil {
		compute.LinearGradientComposed(b, dw, dbias, dy, x)
		return
	}
	b.lt.operands = gpu.LtOperands{A: address(x), B: address(dy), D: address(dw), Bias: address(dbias)}
	b.lt.run(b, p, op, dw, dbias, dy, x)
}

// choose is 1 for a tensor and 0 for Tensor{}.
func choose(t compute.Tensor) int {
	if t.Valid() {
		return 1
	}
	return 0
}

// mustLinear checks y = x wᵀ with a bias and counts for y's columns.
func mustLinear(op string, y, x, w, bias, fired, total compute.Tensor) {
	mustFloats(op, y, x, w, bias)
	must(y.Rank() == 2 && x.Rank() == 2 && w.Rank() == 2 && y.Rows() == x.Rows() && y.Cols() == w.Rows() && x.Cols() == w.Cols(), op, "shapes that fit", y, x, w)
	must((!bias.Valid() || bias.Len() == y.Cols()) && counts(fired, y) && counts(total, y), op, "a bias and float64 counts for each column", y, bias, fired, total)
}

// mustMask checks that the mask has room for what y is.
func mustMask(op string, y, mask compute.Tensor) {
	must(!mask.Valid() || mask.DType() == compute.Uint8 && mask.Len() >= gpu.MaskBytes(y.Cols(), y.Rows()), op, "ReLUMask's mask of at least as many rows", y, mask)
}
