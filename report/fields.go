package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"sort"
)

// Geometry is how the inputs of a network are laid out as an image: channel by channel, row by
// row (channels × height × width), as PyTorch flattens images. The zero value means no image.
type Geometry struct {
	Channels, Height, Width int
}

// FieldOptions choose what ReceptiveFields draws. The zero value is good for a figure file.
type FieldOptions struct {
	// Activity ranks the neurons, most active first, one value each (such as the fraction of inputs
	// for which it fires); nil: the L2 norm of the incoming weights. Ties: lowest index. NaN: last.
	Activity []float32
	Neurons  int // at most so many are drawn; 0: 100
	Columns  int // of the grid; 0: near-square
	Scale    int // pixels per weight, each way; 0: so that the figure is about 800 pixels wide
}

// Colours of what is not a weight.
var (
	separator = color.RGBA{24, 24, 24, 255}
	notFinite = color.RGBA{255, 0, 255, 255}
)

// ReceptiveFields draws the incoming weights of the most active neurons as a grid, read row by
// row. weights is (neurons × dim), row-major. Each neuron is scaled by its own largest |w|: mid-grey
// is 0, white +max, black −max; with 3 channels each channel so, with one max for all three. A
// neuron of zeros is grey; weights that are not finite are magenta. Where g is zero, or has neither
// 1 nor 3 channels, a field is a near-square grey heat map.
func ReceptiveFields(weights []float32, dim int, g Geometry, o FieldOptions) (image.Image, error) {
	if err := checkFields(weights, dim, g, o); err != nil {
		return nil, err
	}
	g = drawable(g, dim)
	shown := rank(weights, dim, o.Activity)
	shown = shown[:min(len(shown), orDefault(o.Neurons, 100))]
	columns := min(len(shown), orDefault(o.Columns, nearSquare(len(shown), g)))
	rows := (len(shown) + columns - 1) / columns
	scale := orDefault(o.Scale, max(1, 800/(columns*(g.Width+1))))
	gap := max(1, scale/3)
	cellW, cellH := g.Width*scale+gap, g.Height*scale+gap
	img := image.NewRGBA(image.Rect(0, 0, columns*cellW+gap, rows*cellH+gap))
	fill(img, img.Bounds(), separator)
	for i, n := range shown {
		at := image.Pt(gap+i%columns*cellW, gap+i/columns*cellH)
		drawField(img, at, weights[n*dim:(n+1)*dim], g, scale)
	}
	return img, nil
}

func checkFields(weights []float32, dim int, g Geometry, o FieldOptions) error {
	switch {
	case dim < 1 || len(weights) == 0 || len(weights)%dim != 0:
		return fmt.Errorf("receptive fields: %d weights are not (neurons × %d)", len(weights), dim)
	case g != Geometry{} && (g.Channels < 1 || g.Height < 1 || g.Width < 1 || g.Channels*g.Height*g.Width != dim):
		return fmt.Errorf("receptive fields: images of %d×%d×%d do not have %d values", g.Channels, g.Height, g.Width, dim)
	case o.Activity != nil && len(o.Activity) != len(weights)/dim:
		return fmt.Errorf("receptive fields: %d activities for %d neurons", len(o.Activity), len(weights)/dim)
	case o.Neurons < 0 || o.Columns < 0 || o.Scale < 0:
		return fmt.Errorf("receptive fields: a negative number of neurons, columns or pixels")
	}
	return nil
}

// drawable is g, or a near-square one-channel map of at least dim weights.
func drawable(g Geometry, dim int) Geometry {
	if g.Channels == 1 || g.Channels == 3 {
		return g
	}
	side := int(math.Ceil(math.Sqrt(float64(dim))))
	for h := side; h >= (side+1)/2; h-- { // without a remainder where that is not too long
		if dim%h == 0 {
			return Geometry{1, h, dim / h}
		}
	}
	return Geometry{1, (dim + side - 1) / side, side}
}

// rank returns the neurons' indices, the most active first.
func rank(weights []float32, dim int, activity []float32) []int {
	score := make([]float64, len(weights)/dim)
	index := make([]int, len(score))
	for n := range score {
		index[n] = n
		if activity != nil {
			score[n] = float64(activity[n])
		} else {
			for _, w := range weights[n*dim : (n+1)*dim] {
				score[n] += float64(w) * float64(w)
			}
		}
		if math.IsNaN(score[n]) {
			score[n] = math.Inf(-1)
		}
	}
	sort.SliceStable(index, func(i, j int) bool { return score[index[i]] > score[index[j]] })
	return index
}

// nearSquare is the number of columns that makes n fields about as wide as high.
func nearSquare(n int, g Geometry) int {
	return max(1, int(math.Ceil(math.Sqrt(float64(n)*float64(g.Height)/float64(g.Width)))))
}

// drawField draws w (channels × height × width; missing weights at the end stay empty).
func drawField(img *image.RGBA, at image.Point, w []float32, g Geometry, scale int) {
	limit := largest(w)
	plane := g.Height * g.Width
	for p := range min(plane, len(w)) {
		var c color.RGBA
		if g.Channels == 3 {
			c = mix(level(w[p], limit), level(w[plane+p], limit), level(w[2*plane+p], limit))
		} else {
			v := level(w[p], limit)
			c = mix(v, v, v)
		}
		x, y := at.X+p%g.Width*scale, at.Y+p/g.Width*scale
		fill(img, image.Rect(x, y, x+scale, y+scale), c)
	}
}

// largest is the largest finite |w|, 0 for none.
func largest(w []float32) float64 {
	m := 0.0
	for _, v := range w {
		if a := math.Abs(float64(v)); a > m && !math.IsInf(a, 0) {
			m = a
		}
	}
	return m
}

// level is 128 + 127 w/limit, rounded: 128 for 0; −1 where w is not finite.
func level(w float32, limit float64) int {
	v := float64(w)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return -1
	case limit == 0:
		return 128
	}
	return int(math.Round(128 + 127*v/limit))
}

func mix(r, g, b int) color.RGBA {
	if r < 0 || g < 0 || b < 0 {
		return notFinite
	}
	return color.RGBA{uint8(r), uint8(g), uint8(b), 255}
}

func fill(img *image.RGBA, r image.Rectangle, c color.RGBA) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.SetRGBA(x, y, c)
		}
	}
}

func orDefault(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}
