package strict

import (
	"math"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// Inline is the one-line YAML text of a value: it reads back as the identical value. Mappings are
// sorted by key, structs keep the order of their fields, floats are as short as they can be.
func Inline(v any) string { return inline(reflect.ValueOf(v)) }

// TextAt is the one-line YAML text of the value at a dotted path in a struct: that of a single
// value or list in its shortest form, as decoded; of anything else as n, its source, gives it.
func TextAt(v any, path string, n *Node) string {
	rv := reflect.ValueOf(v)
	for _, name := range strings.Split(path, ".") {
		if rv.Kind() == reflect.Pointer && !rv.IsNil() {
			rv = rv.Elem()
		}
		if rv.Kind() == reflect.Struct {
			if f, ok := fieldNamed(rv.Type(), name); ok {
				rv = rv.FieldByIndex(f.index)
				continue
			}
		}
		return n.Inline() // in a map, or nowhere
	}
	if k := deref(rv.Type()).Kind(); n.Kind == Map || k == reflect.Struct || k == reflect.Map {
		return n.Inline()
	}
	return inline(rv)
}

func inline(v reflect.Value) string {
	switch t := v.Type(); {
	case nullable(t) && v.IsNil():
		if t.Kind() == reflect.Map {
			return "{}"
		}
		return "null"
	case t.Kind() == reflect.Pointer:
		return inline(v.Elem())
	case t.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case t.Kind() == reflect.String:
		return scalarText(v.String())
	case isInt(t):
		return strconv.FormatInt(v.Int(), 10)
	case isUint(t):
		return strconv.FormatUint(v.Uint(), 10)
	case isFloat(t):
		return floatText(v.Float(), t.Bits())
	}
	return inlineMany(v)
}

func inlineMany(v reflect.Value) string {
	var parts []string
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range Fields(v.Type()) {
			parts = append(parts, f.Name+": "+inline(v.FieldByIndex(f.index)))
		}
	case reflect.Map:
		for _, k := range sortedKeys(v) {
			parts = append(parts, scalarText(k.String())+": "+inline(v.MapIndex(k)))
		}
	default:
		for i := range v.Len() {
			parts = append(parts, inline(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
	return keys
}

// floatText is the shortest text that reads back as f: 0.0001, 1e-05, 512, 1e+20.
func floatText(f float64, bits int) string {
	if a := math.Abs(f); a >= 1e-4 && a < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, bits)
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// plain matches texts that need no quotes in YAML, in flow collections too.
var plain = regexp.MustCompile(`^[A-Za-z_./][A-Za-z0-9_./+-]*$`)

// reserved are words that some reader of YAML takes for something else than text.
var reserved = map[string]bool{
	"null": true, "true": true, "false": true, "yes": true, "no": true, "on": true, "off": true,
	"y": true, "n": true, ".inf": true, ".nan": true, ".": true,
}

func scalarText(s string) string {
	low := strings.ToLower(s)
	if plain.MatchString(s) && !reserved[low] && !strings.HasPrefix(s, "._") && !dotNumber.MatchString(s) {
		return s
	}
	return strconv.Quote(s) // Go's escapes are YAML's
}

var dotNumber = regexp.MustCompile(`^\.[0-9]`)
