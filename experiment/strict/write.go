package strict

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Comment is what a writer says behind a field, or behind the head of a section with its fields
// below it; "" says nothing.
type Comment func(path string, f Field, section bool) string

// Doc comments each field with its doc.
func Doc(_ string, f Field, _ bool) string { return f.Doc }

const commentColumn = 36 // where comments begin, unless the text is longer

// Write writes a struct as YAML, a field a line, all fields, in the order of the type. It reads
// back as the identical value. The comments stand behind the fields.
func Write(w io.Writer, v any, comment Comment) error {
	out := writer{comment: comment}
	out.fields(reflect.ValueOf(v), "", 0)
	_, err := io.WriteString(w, out.String())
	return err
}

type writer struct {
	strings.Builder
	comment Comment
}

func (w *writer) line(indent int, text, comment string) {
	text = strings.Repeat("  ", indent) + text
	if comment = strings.Join(strings.Fields(comment), " "); comment != "" {
		pad := max(1, commentColumn-utf8.RuneCountInString(text))
		text += strings.Repeat(" ", pad) + "# " + comment
	}
	w.WriteString(text + "\n")
}

func (w *writer) fields(v reflect.Value, path string, indent int) {
	for _, f := range Fields(v.Type()) {
		fv, p := v.FieldByIndex(f.index), joinPath(path, f.Name)
		if fv.Kind() == reflect.Pointer && !fv.IsNil() {
			fv = fv.Elem()
		}
		switch {
		case fv.Kind() == reflect.Struct && fv.NumField() > 0:
			w.line(indent, f.Name+":", w.comment(p, f, true))
			w.fields(fv, p, indent+1)
		case fv.Kind() == reflect.Map && fv.Len() > 0:
			w.line(indent, f.Name+":", w.comment(p, f, true))
			for _, k := range sortedKeys(fv) {
				entry := Field{Name: k.String(), Type: fv.Type().Elem()}
				w.line(indent+1, scalarText(k.String())+": "+inline(fv.MapIndex(k)), w.comment(joinPath(p, k.String()), entry, false))
			}
		default:
			w.line(indent, fmt.Sprintf("%s: %s", f.Name, inline(fv)), w.comment(p, f, false))
		}
	}
}

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
