//go:build cgo && linux

package gpu

/*
#cgo noescape gpu_cuGraphLaunch
#cgo nocallback gpu_cuGraphLaunch
#include "driver.h"
*/
import "C"

import "errors"

// Graph is recorded work, ready to be replayed with one call.
type Graph struct {
	Nodes int // recorded pieces of work
	x     *Context
	e     C.gpu_handle
}

// Capture records what f queues on s, without doing it. f must not wait for s, nor copy to or from
// memory that isn't Pinned.
func (s *Stream) Capture(f func() error) (*Graph, error) {
	// In relaxed mode a goroutine may change threads meanwhile, and other streams' work is no matter.
	if err := check("cuStreamBeginCapture", C.gpu_cuStreamBeginCapture(s.x.c, s.s, C.GPU_RELAXED)); err != nil {
		return nil, err
	}
	var g C.gpu_handle
	defer func() { // also where f panics: a stream that is still being captured could not be closed
		if g != nil {
			C.gpu_cuGraphDestroy(s.x.c, g)
		}
	}()
	if err := s.captured(f, &g); err != nil {
		return nil, err
	}
	out := &Graph{x: s.x}
	var n C.size_t
	if err := check("cuGraphGetNodes", C.gpu_cuGraphGetNodes(s.x.c, g, nil, &n)); err != nil {
		return nil, err
	}
	out.Nodes = int(n)
	if err := check("cuGraphInstantiate", C.gpu_cuGraphInstantiate(s.x.c, &out.e, g, 0)); err != nil {
		return nil, err
	}
	return out, nil
}

// captured calls f and ends the capture, whatever f does.
func (s *Stream) captured(f func() error, g *C.gpu_handle) (err error) {
	defer func() {
		err = errors.Join(err, check("cuStreamEndCapture", C.gpu_cuStreamEndCapture(s.x.c, s.s, g)))
	}()
	return f()
}

// Launch queues the recorded work.
func (g *Graph) Launch(s *Stream) error {
	return check("cuGraphLaunch", C.gpu_cuGraphLaunch(g.x.c, g.e, s.s))
}

// Close gives the graph back when it isn't running.
func (g *Graph) Close() error {
	return check("cuGraphExecDestroy", C.gpu_cuGraphExecDestroy(g.x.c, g.e))
}
