// Package problem collects everything that is wrong with a user's input, so that all of it is
// reported at once and before any work begins.
package problem

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong: where (a dotted field path such as "noise.sigma", or a
// "file:line:column") and what, in a sentence that also says what to do.
type Problem struct {
	Path string
	Text string
}

func (p Problem) String() string {
	if p.Path == "" {
		return p.Text
	}
	return p.Path + ": " + p.Text
}

// List gathers problems. The zero value is an empty list, ready to use.
type List struct {
	prefix string
	all    *[]Problem
}

// Addf records a problem at path (below the list's prefix).
func (l *List) Addf(path, format string, args ...any) {
	if l.all == nil {
		l.all = new([]Problem)
	}
	*l.all = append(*l.all, Problem{join(l.prefix, path), fmt.Sprintf(format, args...)})
}

// At returns a list that records into l, with every path below prefix.
func (l *List) At(prefix string) *List {
	if l.all == nil {
		l.all = new([]Problem)
	}
	return &List{join(l.prefix, prefix), l.all}
}

// All returns what was recorded, in the order of recording.
func (l *List) All() []Problem {
	if l.all == nil {
		return nil
	}
	return *l.all
}

// Err returns nil for an empty list, else an *Error with all problems.
func (l *List) Err() error {
	if all := l.All(); len(all) > 0 {
		return &Error{all}
	}
	return nil
}

// Error reports problems, one a line. It means wrong usage or configuration: exit code 2.
type Error struct{ Problems []Problem }

func (e *Error) Error() string {
	s := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		s[i] = p.String()
	}
	return strings.Join(s, "\n")
}

func join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "." + b
}
