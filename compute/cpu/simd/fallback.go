//go:build !cgo || !amd64

package simd

import (
	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/internal/philox"
)

func detect() Level { return None }

func hardware() Level { return None }

// Add sets z = x + y; see [kernel.Add].
func Add(z, x, y []float32) { kernel.Add(z, x, y) }

// Sub sets z = x − y; see [kernel.Sub].
func Sub(z, x, y []float32) { kernel.Sub(z, x, y) }

// Mul sets z = x · y; see [kernel.Mul].
func Mul(z, x, y []float32) { kernel.Mul(z, x, y) }

// Scale sets y = a · x; see [kernel.Scale].
func Scale(y []float32, a float32, x []float32) { kernel.Scale(y, a, x) }

// Axpy sets y = a · x + y; see [kernel.Axpy].
func Axpy(y []float32, a float32, x []float32) { kernel.Axpy(y, a, x) }

// Axpby sets y = a · x + b · y; see [kernel.Axpby].
func Axpby(y []float32, a float32, x []float32, b float32) { kernel.Axpby(y, a, x, b) }

// AddBias adds bias to each row of y; see [kernel.AddBias].
func AddBias(y []float32, ld int, bias []float32, rows, cols int) {
	kernel.AddBias(y, ld, bias, rows, cols)
}

// ColSums adds column sums to a float32 accumulator; see [kernel.ColSums].
func ColSums(dst, x []float32, ld, rows, cols int) { kernel.ColSums(dst, x, ld, rows, cols) }

// ColSums64 adds column sums to a float64 accumulator; see [kernel.ColSums].
func ColSums64(dst []float64, x []float32, ld, rows, cols int) {
	kernel.ColSums(dst, x, ld, rows, cols)
}

// BiasReLU finishes a ReLU layer's forward pass; see [kernel.BiasReLU].
func BiasReLU(y []float32, ld int, bias []float32, rows, cols int, fired, total []float64) {
	kernel.BiasReLU(y, ld, bias, rows, cols, fired, total)
}

// ReLUBackward is the backward pass of BiasReLU; see [kernel.ReLUBackward].
func ReLUBackward(dpre, dpost, post []float32, ld int, dbias []float32, rows, cols int) {
	kernel.ReLUBackward(dpre, dpost, post, ld, dbias, rows, cols)
}

// MSE is the squared error, forward and backward; see [kernel.MSE].
func MSE(grad, out, target []float32, ld int, scale float32, rows, cols int, rowSquares []float64, dbias []float32) float64 {
	return kernel.MSE(grad, out, target, ld, scale, rows, cols, rowSquares, dbias)
}

// SumSquares returns Σ x²; see [kernel.SumSquares].
func SumSquares(x []float32) float64 { return kernel.SumSquares(x) }

// Sum returns Σ x; see [kernel.Sum].
func Sum(x []float32) float64 { return kernel.Sum(x) }

// SumAbs returns Σ |x|; see [kernel.SumAbs].
func SumAbs(x []float32) float64 { return kernel.SumAbs(x) }

// CountPositive counts x > 0; see [kernel.CountPositive].
func CountPositive(x []float32) int { return kernel.CountPositive(x) }

// CountNegative counts x < 0; see [kernel.CountNegative].
func CountNegative(x []float32) int { return kernel.CountNegative(x) }

// AllFinite says whether no x is NaN or infinite; see [kernel.AllFinite].
func AllFinite(x []float32) bool { return kernel.AllFinite(x) }

// TopKThreshold finds the k-th largest of a row; see [kernel.TopKThreshold].
func TopKThreshold(x []float32, k int, scratch []float32) (threshold float32, ties int) {
	return kernel.TopKThreshold(x, k, scratch)
}

// TopKMask keeps the k largest of a row; see [kernel.TopKMask].
func TopKMask(y, x []float32, threshold float32, ties int) { kernel.TopKMask(y, x, threshold, ties) }

