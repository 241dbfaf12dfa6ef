package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"noise2sparse/internal/nearest"
)

// Suggest says what an unknown dotted path below a struct type was probably meant to be: the end
// of a message ("" where nothing is near), and the paths themselves.
func Suggest(root reflect.Type, path string) (hint string, near []string) {
	near = elsewhere(root, path)
	if len(near) == 0 {
		near = nearest.Names(path, Paths(root))
	}
	if i := strings.LastIndexByte(path, '.'); len(near) == 0 && i > 0 {
		return Suggest(root, path[:i]) // "hidden.0" is about "model.hidden"
	}
	if len(near) == 0 {
		return nearest.Hint(path, names(root)), nil
	}
	return fmt.Sprintf("; did you mean %s?", quoted(near)), near
}

// elsewhere lists at most three paths whose last name is key.
func elsewhere(root reflect.Type, key string) []string {
	var out []string
	for _, p := range Paths(root) {
		if strings.HasSuffix(p, "."+key) {
			out = append(out, p)
		}
	}
	return slices.Clip(out[:min(3, len(out))])
}

func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(q, " or ")
}
