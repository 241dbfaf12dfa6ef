package track

import (
	"fmt"
	"sort"
)

// VersionChanges says, a line each, which versions differ between a checkpoint's and this process's:
// with such a difference a resumed run need not repeat the bits of an uninterrupted one. What only
// one of them names counts as "none".
func VersionChanges(then, now map[string]string) []string {
	now = withGo(now)
	var changes []string
	for n, v := range then {
		if now[n] != v {
			changes = append(changes, fmt.Sprintf("%s was %s, now %s", n, v, orNone(now[n])))
		}
	}
	for n, v := range now {
		if _, ok := then[n]; !ok {
			changes = append(changes, fmt.Sprintf("%s was none, now %s", n, v))
		}
	}
	sort.Strings(changes)
	return changes
}

func orNone(v string) string {
	if v == "" {
		return "none"
	}
	return v
}
