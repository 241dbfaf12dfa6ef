package track

import (
	"fmt"
	"math"
	"strconv"
)

// Float is a float64 whose JSON also holds what is not finite: as the strings "NaN", "Infinity"
// and "-Infinity", which Python's float() and JavaScript's Number() understand. Finite values are
// numbers, in the shortest form that reads back as the same bits.
type Float float64

// MarshalJSON never fails.
func (f Float) MarshalJSON() ([]byte, error) { return appendFloat(nil, float64(f)), nil }

// UnmarshalJSON accepts a number or one of the three strings.
func (f *Float) UnmarshalJSON(b []byte) error {
	v, ok := parseFloat(string(b))
	if !ok {
		return fmt.Errorf("%s is not a number, \"NaN\", \"Infinity\" or \"-Infinity\"", b)
	}
	*f = Float(v)
	return nil
}

func appendFloat(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

func parseFloat(s string) (float64, bool) {
	switch s {
	case `"NaN"`:
		return math.NaN(), true
	case `"Infinity"`:
		return math.Inf(1), true
	case `"-Infinity"`:
		return math.Inf(-1), true
	}
	if s == "" || (s[0] != '-' && (s[0] < '0' || s[0] > '9')) {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// Floats turns metric values into the form that JSON can hold.
func Floats(values map[string]float64) map[string]Float {
	m := make(map[string]Float, len(values))
	for k, v := range values {
		m[k] = Float(v)
	}
	return m
}
