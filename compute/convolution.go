package compute

// Convolution is how a k×k convolution of images moves, and the room that its composition needs. Room
// has any contents before and after, and is none of the operands.
type Convolution struct {
	Window  Window
	Patches Tensor // at least B·OH·OW · k·k·in numbers; Tensor{} for 1×1 windows of stride 1
	Weights Tensor // at least out · k·k·in numbers; Tensor{} for 1×1 windows
}

// ConvolutionFuser is a backend that has convolutions of its own.
type ConvolutionFuser interface {
	ConvolveFinish(y, x, w Tensor, c Convolution, e Epilogue)
	ConvolveInput(dx, dy, w Tensor, c Convolution)
	ConvolveWeight(dw, dy, x Tensor, c Convolution)
}

// ConvolveFinish is a convolution of x (B × H × W × in) with w (out × in × k × k), as PyTorch holds them:
//
//	y[b][i][j][o] = Σ_rsc w[o][c][r][s] · x[b][i·stride − pad + r][j·stride − pad + s][c]
//
// with 0 outside of the image, finished by e, whose residual may have any shape; y (B × OH × OW × out).
func ConvolveFinish(b Backend, y, x, w Tensor, c Convolution, e Epilogue) {
	if f, ok := b.(ConvolutionFuser); ok {
		f.ConvolveFinish(y, x, w, c, e)
		return
	}
	ConvolveFinishComposed(b, y, x, w, c, e)
}

// ConvolveFinishComposed is the definition of ConvolveFinish: a product of all windows, laid out as rows, and the
// weights in the order of windows.
func ConvolveFinishComposed(b Backend, y, x, w Tensor, c Convolution, e Epilogue) {
	rows := pixels(y)
	e.Residual = e.Residual.like(rows)
	LinearFinish(b, rows, c.rows(b, x, rows.Rows()), c.matrix(b, w), e)
}

// ConvolveInput is the gradient of ConvolveFinish's input: dx (B × H × W × in) becomes
//
//	dx[b][h][v][c] = Σ w[o][c][r][s] · dy[b][i][j][o]
//
// over all o, r, s and windows i, j with i·stride − pad + r = h and j·stride − pad + s = v.
func ConvolveInput(b Backend, dx, dy, w Tensor, c Convolution) {
	if f, ok := b.(ConvolutionFuser); ok {
		f.ConvolveInput(dx, dy, w, c)
		return
	}
	ConvolveInputComposed(b, dx, dy, w, c)
}

// ConvolveInputComposed is the definition of ConvolveInput.
func ConvolveInputComposed(b Backend, dx, dy, w Tensor, c Convolution) {
	d := pixels(dy)
	if c.pointwise() {
		b.Matmul(pixels(dx), d, c.matrix(b, w), false, false, 1, 0)
		return
	}
	p := c.room(d.Rows(), c.fanIn(w))
	b.Matmul(p, d, c.matrix(b, w), false, false, 1, 0)
	b.SumPatches(dx, p, c.Window)
}

// ConvolveWeight is the gradient of ConvolveFinish's weights: dw (out × in × k × k) becomes
//
//	dw[o][c][r][s] = Σ_bij dy[b][i][j][o] · x[b][i·stride − pad + r][j·stride − pad + s][c]
func ConvolveWeight(b Backend, dw, dy, x Tensor, c Convolution) {
	if f, ok := b.(ConvolutionFuser); ok {
		f.ConvolveWeight(dw, dy, x, c)
		return
	}
	ConvolveWeightComposed(b, dw, dy, x, c)
}

// ConvolveWeightComposed is the definition of ConvolveWeight.
func ConvolveWeightComposed(b Backend, dw, dy, x Tensor, c Convolution) {
	d := pixels(dy)
	rows := c.rows(b, x, d.Rows())
	if c.Window.Size == 1 {
		b.Matmul(dw.Reshape(dw.Dim(0), dw.Dim(1)), d, rows, true, false, 1, 0)
		return
	}
	laid := c.Laid(dw)
	b.Matmul(laid.Reshape(dw.Dim(0), c.fanIn(dw)), d, rows, true, false, 1, 0)
	c.Unlay(b, dw, laid)
}

// Lay puts weights (out × in × k × k) into the order of windows, (out × k·k × in), in c's room.
func (c Convolution) Lay(b Backend, w Tensor) Tensor {
	laid := c.Laid(w)
	b.Transpose(laid, w.Reshape(w.Dim(0), w.Dim(1), c.Window.Size*c.Window.Size))
	return laid
}

// Unlay takes weights in the order of windows back to PyTorch's.
func (c Convolution) Unlay(b Backend, w, laid Tensor) {
	b.Transpose(w.Reshape(w.Dim(0), w.Dim(1), c.Window.Size*c.Window.Size), laid)
}

// Laid is the room for weights in the order of windows.
func (c Convolution) Laid(w Tensor) Tensor {
	return c.Weights.Flat().Head(w.Len()).Reshape(w.Dim(0), c.Window.Size*c.Window.Size, w.Dim(1))
}

// matrix are the weights as rows for the product.
func (c Convolution) matrix(b Backend, w Tensor) Tensor {
	if c.Window.Size > 1 {
		return c.Lay(b, w).Reshape(w.Dim(0), c.fanIn(w))
	}
	return w.Reshape(w.Dim(0), c.fanIn(w))
}

// rows are the n windows of x as rows.
func (c Convolution) rows(b Backend, x Tensor, n int) Tensor {
	if c.pointwise() {
		return pixels(x)
	}
	p := c.room(n, c.Window.Size*c.Window.Size*x.Dim(3))
	b.Patches(p, x, c.Window)
	return p
}

func (c Convolution) room(n, cols int) Tensor {
	return c.Patches.Flat().Head(n*cols).Reshape(n, cols)
}

func (c Convolution) pointwise() bool    { return c.Window == Window{Size: 1, Stride: 1} }
func (c Convolution) fanIn(w Tensor) int { return w.Dim(1) * c.Window.Size * c.Window.Size }

// like views t in the shape of another; Tensor{} stays that.
func (t Tensor) like(u Tensor) Tensor {
	if !t.Valid() {
		return t
	}
	return t.Reshape(u.Rows(), u.Cols())
}

// pixels views images as a matrix, a row for each position.
func pixels(x Tensor) Tensor { return x.Reshape(x.Len()/x.Dim(3), x.Dim(3)) }
