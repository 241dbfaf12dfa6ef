package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"io"
)

// TerminalImage prints img in at most width columns and MaxLines lines: in colour by the upper half
// block "▀", whose foreground is the upper pixel and whose background is the lower one; in ASCII by
// the ramp " .:-=+*%@", a character for two pixels. An image that is too large is shrunk by
// averaging; one that fits is shown pixel by pixel.
func TerminalImage(img image.Image, width int, w io.Writer, mode Mode) error {
	px := toPixels(img).fit(max(width, 1), 2*MaxLines)
	var b bytes.Buffer
	for y := 0; y < px.h; y += 2 {
		switch mode {
		case ASCII:
			px.asciiLine(&b, y)
		default:
			px.blockLine(&b, y, mode)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// pixels is an opaque image in memory, row by row.
type pixels struct {
	w, h int
	at   []color.RGBA
}

func toPixels(img image.Image) pixels {
	r := img.Bounds()
	p := pixels{r.Dx(), r.Dy(), make([]color.RGBA, 0, r.Dx()*r.Dy())}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			p.at = append(p.at, color.RGBAModel.Convert(img.At(x, y)).(color.RGBA))
		}
	}
	return p
}

// fit shrinks p, keeping its proportions, to at most w × h pixels: each is the mean of those it covers.
func (p pixels) fit(w, h int) pixels {
	if p.w <= w && p.h <= h {
		return p
	}
	if p.w*h > p.h*w {
		h = max(1, p.h*w/p.w)
	} else {
		w = max(1, p.w*h/p.h)
	}
	q := pixels{w, h, make([]color.RGBA, 0, w*h)}
	for y := range h {
		for x := range w {
			q.at = append(q.at, p.mean(x*p.w/w, y*p.h/h, max((x+1)*p.w/w, x*p.w/w+1), max((y+1)*p.h/h, y*p.h/h+1)))
		}
	}
	return q
}

func (p pixels) mean(x0, y0, x1, y1 int) color.RGBA {
	var r, g, b, n int
	for y := y0; y < y1; y++ {
		for _, c := range p.at[y*p.w+x0 : y*p.w+x1] {
			r, g, b, n = r+int(c.R), g+int(c.G), b+int(c.B), n+1
		}
	}
	return color.RGBA{uint8((r + n/2) / n), uint8((g + n/2) / n), uint8((b + n/2) / n), 255}
}

// ramp has an odd number of marks, so that mid-grey lies inside one and not between two.
const ramp = " .:-=+*%@"

func (p pixels) asciiLine(b *bytes.Buffer, y int) {
	line := make([]byte, p.w)
	for x := range p.w {
		c := p.mean(x, y, x+1, min(y+2, p.h))
		luma := (299*int(c.R) + 587*int(c.G) + 114*int(c.B)) / 1000 // Rec. 601
		line[x] = ramp[luma*len(ramp)/256]
	}
	b.Write(bytes.TrimRight(line, " "))
	b.WriteByte('\n')
}

func (p pixels) blockLine(b *bytes.Buffer, y int, mode Mode) {
	var fg, bg string
	for x := range p.w {
		f, g := colorCode(38, p.at[y*p.w+x], mode), "\x1b[49m" // the terminal's own, below the image
		if y+1 < p.h {
			g = colorCode(48, p.at[(y+1)*p.w+x], mode)
		}
		if f != fg {
			b.WriteString(f)
		}
		if g != bg {
			b.WriteString(g)
		}
		fg, bg = f, g
		b.WriteString("▀")
	}
	b.WriteString("\x1b[0m\n")
}

// colorCode is the escape sequence of a colour: layer is 38 for the foreground, 48 for the background.
func colorCode(layer int, c color.RGBA, mode Mode) string {
	if mode == TrueColor {
		return fmt.Sprintf("\x1b[%d;2;%d;%d;%dm", layer, c.R, c.G, c.B)
	}
	return fmt.Sprintf("\x1b[%d;5;%dm", layer, xterm256(c))
}

// xterm256 is the nearest colour of xterm's palette: the 6×6×6 cube from 16 on, with the levels 0,
// 95, 135, 175, 215, 255, or one of the 24 greys 8, 18, ..., 238 from 232 on.
func xterm256(c color.RGBA) int {
	levels := [6]int{0, 95, 135, 175, 215, 255}
	nearest := func(v uint8) int {
		best := 0
		for i, l := range levels {
			if abs(l-int(v)) < abs(levels[best]-int(v)) {
				best = i
			}
		}
		return best
	}
	r, g, b := nearest(c.R), nearest(c.G), nearest(c.B)
	grey := max(0, min(23, ((int(c.R)+int(c.G)+int(c.B))/3-8+5)/10))
	v := 8 + 10*grey
	if distance(c, v, v, v) < distance(c, levels[r], levels[g], levels[b]) {
		return 232 + grey
	}
	return 16 + 36*r + 6*g + b
}

func distance(c color.RGBA, r, g, b int) int {
	dr, dg, db := int(c.R)-r, int(c.G)-g, int(c.B)-b
	return dr*dr + dg*dg + db*db
}

func abs(v int) int { return max(v, -v) }
