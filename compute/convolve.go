package compute

// Convolve is the family of operations on images. Images are channels last, x (B × H × W × C): a
// row of C numbers for each position. So a 1×1 convolution is a product x wᵀ of positions and
// weights (reshape x to B·H·W rows), as any convolution is once Patches has laid out its windows;
// normalisation per channel is arithmetic on columns; and depthwise convolutions are vectors of
// channels. Operands are Float32 or Float64, all of one type; results overlap no operand unless an
// operation says so. Sums have an order that depends on shapes alone.
type Convolve interface {
	// Transpose exchanges the last two dimensions: dst[b][j][i] = src[b][i][j], src (B × m × n) and
	// dst (B × n × m). With src (B × C × H·W), images as datasets hold them, dst is channels last, and
	// the other way round. With weights (out × in × k·k), as PyTorch holds them, dst are rows for
	// Patches (out × k·k × in), and the way back is their gradient's.
	Transpose(dst, src Tensor)

	// Patches lays out the windows of images for a product (im2col): row (b, i, j) of dst
	// (B·OH·OW × k·k·C) holds, in the order kernel row, kernel column, channel,
	//
	//	x[b][i·stride − pad + r][j·stride − pad + s][c],  0 outside of the image
	//
	// with OH = w.Out(H), OW = w.Out(W), which must be at least 1.
	Patches(dst, x Tensor, w Window)

	// SumPatches is the adjoint of Patches: dx (B × H × W × C) becomes at each element the sum of
	// all elements of patches that Patches copies from it, added in the order of their kernel row and
	// column, 0 of none.
	SumPatches(dx, patches Tensor, w Window)

	// Depthwise is a convolution of each channel with its own kernel, stride 1, zeros around the
	// image so that it keeps its size: y and x (B × H × W × C), w (C × 1 × k × k), bias [C] or
	// Tensor{}. With p = (k−1)/2 rounded down,
	//
	//	y[b][i][j][c] = bias_c + Σ_rs w[c][r][s] · x[b][i + r − p][j + s − p][c]
	//
	// added in the order bias, kernel row, kernel column; positions outside add nothing.
	Depthwise(y, x, w, bias Tensor)

	// DepthwiseInput is the gradient of Depthwise's input: dx becomes Σ_rs w[c][r][s] ·
	// dy[b][i − r + p][j − s + p][c], added from the last kernel row and column to the first.
	DepthwiseInput(dx, dy, w Tensor)

	// DepthwiseWeight are the gradients of Depthwise's weights, dw[c][r][s] = Σ_bij dy[b][i][j][c] ·
	// x[b][i + r − p][j + s − p][c], and of its bias, dbias_c = Σ_bij dy[b][i][j][c], unless that is
	// Tensor{}. Rows of images are added in the type of the operands, their sums in float64.
	DepthwiseWeight(dw, dbias, dy, x Tensor)

	// MaxPool sets y (B × OH × OW × C) to the largest number in each window of x (B × H × W × C), and
	// index (Int32, y's shape) to its place h·W + w. Places outside of the image do not count. Of equal
	// numbers the first one is taken, in the order of rows and columns; of NaNs the last one, and any
	// NaN is larger than all numbers, as in PyTorch. w.Pad is at most w.Size/2.
	MaxPool(y, index, x Tensor, w Window)

	// MaxPoolBackward sets dx (B × H × W × C) to the sum of dy (B × OH × OW × C) over all windows
	// whose largest number was there, in the order of the windows.
	MaxPoolBackward(dx, dy, index Tensor, w Window)

	// MeanPool sets y (B × C) to the mean of x (B × H × W × C) over all positions.
	MeanPool(y, x Tensor)

	// MeanPoolBackward sets dx[b][h][w][c] = dy[b][c] / (H·W).
	MeanPoolBackward(dx, dy Tensor)

	// ChannelMoments takes the mean and the spread of each column of x (n × C), n ≥ 1, for batch
	// normalisation (Ioffe and Szegedy 2015), all results [C]:
	//
	//	mean = Σ x / n,   variance = Σ (x − mean)² / n,   inv = 1 / √(variance + eps)
	//	runningMean = (1 − momentum) runningMean + momentum · mean
	//	runningVar  = (1 − momentum) runningVar + momentum · variance · n / (n − 1)
	//
	// The mean is taken first, so nothing is lost where it is large. Running statistics may be
	// Tensor{}, both; of a single row the variance is 0, and the running one takes momentum · 0.
	ChannelMoments(mean, inv, runningMean, runningVar, x Tensor, momentum, eps float64)

	// BatchNormBackward is the backward pass of y = gamma · x̂ + beta, x̂ = (x − mean) · inv, with the
	// moments of x itself (ChannelMoments). dx, dy and x (n × C), all others [C]; dx may be dy:
	//
	//	dbeta = Σ dy,   dgamma = Σ dy · x̂
	//	dx = gamma · inv · (dy − dbeta/n − x̂ · dgamma/n)
	BatchNormBackward(dx, dgamma, dbeta, dy, x, mean, inv, gamma Tensor)

	// Augment moves and mirrors images at random: dst and src (B × C × H × W), images as datasets hold
	// them. Image b is cut out of src[b] with a border of a.Pad zeros, and then mirrored left to right
	// where a.Flip and a coin say so:
	//
	//	dst[b][c][i][j] = src[b][c][i + di][j' + dj],  j' = j or W − 1 − j,  0 outside of the image
	//
	// With words 4b, 4b+1, 4b+2 of (a.Seed, a.Purpose, step): di and dj are floor(word·(2·Pad+1) / 2³²)
	// − Pad, each shift equally likely, and the image is mirrored where the third word's highest bit is
	// set. step is Int64 [1].
	Augment(dst, src Tensor, a Augmentation, step Tensor)
}

// Window is how a square kernel moves over an image.
type Window struct {
	Size   int // side of the kernel
	Stride int // distance of windows
	Pad    int // border of zeros around the image
}

// Out is the number of windows along a side of n positions; below 1 where not even one fits.
func (w Window) Out(n int) int {
	if n+2*w.Pad < w.Size {
		return 0
	}
	return (n+2*w.Pad-w.Size)/w.Stride + 1
}

// Augmentation says what Augment may do to an image.
type Augmentation struct {
	Pad     int  // largest shift along each axis, in pixels
	Flip    bool // mirror half of the images
	Seed    uint64
	Purpose Purpose
}
