package experiment

import (
	"runtime"
	"slices"
	"sync"

	"noise2sparse/experiment/strict"
)

// Count is the number of jobs. It costs nothing.
func (e *Experiment) Count() int { return e.points.count() }

// Search is the experiment's `search:` section, nil where it has none.
func (e *Experiment) Search() *Search { return e.search }

// Job makes job i, 0 <= i < Count.
func (e *Experiment) Job(i int) Job {
	c, cells := e.config(i)
	c = strict.Clone(c)
	j := Job{Index: i, Config: c.Config, Launch: c.Launch, SHA256: ConfigSHA256(c.Config)}
	for _, x := range cells {
		j.Values = append(j.Values, Swept{x.path, x.text})
	}
	j.ID = jobID(j, e.Count())
	return j
}

// Jobs returns the experiment's jobs in grid order. Where there may be very many, ask Count first, and
// make them one by one.
func (e *Experiment) Jobs() []Job {
	e.once.Do(func() {
		e.jobs = make([]Job, e.Count())
		parallel(len(e.jobs), func(i int) { e.jobs[i] = e.Job(i) })
	})
	return e.jobs
}

// config is the values of job i, which share lists and maps with those of other jobs.
func (e *Experiment) config(i int) (config, []cell) {
	c := config{e.Config, e.Launch}
	cells := e.points.at(i)
	var rep strict.Report // stays empty: every value has been decoded before
	d := strict.NewDecoder(&rep)
	for _, x := range cells {
		d.Overlay(strict.Nest(x.path, x.node), &c)
	}
	if len(cells) > 0 {
		for _, n := range e.overlay {
			d.Overlay(n, &c)
		}
	}
	return c, cells
}

// maxReported bounds the jobs of which all that is wrong is told: it is mostly the same.
const maxReported = 200

// checkJobs reports what is wrong with jobs: all of them where they are few or every is true, else
// ConfirmJobs of them, evenly spread.
func (l *loader) checkJobs(e *Experiment, every bool) {
	n, step := e.Count(), 1
	if n > ConfirmJobs && !every {
		step = n / ConfirmJobs
	}
	var mu sync.Mutex
	var bad []int
	parallel((n+step-1)/step, func(k int) {
		c, _ := e.config(k * step)
		if len(l.problems(&c)) == 0 {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, k*step)
	})
	slices.Sort(bad)
	for _, i := range bad[:min(len(bad), maxReported)] {
		tree := e.file.config
		for _, x := range e.points.at(i) {
			tree = strict.Merge(tree, strict.Nest(x.path, x.node))
		}
		for _, o := range e.overlay {
			tree = strict.Merge(tree, o)
		}
		c, origins := l.decode(tree)
		l.report(c, origins, e.file.src)
	}
	if len(e.Grid) > 1 && n <= ConfirmJobs {
		l.checkTwins(e)
	}
}

// checkTwins reports jobs that several grids of a list make alike.
func (l *loader) checkTwins(e *Experiment) {
	first := map[string]int{}
	for i := range e.Count() {
		c, _ := e.config(i)
		h := strict.Canonical(c)
		if j, twice := first[h]; twice {
			l.rep.Addf(e.Grid[len(e.Grid)-1][0].pos, gridKey, "jobs %d and %d are the same; leave one out", j, i)
			return
		}
		first[h] = i
	}
}

// CheckRest checks the jobs that Load, of more than ConfirmJobs, has not looked at. What is wrong comes
// back at once, as a *problem.Error.
func (e *Experiment) CheckRest() error {
	if e.Count() > ConfirmJobs {
		e.loader.checkJobs(e, true)
	}
	return e.loader.rep.Err()
}

// parallel calls do with 0 to n-1, on all cores.
func parallel(n int, do func(i int)) {
	const chunk = 64
	workers := min(runtime.GOMAXPROCS(0), (n+chunk-1)/chunk)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for from := w * chunk; from < n; from += workers * chunk {
				for i := from; i < min(n, from+chunk); i++ {
					do(i)
				}
			}
		})
	}
	wg.Wait()
}
