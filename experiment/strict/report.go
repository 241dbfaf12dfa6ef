package strict

import (
	"fmt"
	"sort"

	"noise2sparse/internal/problem"
)

// Finding is one thing that is wrong: where it stands, the field's dotted path ("" for none), and
// what is wrong with it.
type Finding struct {
	Pos  Pos
	Path string
	Text string
}

// Report gathers findings. The zero value is ready to use.
type Report struct {
	found []Finding
	seen  map[string]bool
}

// Addf records a finding; one that is there already is dropped.
func (r *Report) Addf(pos Pos, path, format string, args ...any) {
	f := Finding{pos, path, fmt.Sprintf(format, args...)}
	key := pos.String() + "\x00" + path + "\x00" + f.Text
	if r.seen[key] {
		return
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[key] = true
	r.found = append(r.found, f)
}

// Include adds the findings of another report, with prefix before their paths.
func (r *Report) Include(other *Report, prefix string) {
	for _, f := range other.found {
		r.Addf(f.Pos, joinPath(prefix, f.Path), "%s", f.Text)
	}
}

// Len is the number of findings.
func (r *Report) Len() int { return len(r.found) }

// Problems returns the findings, source by source in the order in which the sources first appear,
// and in each from top to bottom.
func (r *Report) Problems() []problem.Problem {
	order := map[*Source]int{}
	for _, f := range r.found {
		if _, ok := order[f.Pos.Src]; !ok {
			order[f.Pos.Src] = len(order)
		}
	}
	sorted := append([]Finding(nil), r.found...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i].Pos, sorted[j].Pos
		if a.Src != b.Src {
			return order[a.Src] < order[b.Src]
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
	out := make([]problem.Problem, len(sorted))
	for i, f := range sorted {
		text := f.Text
		if f.Path != "" {
			text = f.Path + ": " + text
		}
		out[i] = problem.Problem{Path: f.Pos.String(), Text: text + f.Pos.excerpt()}
	}
	return out
}

// Err is nil where nothing was found, else an *problem.Error with everything.
func (r *Report) Err() error {
	if len(r.found) == 0 {
		return nil
	}
	return &problem.Error{Problems: r.Problems()}
}
