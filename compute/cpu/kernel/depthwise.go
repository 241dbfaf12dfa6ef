package kernel

// WholeVectors rounds a number of channels up to whole vectors.
func WholeVectors(channels int) int { return (channels + Lanes - 1) &^ (Lanes - 1) }

// TapWeights lays out the kernels of a depthwise convolution, w (C × k·k), by place: taps (k·k × ld),
// ld ≥ C, so that a place's weights of all channels lie side by side. What is beyond C is 0. With flip
// the kernels are turned by half a turn, for the gradient of the input.
func TapWeights[T Float](taps, w []T, ld, channels, k int, flip bool) {
	n := k * k
	for tap := range n {
		from := tap
		if flip {
			from = n - 1 - tap
		}
		row := taps[tap*ld:][:ld]
		for c := range channels {
			row[c] = w[c*n+from]
		}
		clear(row[channels:])
	}
}

// Depth is the geometry of a depthwise convolution.
type Depth struct {
	Shape
	K      int // side of the kernels
	Before int // how many places they begin above and left of their result
	LD     int // distance of the taps
}

// Depthwise is row i of a depthwise convolution of the image x (H × W × C): y (W × C), with taps
// (k·k × ld). For each channel, the bias (or 0) and the products are added in the order of kernel rows
// and columns; each product is rounded before it is added, and places outside of the image add nothing.
// The epilogue's other parts follow; its residual is the whole image (H × W × C), which may be x.
func Depthwise[T Float](y, x, taps []T, i int, d *Depth, e Epilogue[T]) {
	after := e
	after.Bias = nil
	for j := range d.W {
		to := y[j*d.C:][:d.C]
		if e.Bias != nil {
			copy(to, e.Bias)
		} else {
			clear(to)
		}
		for r := range d.K {
			h := i + r - d.Before
			if h < 0 || h >= d.H {
				continue
			}
			for q := range d.K {
				if v := j + q - d.Before; v >= 0 && v < d.W {
					addProducts(to, x[(h*d.W+v)*d.C:], taps[(r*d.K+q)*d.LD:])
				}
			}
		}
		if e.Residual != nil {
			after.Residual = e.Residual[(i*d.W+j)*d.C:]
		}
		Finish(to, to, d.C, 1, d.C, after)
	}
}

// addProducts adds a·b to z, each product rounded.
func addProducts[T Float](z, a, b []T) {
	a, b = a[:len(z)], b[:len(z)]
	for c := range z {
		z[c] += T(a[c] * b[c])
	}
}

// DepthwiseWeight adds one image's part of the gradient of the weights of cols channels, from channel
// c on, to sums (k·k × cols): of each kernel place, each row of the image is added up in T from left
// to right, its sum then in float64. row (cols) is scratch. dy and x are the whole image (H × W × C).
func DepthwiseWeight[T Float](sums []float64, dy, x, row []T, c, cols int, s Shape, k int) {
	before := (k - 1) / 2
	row = row[:cols]
	for i := range s.H {
		for r := range k {
			h := i + r - before
			if h < 0 || h >= s.H {
				continue
			}
			for q := range k {
				clear(row)
				for j := max(0, before-q); j < min(s.W, s.W+before-q); j++ {
					addProducts(row, dy[(i*s.W+j)*s.C+c:], x[(h*s.W+j+q-before)*s.C+c:])
				}
				for l, v := range row {
					sums[(r*k+q)*cols+l] += float64(v)
				}
			}
		}
	}
}
