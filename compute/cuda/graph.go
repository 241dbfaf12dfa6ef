//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// A graph that holds several runs of a program costs the host one call for all of them, and the device
// one gap. It holds mostRuns, or fewer, a power of two, so that it has at most mostNodes pieces of work:
// a longer one saves nothing that could be measured, and takes time to record and device memory.
const (
	mostRuns  = 16
	mostNodes = 1024
)

// graphs are a backend's recorded programs.
type graphs struct {
	all []*program
}

// program is a recorded sequence of operations: called at its first run, captured at its second, and
// replayed from then on. The first finds the driver's lazy loading done and all scratch memory taken.
// Where it is to run often in a row, several runs are captured as one graph beside it.
type program struct {
	b       *backend
	number  int
	step    func()
	one     *gpu.Graph // a run
	several *gpu.Graph // runsAtOnce runs
	runs    int        // so far
	unsure  int        // the first run that may not be over yet, from 1; 0: none. For messages
	spoiled int        // captures that others have spoiled
}

// mostSpoiled captures of a program may be spoiled by others before that is an error.
const mostSpoiled = 3

// Record implements compute.Memory. Nothing is called before the first run.
func (b *backend) Record(step func()) compute.Program {
	p := &program{b: b, number: len(b.graphs.all) + 1, step: step}
	b.graphs.all = append(b.graphs.all, p)
	return p
}

// Run implements compute.Program.
func (p *program) Run(n int) {
	for n > 0 && p.b.err == nil {
		n -= p.some(n)
	}
}

// some starts as many of n runs as one call does, and says how many.
func (p *program) some(n int) int {
	switch {
	case p.b.options.Eager:
		p.b.careful = true
		p.called()
		p.b.careful = false
	case p.runs == 0:
		p.called()
	case p.one == nil && !p.capture(&p.one, 1):
		return p.instead()
	case n < p.runsAtOnce() || p.runsAtOnce() == 1:
		return p.replay(p.one, 1)
	case p.several == nil && !p.capture(&p.several, p.runsAtOnce()):
		return p.instead()
	default:
		return p.replay(p.several, p.runsAtOnce())
	}
	p.runs++
	return 1
}

// called calls the operations. At the first run they are what loads code, of the driver's and of libraries.
func (p *program) called() {
	if p.runs > 0 {
		p.step()
		return
	}
	_ = p.b.dev.alone(func() error {
		p.step()
		return nil
	})
}

// instead is a run after a capture that came to nothing: the operations are called, where they can be.
func (p *program) instead() int {
	if p.b.err == nil {
		p.step()
	}
	p.runs++
	return 1
}

// runsAtOnce is how many runs a graph of several holds; 1: there is none.
func (p *program) runsAtOnce() int {
	runs := mostRuns
	for runs > 1 && runs*p.one.Nodes > mostNodes {
		runs /= 2
	}
	return runs
}

// replay launches a graph of that many runs.
func (p *program) replay(g *gpu.Graph, runs int) int {
	if p.unsure == 0 {
		p.unsure = p.runs + 1
	}
	p.runs += runs
	p.b.check("replaying a graph", g.Launch(p.b.stream))
	return runs
}

// capture records that many runs as a graph, and tells whether that went well. A capture that others have spoiled,
// by a call that waits for the whole device, is no error, unless it happens again and again.
func (p *program) capture(to **gpu.Graph, runs int) bool {
	b := p.b
	if b.err != nil {
		return false
	}
	b.dev.capturing.RLock()
	defer b.dev.capturing.RUnlock()
	g, err := b.stream.Capture(func() error {
		for range runs {
			p.step()
		}
		return b.err
	})
	if errors.Is(err, gpu.ErrSpoiled) && !errors.Is(err, compute.ErrDeviceLost) && p.spoiled < mostSpoiled {
		p.spoiled++
		b.err = nil
		return false
	}
	if b.err == nil {
		b.check("recording a graph", err)
	}
	*to = g
	return b.err == nil
}

// settled notes that all runs so far are over and went well.
func (g *graphs) settled() {
	for _, p := range g.all {
		p.unsure = 0
	}
}

// suspects names the runs in which something may have gone wrong; "" where there are none.
func (g *graphs) suspects() string {
	var all []string
	for _, p := range g.all {
		if p.unsure == 0 {
			continue
		}
		which := fmt.Sprintf("run %d", p.unsure)
		if p.runs > p.unsure {
			which = fmt.Sprintf("one of runs %d to %d", p.unsure, p.runs)
		}
		all = append(all, fmt.Sprintf("%s of graph %d (%d kernels and copies)", which, p.number, p.one.Nodes))
	}
	return strings.Join(all, ", or ")
}

func (g *graphs) close() error {
	var errs []error
	for _, p := range g.all {
		for _, graph := range []*gpu.Graph{p.one, p.several} {
			if graph != nil {
				errs = append(errs, graph.Close())
			}
		}
	}
	g.all = nil
	return errors.Join(errs...)
}
