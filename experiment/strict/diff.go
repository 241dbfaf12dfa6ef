package strict

import (
	"reflect"

	"noise2sparse/internal/problem"
)

// Diff lists the fields that differ between two structs of one type, less those, and those in
// sections, that are tagged resume:"free".
func Diff(before, after any) []problem.Problem {
	var ps problem.List
	diff(reflect.ValueOf(before), reflect.ValueOf(after), "", &ps)
	return ps.All()
}

func diff(a, b reflect.Value, path string, ps *problem.List) {
	for _, f := range Fields(a.Type()) {
		if f.Free {
			continue
		}
		p, x, y := joinPath(path, f.Name), a.FieldByIndex(f.index), b.FieldByIndex(f.index)
		if x.Kind() == reflect.Pointer && !x.IsNil() && !y.IsNil() {
			x, y = x.Elem(), y.Elem()
		}
		if x.Kind() == reflect.Struct {
			diff(x, y, p, ps)
		} else if was, is := inline(x), inline(y); was != is {
			ps.Addf(p, "was %s and is now %s", clip(was), clip(is))
		}
	}
}

// FreePaths lists the fields and sections that are tagged resume:"free".
func FreePaths(t reflect.Type) []string {
	var out []string
	for _, f := range Fields(t) {
		switch s := deref(f.Type); {
		case f.Free:
			out = append(out, f.Name)
		case s.Kind() == reflect.Struct:
			for _, p := range FreePaths(s) {
				out = append(out, f.Name+"."+p)
			}
		}
	}
	return out
}
