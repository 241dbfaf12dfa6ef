package picture

import (
	"image"
	"image/color"
)

// paletted looks colours up; alpha is left out. Indices beyond the palette are black, as in PIL.
func (p *planes) paletted(m *image.Paletted) {
	var table [256][3]uint8
	for i, c := range m.Palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		table[i] = [3]uint8{n.R, n.G, n.B}
	}
	for y := range p.h {
		row := m.Pix[y*m.Stride:]
		for x := range p.w {
			c := table[row[x]]
			p.set(y*p.w+x, c[0], c[1], c[2])
		}
	}
}

// cmyk converts as PIL does: (255 − K)(255 − C)/255, rounded, for red, and so on.
func (p *planes) cmyk(m *image.CMYK) {
	for y := range p.h {
		row := m.Pix[y*m.Stride:]
		for x := range p.w {
			q := row[4*x : 4*x+4]
			k := 255 - uint32(q[3])
			p.set(y*p.w+x, ink(q[0], k), ink(q[1], k), ink(q[2], k))
		}
	}
}

// ink is k less k·c/255, the quotient rounded by Blinn's method as PIL does it; k is 255 − K.
func ink(c uint8, k uint32) uint8 {
	t := uint32(c)*k + 128
	return uint8(k - (t+t>>8)>>8)
}
