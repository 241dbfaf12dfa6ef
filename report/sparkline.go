package report

import (
	"math"
	"strings"
)

// Sparkline draws a series in at most width characters, from its least to its greatest finite
// value: "█▅▃▂▁▁", or "#+=-.." in ASCII. A longer series is averaged in equal parts; a constant
// one is drawn at half height; a part that holds a value that is not finite is "!".
func Sparkline(values []float64, width int, mode Mode) string {
	marks := []rune("▁▂▃▄▅▆▇█")
	if mode == ASCII {
		marks = []rune("_.-=+*#@")
	}
	v := binned(values, width)
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		if finite(x) {
			lo, hi = math.Min(lo, x), math.Max(hi, x)
		}
	}
	var b strings.Builder
	for _, x := range v {
		switch {
		case !finite(x):
			b.WriteByte('!')
		case hi == lo:
			b.WriteRune(marks[len(marks)/2-1])
		default:
			b.WriteRune(marks[min(len(marks)-1, int(fraction(x, lo, hi)*float64(len(marks))))])
		}
	}
	return b.String()
}

// fraction is (x − lo) / (hi − lo), also where the difference overflows.
func fraction(x, lo, hi float64) float64 {
	if math.IsInf(hi-lo, 0) {
		return (x/2 - lo/2) / (hi/2 - lo/2)
	}
	return (x - lo) / (hi - lo)
}

// binned is the means of width equal parts of values, or values itself where it is no longer.
func binned(values []float64, width int) []float64 {
	n := len(values)
	if width < 1 || n <= width {
		return values
	}
	out := make([]float64, width)
	for i := range out {
		part := values[i*n/width : (i+1)*n/width]
		for _, x := range part {
			out[i] += x / float64(len(part))
		}
	}
	return out
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
