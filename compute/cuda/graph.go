//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// graphs are a backend's recorded programs.
type graphs struct {
	all  []*program
	last *program // what was replayed last since all was known to be well; for messages
}

// program is a recorded sequence of operations: called at its first Run, captured at its second, and
// replayed from then on. The first finds the driver's lazy loading done and all scratch memory taken.
type program struct {
	b       *backend
	number  int
	step    func()
	called  bool
	graph   *gpu.Graph
	replays int
}

// Record implements compute.Memory. Nothing is called before the first Run.
func (b *backend) Record(step func()) compute.Program {
	p := &program{b: b, number: len(b.graphs.all) + 1, step: step}
	b.graphs.all = append(b.graphs.all, p)
	return p
}

// Run replays the program.
func (p *program) Run() {
	b := p.b
	if b.err != nil {
		return
	}
	if b.options.Eager || !p.called {
		p.called = true
		p.step()
		return
	}
	if p.graph == nil && !p.capture() {
		return
	}
	p.replays++
	b.graphs.last = p
	b.check("replaying a graph", p.graph.Launch(b.stream))
}

// capture records the program's operations and tells whether that went well.
func (p *program) capture() bool {
	b := p.b
	g, err := b.stream.Capture(func() error {
		p.step()
		return b.err
	})
	if b.err == nil {
		b.check("recording a graph", err)
	}
	p.graph = g
	return b.err == nil
}

// String names the program in messages.
func (p *program) String() string {
	return fmt.Sprintf("graph %d (%d kernels and copies)", p.number, p.graph.Nodes)
}

func (g *graphs) close() error {
	var errs []error
	for _, p := range g.all {
		if p.graph != nil {
			errs = append(errs, p.graph.Close())
		}
	}
	g.all, g.last = nil, nil
	return errors.Join(errs...)
}