// Adam steps one range of a parameter; see [kernel.Adam].
func Adam(p, m, v, g []float32, s *kernel.AdamStep[float32]) { kernel.Adam(p, m, v, g, s) }

// SGD steps one range of a parameter; see [kernel.SGD].
func SGD(p, m, g []float32, s *kernel.Step[float32]) { kernel.SGD(p, m, g, s) }

// SparseAdam steps the elements of one range that have a gradient; see [kernel.SparseAdam].
func SparseAdam(p, m, v, g []float32, s *kernel.Step[float32]) { kernel.SparseAdam(p, m, v, g, s) }

// SparseSGD steps the elements of one range that have a gradient; see [kernel.SparseSGD].
func SparseSGD(p, m, g []float32, s *kernel.Step[float32]) { kernel.SparseSGD(p, m, g, s) }

// RMSProp steps one range of a parameter; see [kernel.RMSProp].
func RMSProp(p, a, g []float32, s *kernel.Step[float32]) { kernel.RMSProp(p, a, g, s) }

// Gather copies rows; see [kernel.Gather].
func Gather(dst, src []float32, index []int32, cols int) { kernel.Gather(dst, src, index, cols) }

// GatherUint8 copies rows of pixels as x/255; see [kernel.GatherUint8].
func GatherUint8(dst []float32, src []uint8, index []int32, cols int) {
	kernel.GatherUint8(dst, src, index, cols)
}

// GatherFloat16 copies rows of half-precision numbers; see [kernel.GatherFloat16].
func GatherFloat16(dst []float32, src []uint16, index []int32, cols int) {
	kernel.GatherFloat16(dst, src, index, cols)
}

// GatherBFloat16 copies rows of bfloat16 numbers; see [kernel.GatherBFloat16].
func GatherBFloat16(dst []float32, src []uint16, index []int32, cols int) {
	kernel.GatherBFloat16(dst, src, index, cols)
}

// AddNoise sets dst = src + noise; see [kernel.AddNoise].
func AddNoise(dst, src []float32, first int, n *kernel.Noise, s philox.Stream) {
	kernel.AddNoise(dst, src, first, n, s)
}

// FillUniform sets dst to uniform numbers; see [kernel.FillUniform].
func FillUniform(dst []float32, first int, lo, hi float64, s philox.Stream) {
	kernel.FillUniform(dst, first, lo, hi, s)
}

// Curve sets y = f(x); see [kernel.Curve].
func Curve(f kernel.Function, y, x []float32) { kernel.Curve(f, y, x) }

// Finish sets y = e(x) on a window; see [kernel.Finish].
func Finish(y, x []float32, ld, rows, cols int, e kernel.Epilogue[float32]) {
	kernel.Finish(y, x, ld, rows, cols, e)
}

// Depthwise is one row of a depthwise convolution; see [kernel.Depthwise].
func Depthwise(y, x, taps []float32, i int, d *kernel.Depth, e kernel.Epilogue[float32]) {
	kernel.Depthwise(y, x, taps, i, d, e)
}

// ColSquares adds up squares of differences; see [kernel.ColSquares].
func ColSquares(dst []float64, x, mean []float32, rows int) { kernel.ColSquares(dst, x, mean, rows) }

// ColProducts adds up products with differences; see [kernel.ColProducts].
func ColProducts(dst []float64, dy, x, mean []float32, rows int) {
	kernel.ColProducts(dst, dy, x, mean, rows)
}

// NormGradient is the last pass of a batch normalisation's gradient; see [kernel.NormGradient].
func NormGradient(dx, dy, x, mean, coefficients []float32, rows int) {
	kernel.NormGradient(dx, dy, x, mean, coefficients, rows)
}

// DepthwiseWeight adds one image's part of the weights' gradient; see [kernel.DepthwiseWeight].
func DepthwiseWeight(sums []float64, dy, x, row []float32, c, cols int, s kernel.Shape, k int) {
	kernel.DepthwiseWeight(sums, dy, x, row, c, cols, s, k)
}
