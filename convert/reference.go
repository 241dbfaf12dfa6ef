package convert

import (
	"fmt"
	"strconv"
	"strings"

	"noise2sparse/internal/array"
)

// Reference translates our names into the reference's, so that its load_state_dict takes them:
// what places.ours does, backwards. projectFirst tells that a projection comes before the noise.
func Reference(tensors []array.Named, projectFirst bool) ([]array.Named, error) {
	hidden, shift, projection := 0, 0, 1
	if projectFirst {
		projection = 0
	}
	for _, t := range tensors {
		if n, _, ok := numbered(t.Name, "hidden."); ok {
			hidden = max(hidden, n+1)
		}
		if t.Name == "projection.weight" {
			shift = 1
		}
	}
	out := make([]array.Named, len(tensors))
	for i, t := range tensors {
		name := refName(t.Name, hidden, shift, projection)
		if name == "" {
			return nil, fmt.Errorf("tensor %s has no name in the reference; export it with --names ours", t.Name)
		}
		out[i] = array.Named{Name: name, Array: t.Array}
	}
	return out, nil
}

// refName is the reference's name of a tensor in a network with so many hidden layers, whose places
// are shifted by a projection, which has its own place; "" where there is none.
func refName(name string, hidden, shift, projection int) string {
	for _, f := range fixedNames {
		if name == f.ours {
			return f.ref
		}
	}
	if imageNames.MatchString(name) { // the same there
		return name
	}
	layer := func(i int) int { return 1 + shift + 2*i }
	if name == "projection.weight" {
		return fmt.Sprintf("net.%d.weight", projection)
	}
	linear := func(rest string) bool { return rest == "weight" || rest == "bias" || rest == "shared_bias" }
	if rest, ok := strings.CutPrefix(name, "output."); ok && linear(rest) {
		return fmt.Sprintf("net.%d.%s", layer(hidden), rest)
	}
	if i, rest, ok := numbered(name, "hidden."); ok && linear(rest) {
		return fmt.Sprintf("net.%d.%s", layer(i), rest)
	}
	if i, rest, ok := numbered(name, "inhibition."); ok {
		for _, c := range circuitNames {
			if rest == c.ours {
				return fmt.Sprintf("net.%d.%s", layer(i)+1, c.ref)
			}
		}
	}
	return ""
}

// numbered splits "hidden.3.weight" after "hidden." into 3 and "weight".
func numbered(name, prefix string) (n int, rest string, ok bool) {
	s, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, "", false
	}
	digits, rest, ok := strings.Cut(s, ".")
	n, err := strconv.Atoi(digits)
	return n, rest, ok && err == nil
}
