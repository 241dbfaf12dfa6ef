package strict

import (
	"fmt"
	"io"
	"reflect"
	"strings"
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
