package experiment

import (
	"fmt"
	"slices"
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/problem"
	"noise2sparse/train"
)

// StartJob is the job of source that j starts from, by its start_from.where and start_from.experiment:
// the one that agrees in all that source sweeps and all that where names, where the values of where
// stand in the place of j's own.
func StartJob(j Job, source *Experiment) (Job, error) {
	want := config{j.Config, j.Launch}
	l := &loader{doubt: map[string]bool{}}
	paths := map[string]bool{}
	for _, s := range l.parseOverrides(j.Config.StartFrom.Where) {
		strict.NewDecoder(&l.rep).Overlay(strict.Nest(s.path, s.node), &want)
		paths[s.path] = true
	}
	if err := l.rep.Err(); err != nil { // Load has refused such a job
		return Job{}, err
	}
	for _, p := range source.Grid {
		for _, a := range p {
			paths[a.Path] = true
		}
	}
	var found []int
	for i := range source.Count() {
		c, _ := source.config(i)
		if agree(&want, &c, paths) {
			found = append(found, i)
		}
	}
	if len(found) == 1 {
		return source.Job(found[0]), nil
	}
	return Job{}, (&problem.Error{Problems: []problem.Problem{{Path: "start_from.experiment", Text: fmt.Sprintf(
		"%d jobs of %s have %s, so it is not clear which one job %s starts from; name the values of one with start_from.where, or a run folder with start_from.run",
		len(found), source.Name, valuesText(&want, paths), j.ID)}}})
}

// agree tells whether two configs have the same values at all paths.
func agree(a, b *config, paths map[string]bool) bool {
	for p := range paths {
		if !slices.Equal(linesAt(a, p), linesAt(b, p)) {
			return false
		}
	}
	return true
}

// linesAt are the canonical lines of the values at path, a field or a section.
func linesAt(c *config, path string) []string {
	var out []string
	for line := range strings.Lines(strict.Canonical(*c)) {
		if strings.HasPrefix(line, path+" = ") || strings.HasPrefix(line, path+".") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// valuesText lists the values at paths, for people.
func valuesText(c *config, paths map[string]bool) string {
	var out []string
	for p := range paths {
		out = append(out, linesAt(c, p)...)
	}
	slices.Sort(out)
	if len(out) == 0 {
		return "the values asked for"
	}
	return strings.ReplaceAll(strings.Join(out, ", "), " = ", "=")
}

// checkStart records what is wrong with where a job starts from, but for what only its folder can tell.
func (l *loader) checkStart(ps *problem.List, s *train.StartFrom) {
	if s == nil {
		return
	}
	if s.Experiment != "" && !isPath(s.Experiment) {
		if _, ok := l.inLibrary(s.Experiment); !ok {
			ps.Addf("start_from.experiment", "unknown experiment %q%s", s.Experiment, l.hint(reference{ref: s.Experiment, own: true}))
		}
	}
	var trial loader
	trial.doubt = map[string]bool{}
	var c config
	strict.SetDefaults(&c)
	for _, o := range trial.parseOverrides(s.Where) {
		if o.head() {
			ps.Addf("start_from.where", "%s is no field of a job", o.path)
			continue
		}
		strict.NewDecoder(&trial.rep).Overlay(strict.Nest(o.path, o.node), &c)
	}
	for _, p := range trial.rep.Problems() {
		ps.Addf("start_from.where", "%s", strings.ReplaceAll(p.String(), "--set ", ""))
	}
}
