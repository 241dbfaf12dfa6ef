package strict

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// want says what a type asks for: "an integer", "a list of numbers", "2 numbers".
func want(t reflect.Type) string {
	if one, _ := kindWords(t); one != "" {
		return one
	}
	switch t.Kind() {
	case reflect.Pointer:
		return want(t.Elem())
	case reflect.Slice:
		return "a list of " + plural(t.Elem())
	case reflect.Array:
		return fmt.Sprintf("a list of %d %s", t.Len(), plural(t.Elem()))
	case reflect.Struct:
		n := names(t)
		return "a mapping with fields such as " + strings.Join(n[:min(3, len(n))], ", ")
	}
	return "a mapping of names to " + plural(t.Elem())
}

func plural(t reflect.Type) string {
	if _, many := kindWords(t); many != "" {
		return many
	}
	switch t.Kind() {
	case reflect.Pointer:
		return plural(t.Elem())
	case reflect.Slice, reflect.Array:
		return "lists"
	}
	return "mappings"
}

func kindWords(t reflect.Type) (one, many string) {
	switch {
	case t.Kind() == reflect.Bool:
		return "true or false", "values true or false"
	case t.Kind() == reflect.String:
		return "text", "texts"
	case isInt(t) || isUint(t):
		return "an integer", "integers"
	case isFloat(t):
		return "a number", "numbers"
	}
	return "", ""
}

func isInt(t reflect.Type) bool   { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64 }
func isUint(t reflect.Type) bool  { return t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 }
func isFloat(t reflect.Type) bool { return t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64 }

// setScalar sets v from n, or says what is wrong with n.
func setScalar(n *Node, v reflect.Value) string {
	t := v.Type()
	mismatch := fmt.Sprintf("want %s, got %s", want(t), n.Describe())
	switch {
	case t.Kind() == reflect.Bool:
		if n.Kind != Bool {
			return mismatch
		}
		v.SetBool(strings.EqualFold(n.Text, "true"))
	case t.Kind() == reflect.String:
		if n.Kind != Text {
			if n.Kind < List {
				mismatch += fmt.Sprintf("; quote it: %q", clip(n.Text))
			}
			return mismatch
		}
		v.SetString(n.Text)
	case n.Kind != Int && n.Kind != Float:
		return mismatch
	case n.Kind == Int && leadingZero.MatchString(n.Text):
		return fmt.Sprintf("%s begins with 0, which some read as octal; remove the zeros, or write 0o... for octal", clip(n.Text))
	case isFloat(t):
		return setFloat(n, v)
	default:
		return setInteger(n, v)
	}
	return ""
}

var leadingZero = regexp.MustCompile(`^[-+]?0[0-9_]`)

func setFloat(n *Node, v reflect.Value) string {
	f, err := strconv.ParseFloat(digits(n.Text), v.Type().Bits())
	switch {
	case err == nil && !math.IsInf(f, 0) && !math.IsNaN(f):
		v.SetFloat(f)
		return ""
	case errors.Is(err, strconv.ErrRange):
		return fmt.Sprintf("%s is too large for a %d-bit number", clip(n.Text), v.Type().Bits())
	}
	if neg, mag, ok := integer(n); ok { // 0x1F, 0o17, 0b11
		f = float64(mag)
		if neg {
			f = -f
		}
		v.SetFloat(f)
		return ""
	}
	return fmt.Sprintf("want a finite number, got %s", clip(n.Text))
}

func setInteger(n *Node, v reflect.Value) string {
	neg, mag, ok := integer(n)
	if !ok {
		if f, err := strconv.ParseFloat(digits(n.Text), 64); errors.Is(err, strconv.ErrRange) || err == nil && f == math.Trunc(f) {
			return fmt.Sprintf("%s is too large for an integer here; %s", clip(n.Text), limits(v.Type()))
		}
		return fmt.Sprintf("want an integer, got %s", n.Describe())
	}
	if isUint(v.Type()) {
		if neg && mag > 0 || v.OverflowUint(mag) {
			return fmt.Sprintf("%s is out of range; %s", clip(n.Text), limits(v.Type()))
		}
		v.SetUint(mag)
		return ""
	}
	top := uint64(1)<<(v.Type().Bits()-1) - 1
	if neg {
		top++
	}
	if mag > top {
		return fmt.Sprintf("%s is out of range; %s", clip(n.Text), limits(v.Type()))
	}
	i := int64(mag)
	if neg {
		i = -i // also right for the smallest one: -2^63 is its own negative
	}
	v.SetInt(i)
	return ""
}

// integer reads sign and magnitude. Numbers such as 1e3 and 2.0 are integers too, up to 2^53,
// below which every float64 stands for itself alone.
func integer(n *Node) (neg bool, mag uint64, ok bool) {
	text := strings.TrimPrefix(n.Text, "+")
	if rest, cut := strings.CutPrefix(text, "-"); cut {
		neg, text = true, rest
	}
	if mag, err := strconv.ParseUint(text, 0, 64); err == nil {
		return neg, mag, true
	}
	f, err := strconv.ParseFloat(digits(text), 64)
	if err != nil || f != math.Trunc(f) || f > 1<<53 {
		return false, 0, false
	}
	return neg, uint64(f), true
}

func digits(s string) string { return strings.ReplaceAll(s, "_", "") }

func limits(t reflect.Type) string {
	if isUint(t) {
		return fmt.Sprintf("give 0 to %d", uint64(math.MaxUint64)>>(64-t.Bits()))
	}
	return fmt.Sprintf("give %d to %d", int64(math.MinInt64)>>(64-t.Bits()), int64(math.MaxInt64)>>(64-t.Bits()))
}
