package report

import (
	"image"
)

// Size of a picture in a terminal: MaxLines lines of two pixels each, and at least so many fields
// side by side, for which large ones are shrunk.
const (
	MaxLines   = 30
	minColumns = 6
)

// TerminalFields is ReceptiveFields drawn to be shown by TerminalImage in width columns and at most
// lines lines: a pixel per weight, as many neurons as fit. Fields too large for six in a row are
// shrunk by averaging the weights of square blocks. o.Neurons limits the number; o.Columns and
// o.Scale are not used.
func TerminalFields(weights []float32, dim int, g Geometry, width, lines int, o FieldOptions) (image.Image, error) {
	if err := checkFields(weights, dim, g, o); err != nil {
		return nil, err
	}
	width, pixels := max(width, 20), 2*max(min(lines, MaxLines), 4)
	g = drawable(g, dim)
	if o.Activity == nil { // rank by the weights themselves, not by their averages
		o.Activity = norms(weights, dim)
	}
	fit := min((width-1)/minColumns-1, (pixels-1)/2-1) // six columns, two rows
	if by := (max(g.Width, g.Height) + fit - 1) / fit; by > 1 {
		weights, g = shrink(weights, dim, g, by)
		dim = g.Channels * g.Height * g.Width
	}
	o.Scale = 1
	o.Columns = (width - 1) / (g.Width + 1)
	room := o.Columns * ((pixels - 1) / (g.Height + 1))
	o.Neurons = min(orDefault(o.Neurons, room), room)
	return ReceptiveFields(weights, dim, g, o)
}

func norms(weights []float32, dim int) []float32 {
	n := make([]float32, len(weights)/dim)
	for i := range n {
		for _, w := range weights[i*dim : (i+1)*dim] {
			n[i] += w * w
		}
	}
	return n
}

// shrink averages blocks of by × by weights of every field; blocks at the border are smaller.
func shrink(weights []float32, dim int, g Geometry, by int) ([]float32, Geometry) {
	s := Geometry{g.Channels, (g.Height + by - 1) / by, (g.Width + by - 1) / by}
	neurons := len(weights) / dim
	out := make([]float32, 0, neurons*s.Channels*s.Height*s.Width)
	for n := range neurons {
		w := weights[n*dim : (n+1)*dim]
		for c := range s.Channels {
			for y := range s.Height {
				for x := range s.Width {
					out = append(out, blockMean(w, g, c, y*by, x*by, by))
				}
			}
		}
	}
	return out, s
}

// blockMean is the mean of the weights in a block of channel c; 0 where there are none.
func blockMean(w []float32, g Geometry, c, y0, x0, by int) float32 {
	sum, count := float32(0), 0
	for y := y0; y < min(y0+by, g.Height); y++ {
		for x := x0; x < min(x0+by, g.Width); x++ {
			if i := (c*g.Height+y)*g.Width + x; i < len(w) {
				sum += w[i]
				count++
			}
		}
	}
	if count == 0 {
		return 0
	}
	return sum / float32(count)
}
