package launch

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"noise2sparse/internal/problem"
	"noise2sparse/train"
)

// Ready says what keeps the plan's jobs from being run, all at once: features that are not there yet,
// and runs to start from that are not done. A plan that is not ready can still be shown.
func (p *Plan) Ready() error {
	var errs []error
	if err := p.missing(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, p.unready...)...)
}

// missing names the features that jobs to be run need, each once, with the jobs.
func (p *Plan) missing() error {
	jobs := map[train.Feature][]int{}
	for _, t := range p.Tasks {
		if t.Action == Skip {
			continue
		}
		for _, f := range t.Config.Missing() {
			jobs[f] = append(jobs[f], t.Index)
		}
	}
	var ps problem.List
	for f, of := range jobs {
		ps.Addf(f.Field, "%s is not there yet, so %s of %s can't be run; trainer exp list marks such experiments", f.Name, jobsText(of, len(p.Tasks)), p.Name)
	}
	all := ps.All()
	slices.SortFunc(all, func(a, b problem.Problem) int { return strings.Compare(a.Path, b.Path) })
	return ps.Err()
}

// jobsText names jobs by their numbers, of n.
func jobsText(of []int, n int) string {
	switch {
	case len(of) == 1:
		return fmt.Sprintf("job %d", of[0])
	case len(of) == n:
		return fmt.Sprintf("all %d jobs", n)
	case len(of) > 10:
		return fmt.Sprintf("%d jobs", len(of))
	}
	return "jobs " + strings.Trim(strings.ReplaceAll(fmt.Sprint(of), " ", ", "), "[]")
}
