// Package picture decodes JPEG and PNG files into planes of bytes, as networks take them. Pixels are
// those that PIL gives, which most data sets were made with: chroma is upsampled as libjpeg does.
//
// Sources: image/jpeg and image/png decode; jdsample.c and jdcolor.c of libjpeg-turbo say how planes
// become pixels; Convert.c of Pillow how modes become others.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"noise2sparse/internal/bounded"
)

// Size is the geometry of a picture.
type Size struct{ Width, Height int }

func (s Size) String() string { return fmt.Sprintf("%d×%d", s.Height, s.Width) }

// ErrFormat tells that a file is neither JPEG nor PNG.
var ErrFormat = errors.New("byte 0: neither JPEG nor PNG")

const pngMagic = "\x89PNG\r\n\x1a\n"

// Is tells whether a file that starts with b (8 bytes) is one that Decode may read.
func Is(b []byte) bool { return isJPEG(b) || isPNG(b) }

func isJPEG(b []byte) bool { return len(b) >= 3 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff }

func isPNG(b []byte) bool { return len(b) >= len(pngMagic) && string(b[:len(pngMagic)]) == pngMagic }

// working is how many bytes decoding takes for each value of the result at most: PNGs of 16 bits take 8
// for a pixel, progressive JPEGs 4 for a coefficient, both beside the pixels.
const working = 8

// DecodeSize reads a picture's size from its header.
func DecodeSize(b []byte) (Size, error) {
	decode := png.DecodeConfig
	switch {
	case isJPEG(b):
		decode = jpeg.DecodeConfig
	case !isPNG(b):
		return Size{}, ErrFormat
	}
	r := bytes.NewReader(b)
	c, err := decode(r)
	if err != nil {
		return Size{}, located(r, b, err)
	}
	s := Size{c.Width, c.Height}
	if s.Width < 1 || s.Height < 1 {
		return s, fmt.Errorf("a picture of %v pixels", s)
	}
	return s, s.check()
}

// Working is how many bytes decoding a picture takes at most beside the result. Sizes of both sides are
// below 2³¹, so the product may not fit: then it is the largest number that does.
func Working(s Size) int64 {
	w, h := int64(s.Width), int64(s.Height)
	if h > 0 && w > math.MaxInt64/(3*working)/h {
		return math.MaxInt64
	}
	return 3 * working * w * h
}

// check refuses sizes that would take more memory than bounded.Limit allows.
func (s Size) check() error {
	return bounded.Check(fmt.Sprintf("decoding %v pixels", s), Working(s))
}

// Decode decodes a picture of that size into dst, channels planes of rows of pixels; channels is 1
// (grey) or 3 (red, green, blue). An alpha channel is left out, and of 16 bits the upper 8 are taken.
// Errors of what is in the file name the byte that was read last.
func Decode(dst, b []byte, channels int, want Size) error {
	if n := want.Width * want.Height * channels; len(dst) != n {
		return fmt.Errorf("%d bytes for a picture of %d", len(dst), n)
	}
	s, err := DecodeSize(b)
	if err != nil {
		return err
	}
	if s != want {
		return fmt.Errorf("%v pixels where the first picture has %v; all must be of one size: resize them", s, want)
	}
	decode := png.Decode
	if isJPEG(b) {
		decode = jpeg.Decode
	}
	r := bytes.NewReader(b)
	img, err := decode(r)
	if err != nil {
		return located(r, b, err)
	}
	p := planes{dst, s.Width, s.Height, channels}
	if img.Bounds().Dx() != s.Width || img.Bounds().Dy() != s.Height {
		return fmt.Errorf("%v pixels where its header says %v", img.Bounds().Size(), s)
	}
	p.fill(img)
	return nil
}

// located adds how far a decoder had read.
func located(r *bytes.Reader, b []byte, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("byte %d of %d: the picture ends in the middle: truncated or corrupt", len(b), len(b))
	}
	return fmt.Errorf("byte %d of %d: %w", len(b)-r.Len(), len(b), err)
}

// planes are the pixels to be filled.
type planes struct {
	dst      []byte
	w, h     int
	channels int
}

// set stores the pixel at index i of its plane.
func (p *planes) set(i int, r, g, b uint8) {
	if p.channels == 1 {
		p.dst[i] = grey(r, g, b)
		return
	}
	n := p.w * p.h
	p.dst[i], p.dst[n+i], p.dst[2*n+i] = r, g, b
}

// grey is PIL's "L": ITU-R 601-2 luma, (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶.
func grey(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

// fill converts each type of image that the decoders return.
func (p *planes) fill(img image.Image) {
	at := img.Bounds().Min
	switch m := img.(type) {
	case *image.YCbCr:
		p.yCbCr(m)
		return
	case *image.CMYK:
		p.cmyk(m)
		return
	case *image.Gray:
		for y := range p.h {
			row := m.Pix[m.PixOffset(at.X, at.Y+y):]
			for x := range p.w {
				p.set(y*p.w+x, row[x], row[x], row[x])
			}
		}
		return
	case *image.RGBA: // JPEGs whose planes are red, green and blue, PNGs without alpha: it is 255
		p.quads(m.Pix[m.PixOffset(at.X, at.Y):], m.Stride, 1)
		return
	case *image.NRGBA:
		p.quads(m.Pix[m.PixOffset(at.X, at.Y):], m.Stride, 1)
		return
	case *image.RGBA64:
		p.quads(m.Pix[m.PixOffset(at.X, at.Y):], m.Stride, 2)
		return
	case *image.NRGBA64:
		p.quads(m.Pix[m.PixOffset(at.X, at.Y):], m.Stride, 2)
		return
	case *image.Paletted:
		p.paletted(m)
		return
	}
	for y := range p.h { // Gray16, and what a later release of the decoders may return
		for x := range p.w {
			r, g, b, _ := img.At(at.X+x, at.Y+y).RGBA()
			p.set(y*p.w+x, uint8(r>>8), uint8(g>>8), uint8(b>>8))
		}
	}
}

// quads reads red, green, blue and alpha, of which each takes width bytes, the upper one first.
func (p *planes) quads(pix []uint8, stride, width int) {
	for y := range p.h {
		row := pix[y*stride:]
		for x := range p.w {
			q := row[4*width*x:]
			p.set(y*p.w+x, q[0], q[width], q[2*width])
		}
	}
}
