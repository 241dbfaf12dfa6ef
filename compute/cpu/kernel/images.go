package kernel

// Shape is the geometry of images, channels last: (B × H × W × C).
type Shape struct{ B, H, W, C int }

// Window is how a square kernel moves over an image: see compute.Window. OH and OW are the numbers of
// windows along each side.
type Window struct{ Size, Stride, Pad, OH, OW int }

// Transpose exchanges rows and columns of src (m × n): dst (n × m). It goes by squares of 16, so that
// each cache line is read and written once.
func Transpose[T Float](dst, src []T, m, n int) {
	const side = 16
	for i0 := 0; i0 < m; i0 += side {
		for j0 := 0; j0 < n; j0 += side {
			for i := i0; i < min(i0+side, m); i++ {
				for j := j0; j < min(j0+side, n); j++ {
					dst[j*m+i] = src[i*n+j]
				}
			}
		}
	}
}

// Patches lays out one row of windows of the image x (H × W × C): dst (OW × k·k·C). It is window row
// i, whose first kernel row lies on image row i·stride − pad.
func Patches[T Float](dst, x []T, i int, s Shape, w Window) {
	k := w.Size
	for j := range w.OW {
		for r := range k {
			h := i*w.Stride - w.Pad + r
			for q := range k {
				at := dst[((j*k+r)*k+q)*s.C:][:s.C]
				col := j*w.Stride - w.Pad + q
				if h < 0 || h >= s.H || col < 0 || col >= s.W {
					clear(at)
					continue
				}
				copy(at, x[(h*s.W+col)*s.C:])
			}
		}
	}
}

// SumPatches adds up what Patches copied from row h of an image: dx (W × C) of patches
// (OH·OW × k·k·C), in the order of kernel rows and columns.
func SumPatches[T Float](dx, patches []T, h int, s Shape, w Window) {
	k := w.Size
	for col := range s.W {
		to := dx[col*s.C:][:s.C]
		clear(to)
		for r := range k {
			i, ok := w.over(h, r, w.OH)
			if !ok {
				continue
			}
			for q := range k {
				if j, ok := w.over(col, q, w.OW); ok {
					Add(to, to, patches[((i*w.OW+j)*k*k+r*k+q)*s.C:])
				}
			}
		}
	}
}

// over returns the window, of n along that axis, whose kernel place r lies on image place h.
func (w Window) over(h, r, n int) (i int, ok bool) {
	at := h + w.Pad - r
	if at < 0 || at%w.Stride != 0 {
		return 0, false
	}
	return at / w.Stride, at/w.Stride < n
}

// first returns the first window, along an axis, that covers image place h.
func (w Window) first(h int) int {
	return max(0, (h+w.Pad-w.Size+w.Stride)/w.Stride)
}

// inside cuts the window that begins at place at to the image's places lo to hi (exclusive) of n.
func (w Window) inside(at, n int) (lo, hi int) { return max(at, 0), min(at+w.Size, n) }
