package picture

import "image"

// yCbCr converts a JPEG's planes to red, green and blue as libjpeg does by default: chroma planes of
// half the size are upsampled with a triangle filter ("fancy upsampling"), and the product with the
// matrix of JFIF is rounded at 16 bits.
func (p *planes) yCbCr(m *image.YCbCr) {
	at := m.Rect.Min
	cb := newChroma(m, m.Cb, p.w, p.h)
	cr := newChroma(m, m.Cr, p.w, p.h)
	for y := range p.h {
		luma := m.Y[m.YOffset(at.X, at.Y+y):]
		b, r := cb.row(y), cr.row(y)
		for x := range p.w {
			p.set(y*p.w+x, red(luma[x], r[x]), green(luma[x], b[x], r[x]), blue(luma[x], b[x]))
		}
	}
}

// The matrix of JFIF at 16 bits, rounded: 1.40200, 0.34414, 0.71414, 1.77200.
const (
	half  = 1 << 15
	redCr = 91881
	grnCb = 22554
	grnCr = 46802
	bluCb = 116130
)

func red(y, cr uint8) uint8 { return clamp(int32(y) + (redCr*(int32(cr)-128)+half)>>16) }

func green(y, cb, cr uint8) uint8 {
	return clamp(int32(y) + (-grnCb*(int32(cb)-128)-grnCr*(int32(cr)-128)+half)>>16)
}

func blue(y, cb uint8) uint8 { return clamp(int32(y) + (bluCb*(int32(cb)-128)+half)>>16) }

func clamp(v int32) uint8 { return uint8(max(0, min(255, v))) }

// chroma is a plane of colour, w × h once it is upsampled by the factors fx and fy.
type chroma struct {
	pix    []uint8
	stride int
	fx, fy int
	cw, ch int // its own size: w and h divided by the factors, rounded up
	line   []uint8
	sums   []int32 // of a row, weighted with its neighbour
}

func newChroma(m *image.YCbCr, pix []uint8, w, h int) *chroma {
	c := &chroma{pix: pix, stride: m.CStride, fx: 1, fy: 1}
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		c.fx = 2
	case image.YCbCrSubsampleRatio420:
		c.fx, c.fy = 2, 2
	case image.YCbCrSubsampleRatio440:
		c.fy = 2
	case image.YCbCrSubsampleRatio411:
		c.fx = 4
	case image.YCbCrSubsampleRatio410:
		c.fx, c.fy = 4, 2
	}
	c.cw, c.ch = (w+c.fx-1)/c.fx, (h+c.fy-1)/c.fy
	c.line = make([]uint8, c.cw*c.fx)
	c.sums = make([]int32, c.cw)
	return c
}

// row is row y, upsampled; it holds until the next call.
func (c *chroma) row(y int) []uint8 {
	at := y / c.fy
	own := c.pix[at*c.stride:][:c.cw]
	switch {
	case c.fx == 1 && c.fy == 1:
		return own
	case c.fx > 2 || c.fx == 2 && c.cw <= 2: // libjpeg's filter takes 3 at least, and halves alone
		for i, v := range own {
			for j := range c.fx {
				c.line[c.fx*i+j] = v
			}
		}
	case c.fy == 1:
		for i, v := range own {
			c.sums[i] = int32(v)
		}
		c.widen(1, 2, 2) // (3 a + b + 1) / 4 to the left, + 2 to the right
	default:
		near := at - 1 // above, for the upper of two rows
		if y%2 == 1 {
			near = at + 1
		}
		near = max(0, min(c.ch-1, near))
		other := c.pix[near*c.stride:][:c.cw]
		for i, v := range own {
			c.sums[i] = 3*int32(v) + int32(other[i])
		}
		if c.fx == 2 {
			c.widen(8, 7, 4)
			break
		}
		bias := int32(1 + y%2) // 1 above, 2 below
		for i, s := range c.sums {
			c.line[i] = uint8((s + bias) >> 2)
		}
	}
	return c.line
}

// widen doubles the sums: each gives (3 s + its left neighbour + left) >> shift and (3 s + its right
// neighbour + right) >> shift. At the borders a sum is its own neighbour.
func (c *chroma) widen(left, right int32, shift int) {
	n := len(c.sums)
	for i, s := range c.sums {
		l, r := c.sums[max(0, i-1)], c.sums[min(n-1, i+1)]
		c.line[2*i] = uint8((3*s + l + left) >> shift)
		c.line[2*i+1] = uint8((3*s + r + right) >> shift)
	}
}
