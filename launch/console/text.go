package console

import (
	"fmt"
	"math"
	"time"
)

// Loss prints a loss with four significant digits.
func Loss(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e5) {
		return fmt.Sprintf("%.3e", v)
	}
	return fmt.Sprintf("%.*f", max(0, min(7, 3-int(math.Floor(math.Log10(math.Max(math.Abs(v), 1e-4)))))), v)
}

// Percent prints a fraction as "44.7 %".
func Percent(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

// Count prints a large number as "940", "12.3k" or "4.56M".
func Count(v float64) string {
	switch {
	case v >= 1e9:
		return fmt.Sprintf("%.3gG", v/1e9)
	case v >= 999.5e3:
		return fmt.Sprintf("%.3gM", v/1e6)
	case v >= 999.5:
		return fmt.Sprintf("%.3gk", v/1e3)
	}
	return fmt.Sprintf("%.0f", v)
}

// Bytes prints a size as "940 B", "12.3 MB".
func Bytes(n int64) string {
	v, unit := float64(n), 0
	for ; v >= 999.5 && unit < 4; unit++ {
		v /= 1e3
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.3g %cB", v, "kMGT"[unit-1])
}

// Duration prints a time as "0.8 s", "42 s", "3 min 20 s", "5 h 12 min".
func Duration(d time.Duration) string {
	s := d.Seconds()
	whole := int(math.Round(s))
	switch {
	case s < 9.95:
		return fmt.Sprintf("%.1f s", s)
	case whole < 60:
		return fmt.Sprintf("%d s", whole)
	case whole < 3600:
		return fmt.Sprintf("%d min %d s", whole/60, whole%60)
	}
	return fmt.Sprintf("%d h %d min", whole/3600, whole%3600/60)
}
