package computetest

import (
	"fmt"
	"runtime"
)

// recorder is a T that keeps failures as lines, for use outside go test.
type recorder struct {
	path  string
	lines *[]string
}

// Helper does nothing: lines carry the check's name, not a position.
func (r *recorder) Helper() {}

// Errorf keeps a failure.
func (r *recorder) Errorf(format string, args ...any) {
	*r.lines = append(*r.lines, r.path+": "+fmt.Sprintf(format, args...))
}

// Fatalf keeps a failure and ends the check.
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// Run calls f in a goroutine of its own, which Fatalf ends, and waits for it.
func (r *recorder) Run(name string, f func(T)) {
	sub := &recorder{path: name, lines: r.lines}
	if r.path != "" {
		sub.path = r.path + "/" + name
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(sub)
	}()
	<-done
}
