package computetest

import "noise2sparse/compute"

func checkConvolvePanics(e *env) {
	b, none := e.b, compute.Tensor{}
	x, small, matrix := e.zeros(2, 4, 4, 3), e.zeros(2, 4, 3, 3), e.zeros(6, 3)
	w, flat, v, long := e.zeros(3, 1, 5, 5), e.zeros(3, 25), e.zeros(3), e.zeros(4)
	half, index := e.zeros(2, 2, 2, 3), b.Alloc(compute.Int32, 2, 2, 2, 3)
	win, huge := compute.Window{Size: 2, Stride: 2}, compute.Window{Size: 9, Stride: 1, Pad: 2}
	count, step := b.Alloc(compute.Int32, 1), b.Alloc(compute.Int64, 1)
	other := b.Alloc(e.otherFloat(), 2, 4, 4, 3)
	bias := compute.Epilogue{Bias: long}
	e.mustPanic([]misuse{
		{"Transpose", []string{"[6 3]"}, func() { b.Transpose(matrix, matrix) }},
		{"Transpose", []string{"[2 3 4]", "[2 3 4]"}, func() { b.Transpose(e.zeros(2, 3, 4), e.zeros(2, 3, 4)) }},
		{"Patches", []string{"[6 3]", "[2 4 4 3]"}, func() { b.Patches(matrix, x, win) }},
		{"Patches", []string{"[2 4 4 3]"}, func() { b.Patches(e.zeros(0, 243), x, huge) }},
		{"Patches", []string{"[6 3]"}, func() { b.Patches(matrix, matrix, win) }},
		{"SumPatches", []string{"[6 3]", "[2 4 4 3]"}, func() { b.SumPatches(x, matrix, win) }},
		{"Depthwise", []string{"[2 4 3 3]", "[2 4 4 3]"}, func() { b.Depthwise(small, x, w, none) }},
		{"Depthwise", []string{"[3 25]"}, func() { b.Depthwise(x, x, flat, none) }},
		{"Depthwise", []string{"[4]"}, func() { b.Depthwise(x, x, w, long) }},
		{"Depthwise", []string{"float32", "float64"}, func() { b.Depthwise(other, x, w, none) }},
		{"DepthwiseInput", []string{"[2 4 3 3]", "[2 4 4 3]"}, func() { b.DepthwiseInput(small, x, w) }},
		{"DepthwiseWeight", []string{"[3 25]"}, func() { b.DepthwiseWeight(flat, none, x, x) }},
		{"DepthwiseWeight", []string{"[4]"}, func() { b.DepthwiseWeight(w, long, x, x) }},
		{"MaxPool", []string{"[2 4 3 3]", "[2 4 4 3]"}, func() { b.MaxPool(small, index, x, win) }},
		{"MaxPool", []string{"int32[1]"}, func() { b.MaxPool(half, count, x, win) }},
		{"MaxPoolBackward", []string{"[2 4 4 3]", "[2 2 2 3]"}, func() { b.MaxPoolBackward(x, x, index, win) }},
		{"MeanPool", []string{"[6 3]", "[2 4 4 3]"}, func() { b.MeanPool(matrix, x) }},
		{"MeanPoolBackward", []string{"[6 3]", "[2 4 4 3]"}, func() { b.MeanPoolBackward(x, matrix) }},
		{"ChannelMoments", []string{"[4]", "[6 3]"}, func() { b.ChannelMoments(v, long, none, none, matrix, 0.1, 0) }},
		{"ChannelMoments", []string{"no tensor"}, func() { b.ChannelMoments(v, v, v, none, matrix, 0.1, 0) }},
		{"BatchNormBackward", []string{"[4]", "[6 3]"}, func() { b.BatchNormBackward(matrix, v, v, matrix, matrix, v, v, long) }},
		{"Augment", []string{"[2 4 3 3]", "[2 4 4 3]"}, func() { b.Augment(small, x, compute.Augmentation{}, step) }},
		{"Augment", []string{"int32[1]"}, func() { b.Augment(x, x, compute.Augmentation{}, count) }},
		{"", []string{"[4]", "[6 3]"}, func() { compute.Finish(b, matrix, matrix, bias) }},
		{"", []string{"[4]", "[6 3]"}, func() { compute.LinearFinish(b, matrix, e.zeros(6, 2), e.zeros(3, 2), bias) }},
		{"", []string{"[4]", "[2 4 4 3]"}, func() { compute.DepthwiseFinish(b, e.zeros(2, 4, 4, 3), x, w, bias) }},
	})
}

