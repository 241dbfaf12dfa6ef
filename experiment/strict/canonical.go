package strict

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Canonical writes a struct as sorted lines "path = value", one for each value, so that two
// structs have the same text if and only if they hold the same values, whatever the order in
// which the type declares them.
func Canonical(v any) string {
	var b strings.Builder
	flatten(&b, reflect.ValueOf(v), "")
	return b.String()
}

// flatten writes the lines of v. Fields are visited by name: since no character of a name comes before
// the point that separates names, that is the order of the whole paths.
func flatten(b *strings.Builder, v reflect.Value, path string) {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || v.NumField() == 0 {
		b.WriteString(path)
		b.WriteString(" = ")
		b.WriteString(inline(v))
		b.WriteByte('\n')
		return
	}
	for _, f := range sortedFields(v.Type()) {
		flatten(b, v.FieldByIndex(f.index), joinPath(path, f.Name))
	}
}

// Changed is Canonical without the values that are the type's defaults. A field that joins the type later
// changes nothing of it as long as it holds its default: so names made from it last. In turn a default
// must not change, since a text from before would then stand for other values: such a field gets a new
// name. A section that may be null and is not has the line "path = {}", and then what differs from the
// section's own defaults. Lists and maps are one value.
func Changed(v any) string {
	var b strings.Builder
	rv := reflect.ValueOf(v)
	changed(&b, rv, defaultsOf(rv.Type()), "")
	return b.String()
}

// changed writes the lines of the struct v that differ from those of def.
func changed(b *strings.Builder, v, def reflect.Value, path string) {
	for _, f := range sortedFields(v.Type()) {
		p, x, d := joinPath(path, f.Name), v.FieldByIndex(f.index), def.FieldByIndex(f.index)
		if s := deref(x.Type()); x.Kind() == reflect.Pointer && s.Kind() == reflect.Struct && !x.IsNil() {
			if x = x.Elem(); d.IsNil() {
				b.WriteString(p + " = {}\n")
				d = defaultsOf(s)
			} else {
				d = d.Elem()
			}
		}
		if x.Kind() == reflect.Struct {
			changed(b, x, d, p)
		} else if text := inline(x); text != inline(d) {
			b.WriteString(p + " = " + text + "\n")
		}
	}
}

var defaultsCache sync.Map // reflect.Type -> reflect.Value, never changed

// defaultsOf is a struct of that type with its defaults.
func defaultsOf(t reflect.Type) reflect.Value {
	if v, ok := defaultsCache.Load(t); ok {
		return v.(reflect.Value)
	}
	v := reflect.New(t)
	SetDefaults(v.Interface())
	defaultsCache.Store(t, v.Elem())
	return v.Elem()
}

var sortedCache sync.Map // reflect.Type -> []Field

// sortedFields is Fields by name.
func sortedFields(t reflect.Type) []Field {
	if f, ok := sortedCache.Load(t); ok {
		return f.([]Field)
	}
	sorted := slices.Clone(Fields(t))
	slices.SortFunc(sorted, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	sortedCache.Store(t, sorted)
	return sorted
}
