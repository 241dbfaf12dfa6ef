package kernel

import "math/bits"

// Shift is what happens to one image: moved by DI rows and DJ columns, then perhaps mirrored.
type Shift struct {
	DI, DJ int
	Mirror bool
}

// RandomShift makes a Shift of at most pad places of three random words.
func RandomShift(words [4]uint32, pad int, flip bool) Shift {
	at := func(word uint32) int {
		high, _ := bits.Mul32(word, uint32(2*pad+1))
		return int(high) - pad
	}
	return Shift{DI: at(words[0]), DJ: at(words[1]), Mirror: flip && words[2]>>31 != 0}
}

// Augment moves one image, all of its channels: dst and src (channels × height × width),
// dst[c][i][j] = src[c][i + DI][j' + DJ], with j' = width − 1 − j where it is mirrored, 0 outside.
func Augment[T Float](dst, src []T, channels, height, width int, s Shift) {
	for c := range channels {
		for i := range height {
			to := dst[(c*height+i)*width:][:width]
			h := i + s.DI
			if h < 0 || h >= height {
				clear(to)
				continue
			}
			from := src[(c*height+h)*width:][:width]
			for j := range to {
				v := j
				if s.Mirror {
					v = width - 1 - j
				}
				v += s.DJ
				if v < 0 || v >= width {
					to[j] = 0
				} else {
					to[j] = from[v]
				}
			}
		}
	}
}