// convolveCalls are the operations on images of about rows positions; the product is of cols × cols.
func (e *env) convolveCalls(rows, cols, _ int) []call {
	b, none := e.b, compute.Tensor{}
	cols = min(cols, 130)
	p := picture{b: 1 + rows/16, h: 4, w: 4, c: cols}
	win := compute.Window{Size: 3, Stride: 2, Pad: 1}
	image := func() operand { return e.put(e.normal(p.len()), p.shape()...) }
	vector := func() operand { return e.put(e.normal(cols), cols) }
	x, w, bias, y, dx := image(), e.put(e.normal(cols*25), cols, 1, 5, 5), vector(), e.out(p.shape()...), e.out(p.shape()...)
	dw, dbias := e.out(cols, 1, 5, 5), e.out(cols)
	patches, sums := e.matrix(p.b*4, 9*cols), e.out(p.shape()...)
	largest, index, pooled := e.out(p.b, 2, 2, cols), e.alloc(compute.Int32, p.b, 2, 2, cols), e.out(p.b, cols)
	mean, inv, rm, rv := e.out(cols), e.out(cols), vector(), vector()
	norm, dg, db := e.out(p.b*16, cols), e.out(cols), e.out(cols)
	rowsOf := func(t operand) compute.Tensor { return t.Reshape(p.b*16, cols) }
	across, moved, step := e.out(p.b, cols, 16), e.out(p.b, cols, 4, 4), e.counter(4)
	epilogue := compute.Epilogue{Bias: bias.Tensor, GELU: true, Scale: vector().Tensor, Shift: vector().Tensor, Residual: image().Tensor, ReLU: true}
	flat := epilogue
	flat.Residual = epilogue.Residual.Reshape(p.b*16, cols)
	done, product, deep := e.out(p.b*16, cols), e.out(p.b*16, cols), e.out(p.shape()...)
	square := e.put(e.normal(cols*cols), cols, cols)
	a := compute.Augmentation{Pad: 2, Flip: true, Seed: 3, Purpose: compute.PurposeAugment}
	return []call{
		{"Transpose", func() { b.Transpose(across.Tensor, x.Reshape(p.b, 16, cols)) }, []operand{across}},
		{"Patches", func() { b.Patches(patches.Tensor, x.Tensor, win) }, []operand{patches}},
		{"SumPatches", func() { b.SumPatches(sums.Tensor, patches.Tensor, win) }, []operand{sums}},
		{"Depthwise", func() { b.Depthwise(y.Tensor, x.Tensor, w.Tensor, bias.Tensor) }, []operand{y}},
		{"DepthwiseInput", func() { b.DepthwiseInput(dx.Tensor, x.Tensor, w.Tensor) }, []operand{dx}},
		{"DepthwiseWeight", func() { b.DepthwiseWeight(dw.Tensor, dbias.Tensor, y.Tensor, x.Tensor) }, []operand{dw, dbias}},
		{"DepthwiseWeight without bias", func() { b.DepthwiseWeight(dw.Tensor, none, y.Tensor, x.Tensor) }, []operand{dw}},
		{"MaxPool", func() { b.MaxPool(largest.Tensor, index.Tensor, x.Tensor, win) }, []operand{largest, index}},
		{"MaxPoolBackward", func() { b.MaxPoolBackward(dx.Tensor, largest.Tensor, index.Tensor, win) }, []operand{dx}},
		{"MeanPool", func() { b.MeanPool(pooled.Tensor, x.Tensor) }, []operand{pooled}},
		{"MeanPoolBackward", func() { b.MeanPoolBackward(dx.Tensor, pooled.Tensor) }, []operand{dx}},
		{"ChannelMoments", func() {
			b.ChannelMoments(mean.Tensor, inv.Tensor, rm.Tensor, rv.Tensor, rowsOf(x), 0.1, 1e-5)
		}, []operand{mean, inv, rm, rv}},
		{"BatchNormBackward", func() {
			b.BatchNormBackward(norm.Tensor, dg.Tensor, db.Tensor, rowsOf(y), rowsOf(x), mean.Tensor, inv.Tensor, bias.Tensor)
		}, []operand{norm, dg, db}},
		{"Augment", func() { b.Augment(moved.Tensor, across.Reshape(p.b, cols, 4, 4), a, step.Tensor) }, []operand{moved}},
		{"Finish", func() { compute.Finish(b, done.Tensor, rowsOf(x), flat) }, []operand{done}},
		{"LinearFinish", func() { compute.LinearFinish(b, product.Tensor, rowsOf(x), square.Tensor, flat) }, []operand{product}},
		{"DepthwiseFinish", func() { compute.DepthwiseFinish(b, deep.Tensor, x.Tensor, w.Tensor, epilogue) }, []operand{deep}},
	}
}
