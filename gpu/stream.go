//go:build cgo && linux

package gpu

// #include "driver.h"
import "C"

// Stream is a queue of work, done in order. Streams run beside one another.
type Stream struct {
	x *Context
	s C.gpu_handle
}

// NewStream returns a stream that does not wait for the default one.
func (x *Context) NewStream() (*Stream, error) {
	s := &Stream{x: x}
	return s, check("cuStreamCreate", C.gpu_cuStreamCreate(x.c, &s.s, C.GPU_NON_BLOCKING))
}

// Sync waits for all work so far, and returns what went wrong in it.
func (s *Stream) Sync() error {
	return check("cuStreamSynchronize", C.gpu_cuStreamSynchronize(s.x.c, s.s))
}

// Wait lets later work of s wait for the event.
func (s *Stream) Wait(e *Event) error {
	return check("cuStreamWaitEvent", C.gpu_cuStreamWaitEvent(s.x.c, s.s, e.e, 0))
}

// Close gives the stream back when its work is done.
func (s *Stream) Close() error {
	return check("cuStreamDestroy", C.gpu_cuStreamDestroy(s.x.c, s.s))
}

// Event is a point in a stream's work.
type Event struct {
	x *Context
	e C.gpu_handle
}

// NewEvent returns an event that takes the time.
func (x *Context) NewEvent() (*Event, error) {
	e := &Event{x: x}
	return e, check("cuEventCreate", C.gpu_cuEventCreate(x.c, &e.e, 0))
}

// Record sets the event behind the stream's work so far.
func (e *Event) Record(s *Stream) error {
	return check("cuEventRecord", C.gpu_cuEventRecord(e.x.c, e.e, s.s))
}

// Sync waits until the event has passed.
func (e *Event) Sync() error {
	return check("cuEventSynchronize", C.gpu_cuEventSynchronize(e.x.c, e.e))
}

// Since is the time from event a to e in milliseconds; both have passed.
func (e *Event) Since(a *Event) (float64, error) {
	var ms C.float
	err := check("cuEventElapsedTime", C.gpu_cuEventElapsedTime(e.x.c, &ms, a.e, e.e))
	return float64(ms), err
}

// Close gives the event back.
func (e *Event) Close() error {
	return check("cuEventDestroy", C.gpu_cuEventDestroy(e.x.c, e.e))
}
