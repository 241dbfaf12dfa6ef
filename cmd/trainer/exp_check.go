package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"noise2sparse/experiment"
	"noise2sparse/internal/problem"
)

// checked is an experiment in `trainer exp check --json`.
type checked struct {
	Experiment string       `json:"experiment"` // as it was named
	Good       bool         `json:"good"`
	Jobs       int          `json:"jobs"`
	LookedAt   int          `json:"looked_at"` // of the jobs
	Problems   []oneProblem `json:"problems"`
	err        error
}

type oneProblem struct {
	Where string `json:"where"` // file:line:column, or the field or flag
	Text  string `json:"text"`
}

func expCheck(e *env, c *cli.Context) error {
	if c.NArg() == 0 {
		return usagef("check needs files or names of experiments, such as trainer exp check mine.yaml")
	}
	var all []checked
	var errs []error
	for _, ref := range c.Args().Slice() {
		x := check(ref, overrides(c))
		all, errs = append(all, x), append(errs, x.err)
		if e.json || !x.Good {
			continue
		}
		of := ""
		if x.Jobs > x.LookedAt {
			of = fmt.Sprintf(", of which about %d were looked at", x.LookedAt)
		}
		fmt.Fprintf(e, "%s: good, %d job(s)%s\n", ref, x.Jobs, of)
	}
	if e.json {
		errs = append(errs, e.answer(map[string]any{"experiments": all}))
	}
	return errors.Join(errs...)
}

func check(ref string, o experiment.Overrides) checked {
	out := checked{Experiment: ref, Problems: []oneProblem{}}
	x, err := experiment.LoadWith(ref, o)
	if err == nil {
		out.Good, out.Jobs, out.LookedAt = true, x.Count(), min(x.Count(), experiment.ConfirmJobs)
		return out
	}
	out.err = err
	var list *problem.Error
	if !errors.As(err, &list) {
		list = &problem.Error{Problems: []problem.Problem{{Text: err.Error()}}}
	}
	for _, p := range list.Problems {
		text, _, _ := strings.Cut(p.Text, "\n") // without the line of the file
		out.Problems = append(out.Problems, oneProblem{p.Path, text})
	}
	return out
}
