package strict

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"noise2sparse/internal/nearest"
)

// Decoder reads trees into Go values and remembers where each value came from.
type Decoder struct {
	Report *Report
	// Extra are keys that are known at the top level beside the struct's own; they only serve
	// the hints about unknown ones.
	Extra []string
	// Origins tells, by dotted path, where a value stands. Paths without an entry have defaults.
	Origins map[string]Pos
	// Doubt holds the paths whose value was probably meant to be another one than was decoded,
	// since something is wrong in the file about it.
	Doubt map[string]bool

	root reflect.Type
	over bool // values are laid upon what is there already, not upon the defaults
}

// NewDecoder makes a decoder that adds what is wrong to rep.
func NewDecoder(rep *Report) *Decoder {
	return &Decoder{Report: rep, Origins: map[string]Pos{}, Doubt: map[string]bool{}}
}

// Decode sets *v, a struct, to its defaults with the values of n (a Map) upon them. What can't be
// used is reported and left at its default.
func (d *Decoder) Decode(n *Node, v any) {
	rv := reflect.ValueOf(v).Elem()
	d.root = rv.Type()
	rv.SetZero()
	setDefaults(rv)
	d.value(n, rv, "")
}

// Overlay lays the values of n, a Map, upon *v, a struct: what Decode makes of the Merge of a tree with
// n, where *v is what it made of that tree. What pointers, maps and lists in *v refer to is left
// alone, so *v may be a plain copy of a struct that others read.
func (d *Decoder) Overlay(n *Node, v any) {
	rv := reflect.ValueOf(v).Elem()
	d.root, d.over = rv.Type(), true
	d.value(n, rv, "")
	d.over = false
}

// value sets v from n. v holds the default.
func (d *Decoder) value(n *Node, v reflect.Value, path string) {
	t := v.Type()
	if n.Kind == Null && !nullable(t) {
		d.bad(n, path, "is empty; give %s, or remove the line for the default", want(t))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		d.pointer(n, v, path)
	case reflect.Struct:
		if d.is(Map, n, t, path) {
			d.fields(n, v, path)
		}
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Slice, reflect.Array:
		d.list(n, v, path)
	default:
		if complaint := setScalar(n, v); complaint != "" {
			d.bad(n, path, "%s", complaint)
		}
	}
}

func nullable(t reflect.Type) bool { return t.Kind() == reflect.Pointer || t.Kind() == reflect.Map }

func (d *Decoder) pointer(n *Node, v reflect.Value, path string) {
	if n.Kind == Null {
		v.SetZero()
		return
	}
	fresh := reflect.New(v.Type().Elem())
	switch {
	case fresh.Elem().Kind() != reflect.Struct:
	case d.over && !v.IsNil():
		fresh.Elem().Set(v.Elem())
	default:
		setDefaults(fresh.Elem())
	}
	before := d.Report.Len()
	d.value(n, fresh.Elem(), path)
	if fresh.Elem().Kind() == reflect.Struct || d.Report.Len() == before {
		v.Set(fresh)
	}
}

func (d *Decoder) fields(n *Node, v reflect.Value, path string) {
	t := v.Type()
	for _, e := range n.Fields {
		f, ok := fieldNamed(t, e.Key)
		if !ok {
			d.unknown(e, path, t)
			continue
		}
		p := joinPath(path, e.Key)
		d.origin(p, e)
		d.value(e.Value, v.FieldByIndex(f.index), p)
	}
}

func (d *Decoder) mapping(n *Node, v reflect.Value, path string) {
	if n.Kind == Null {
		v.SetZero()
		return
	}
	if !d.is(Map, n, v.Type(), path) {
		return
	}
	if len(n.Fields) == 0 && d.over {
		return
	}
	was := reflect.ValueOf(v.Interface())
	v.SetZero()
	if len(n.Fields) > 0 {
		v.Set(reflect.MakeMap(v.Type()))
	}
	if d.over {
		for _, k := range was.MapKeys() {
			v.SetMapIndex(k, was.MapIndex(k))
		}
	}
	for _, e := range n.Fields {
		p := joinPath(path, e.Key)
		d.origin(p, e)
		elem := reflect.New(v.Type().Elem()).Elem()
		if elem.Kind() == reflect.Struct {
			setDefaults(elem)
		}
		if old := was.MapIndex(reflect.ValueOf(e.Key).Convert(v.Type().Key())); d.over && old.IsValid() {
			elem.Set(old)
		}
		d.value(e.Value, elem, p)
		v.SetMapIndex(reflect.ValueOf(e.Key).Convert(v.Type().Key()), elem)
	}
}

func (d *Decoder) list(n *Node, v reflect.Value, path string) {
	if !d.is(List, n, v.Type(), path) {
		return
	}
	if v.Kind() == reflect.Array && len(n.Items) != v.Len() {
		d.bad(n, path, "want %s, got %d", want(v.Type()), len(n.Items))
		return
	}
	if v.Kind() == reflect.Slice {
		v.SetZero()
		if len(n.Items) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
		}
	}
	for i, item := range n.Items {
		if elem := v.Index(i); elem.Kind() == reflect.Struct {
			setDefaults(elem)
		}
		p := fmt.Sprintf("%s.%d", path, i)
		d.Origins[p] = item.Pos
		d.value(item, v.Index(i), p)
	}
}

// origin remembers where the value of e stands: a section where its key does, else the value.
func (d *Decoder) origin(path string, e Entry) {
	d.Origins[path] = e.Value.Pos
	if e.Value.Kind == Map || e.Value.Kind == Null {
		d.Origins[path] = e.Pos
	}
}

func (d *Decoder) is(k Kind, n *Node, t reflect.Type, path string) bool {
	if n.Kind == k {
		return true
	}
	hint := ""
	if k == List && n.Kind != Map {
		hint = fmt.Sprintf("; write [%s]", clip(n.Text))
	}
	d.bad(n, path, "want %s, got %s%s", want(t), n.Describe(), hint)
	return false
}

func (d *Decoder) bad(n *Node, path, format string, args ...any) {
	d.Doubt[path] = true
	d.Report.Addf(n.Pos, path, format, args...)
}

// unknown reports a key that the struct type t, at path, doesn't have.
func (d *Decoder) unknown(e Entry, path string, t reflect.Type) {
	full := joinPath(path, e.Key)
	known := names(t)
	if path == "" {
		known = append(known, d.Extra...)
	}
	near := nearest.Names(e.Key, known)
	for _, name := range near {
		d.Doubt[joinPath(path, name)] = true
	}
	for _, p := range elsewhere(d.root, e.Key) {
		d.Doubt[p] = true
	}
	hint := d.hint(e.Key, known, near)
	if e.Value.Kind == Null && allDigits.MatchString(e.Key) { // {sigma: 0,8}
		hint = "; numbers are written with a point, not with a comma"
	}
	d.Report.Addf(e.Pos, full, "unknown key%s", hint)
}

var allDigits = regexp.MustCompile(`^[0-9]+$`)

func (d *Decoder) hint(key string, known, near []string) string {
	if strings.Contains(key, ".") {
		if _, _, ok := Lookup(d.root, key); ok {
			nested := strings.ReplaceAll(key, ".", ": {")
			return fmt.Sprintf("; dots don't nest in a file: write %s: ...%s", nested, strings.Repeat("}", strings.Count(key, ".")))
		}
	}
	if at := elsewhere(d.root, key); len(at) > 0 {
		return fmt.Sprintf("; did you mean %s?", quoted(at))
	}
	if len(near) > 0 {
		return fmt.Sprintf("; did you mean %s?", quoted(near))
	}
	return nearest.Hint(key, known)
}
