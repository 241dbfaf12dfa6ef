package strict

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Field is one key of a struct.
type Field struct {
	Name       string // the key
	Doc        string // one line for people
	Default    string // YAML text, meaningful where HasDefault
	HasDefault bool
	Free       bool // may change when a run is resumed
	Type       reflect.Type
	index      []int // for reflect.Value.FieldByIndex
	node       *Node // the default, parsed
}

var fieldCache sync.Map // reflect.Type -> []Field

// Fields lists the keys of a struct type in the order of its declaration. A type that can't be
// read from YAML strictly (a field without a yaml tag, a kind of value that has no meaning here)
// is a programming error and panics.
func Fields(t reflect.Type) []Field {
	if f, ok := fieldCache.Load(t); ok {
		return f.([]Field)
	}
	var out []Field
	seen := map[string]bool{}
	for i := range t.NumField() {
		sf := t.Field(i)
		name, opt, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		switch {
		case name == "-":
			continue
		case opt == "inline" && sf.Type.Kind() == reflect.Struct:
			for _, f := range Fields(sf.Type) {
				f.index = append(append([]int(nil), sf.Index...), f.index...)
				out = append(out, f)
			}
			continue
		case name == "" || !sf.IsExported():
			panic(fmt.Sprintf("strict: %v.%s needs to be exported and to have a yaml tag", t, sf.Name))
		case !supported(sf.Type):
			panic(fmt.Sprintf("strict: %v.%s has type %v, which has no meaning in a file", t, sf.Name, sf.Type))
		}
		f := Field{Name: name, Doc: sf.Tag.Get("doc"), Type: sf.Type, index: sf.Index, Free: sf.Tag.Get("resume") == "free"}
		if f.Default, f.HasDefault = sf.Tag.Lookup("default"); f.HasDefault {
			f.node = parseDefault(t, f)
		}
		out = append(out, f)
	}
	for _, f := range out {
		if seen[f.Name] {
			panic(fmt.Sprintf("strict: %v has the key %q twice", t, f.Name))
		}
		seen[f.Name] = true
	}
	fieldCache.Store(t, out)
	return out
}

func supported(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Struct, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Pointer:
		return t.Elem().Kind() != reflect.Pointer && supported(t.Elem())
	case reflect.Slice, reflect.Array:
		return supported(t.Elem())
	case reflect.Map:
		return t.Key().Kind() == reflect.String && supported(t.Elem())
	}
	return false
}

// names lists the keys of a struct type.
func names(t reflect.Type) []string {
	var out []string
	for _, f := range Fields(t) {
		out = append(out, f.Name)
	}
	return out
}

func fieldNamed(t reflect.Type, name string) (Field, bool) {
	for _, f := range Fields(t) {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Paths lists the dotted paths of all fields below a struct type, sections included, each before
// what is in it.
func Paths(t reflect.Type) []string {
	var out []string
	for _, f := range Fields(t) {
		out = append(out, f.Name)
		if s := deref(f.Type); s.Kind() == reflect.Struct {
			for _, p := range Paths(s) {
				out = append(out, f.Name+"."+p)
			}
		}
	}
	return out
}

// Lookup finds the field at a dotted path below a struct type. Below a map any single name is a
// path. ok is false where there is no such field; then reason, where not "", says why in words.
func Lookup(t reflect.Type, path string) (f Field, reason string, ok bool) {
	name, rest, more := strings.Cut(path, ".")
	f, ok = fieldNamed(t, name)
	if !ok || !more {
		return f, "", ok
	}
	switch s := deref(f.Type); s.Kind() {
	case reflect.Struct:
		return Lookup(s, rest)
	case reflect.Map:
		ok = rest != "" && !strings.Contains(rest, ".")
		return Field{Name: rest, Doc: f.Doc, Type: s.Elem(), Free: f.Free}, "", ok
	case reflect.Slice, reflect.Array:
		return f, fmt.Sprintf("%s is a list; give it whole", name), false
	}
	return f, fmt.Sprintf("%s is a single value and has no parts", name), false
}

func deref(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func joinPath(a, b string) string {
	if a == "" {
		return b
	}
	return a + "." + b
}
