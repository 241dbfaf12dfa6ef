// Package nearest finds the known names that an unknown one was probably meant to be.
package nearest

import (
	"fmt"
	"sort"
	"strings"

	"github.com/xrash/smetrics"
)

// Names returns at most three of the known names, nearest first, that are within an edit
// distance of a third of the longer name (at least 2), or of which name is a part.
func Names(name string, known []string) []string {
	type near struct {
		name string
		d    int
	}
	var found []near
	low := strings.ToLower(name)
	for _, k := range known {
		d := smetrics.WagnerFischer(low, strings.ToLower(k), 1, 1, 1)
		limit := max(2, max(len(name), len(k))/3)
		switch {
		case d <= limit && d < len(k):
			found = append(found, near{k, d})
		case len(low) >= 3 && strings.Contains(strings.ToLower(k), low):
			found = append(found, near{k, limit + 1})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].d < found[j].d })
	var out []string
	for i, f := range found {
		if i == 3 {
			break
		}
		out = append(out, f.name)
	}
	return out
}

// Hint is the end of an error about an unknown name: `; did you mean "adam"?` where something is
// near, else the list of the known names where it is short, else "".
func Hint(name string, known []string) string {
	if n := Names(name, known); len(n) > 0 {
		return fmt.Sprintf("; did you mean %s?", quoteAll(n, " or "))
	}
	if len(known) > 0 && len(known) <= 12 {
		return "; known: " + strings.Join(known, ", ")
	}
	return ""
}

func quoteAll(names []string, sep string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(q, sep)
}
