package track

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"noise2sparse/internal/array"
	"noise2sparse/internal/atomicfile"
)

// Saver writes checkpoints while the training goes on: one goroutine, at most one save in flight.
// Its host buffers are allocated once: one set, and a second where a snapshot is taken while the
// first is still being written. Begin, Save and Discard are for one goroutine, that of the loop.
type Saver struct {
	run       *Run
	keep      Retention
	model     []array.Named // names, types and shapes
	optimizer []array.Named
	jobs      chan job // unbuffered: handing over waits for the save in flight
	pending   sync.WaitGroup
	stopped   chan struct{}

	mu     sync.Mutex
	free   []*Snapshot
	made   int
	taken  bool // the loop holds a snapshot
	closed bool
	err    error // the first one; no save is tried after it
	last   string
}

type job struct {
	snap  *Snapshot
	state []byte
}

var errSaverClosed = errors.New("track: the saver is closed")

// NewSaver starts a saver for checkpoints of these tensors, whose bytes are not used. It makes the
// checkpoints folder, so that one that cannot be written is found before any work.
func (r *Run) NewSaver(model, optimizer []array.Named, keep Retention) (*Saver, error) {
	if err := atomicfile.MkdirAll(r.checkpoints()); err != nil {
		return nil, explain(r.checkpoints(), "cannot make the folder", err)
	}
	s := &Saver{run: r, keep: keep, model: model, optimizer: optimizer, jobs: make(chan job), stopped: make(chan struct{})}
	go s.work()
	return s, nil
}

// Begin returns a snapshot whose tensors' Bytes are the saver's own, to be filled by the caller
// together with its other fields, and then given to Save or Discard. It fails where an earlier
// save failed.
func (s *Saver) Begin() (*Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return nil, s.err
	case s.closed:
		return nil, errSaverClosed
	case s.taken:
		return nil, errors.New("track: a second snapshot before the first was saved or discarded")
	}
	if err := s.run.stillOwned(); err != nil {
		return nil, err
	}
	if n := len(s.free); n > 0 {
		snap := s.free[n-1]
		s.free, s.taken = s.free[:n-1], true
		return snap, nil
	}
	snap := &Snapshot{}
	var err error
	if snap.Model, err = zeros(s.model); err != nil {
		return nil, err
	}
	if snap.Optimizer, err = zeros(s.optimizer); err != nil {
		return nil, err
	}
	s.made++
	s.taken = true
	return snap, nil
}

func zeros(like []array.Named) ([]array.Named, error) {
	all := make([]array.Named, len(like))
	for i, t := range like {
		a, err := array.New(t.Array.DType, t.Array.Shape...)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", t.Name, err)
		}
		all[i] = array.Named{Name: t.Name, Array: a}
	}
	return all, nil
}

// Save hands snap over and returns while it is being written; where an earlier save is still in
// flight it waits for that first. State is marshalled before Save returns. The metrics line of
// snap.Step must be written before, so that no checkpoint is ahead of the metrics. The error may be
// that of an earlier save.
func (s *Saver) Save(snap *Snapshot) error {
	state, err := json.Marshal(snap.State)
	if err != nil {
		s.Discard(snap)
		return fmt.Errorf("the state of step %d cannot be saved: %w", snap.Step, err)
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return errSaverClosed
	}
	s.taken = false
	s.mu.Unlock()
	s.pending.Add(1)
	s.jobs <- job{snap, state}
	return s.firstError()
}

// Discard gives a snapshot back unsaved.
func (s *Saver) Discard(snap *Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = false
	s.free = append(s.free, snap)
}

func (s *Saver) work() {
	defer close(s.stopped)
	for j := range s.jobs {
		if s.firstError() == nil {
			s.done(s.write(j))
		}
		s.mu.Lock()
		j.snap.State, j.snap.Metrics = nil, nil
		s.free = append(s.free, j.snap)
		s.mu.Unlock()
		s.pending.Done()
	}
}

func (s *Saver) write(j job) (path string, err error) {
	if err := s.run.syncLines(); err != nil {
		return "", err
	}
	if err := save(s.run.checkpoints(), s.run.attempt, j.snap, j.state); err != nil {
		return "", err
	}
	return checkpointPath(s.run.checkpoints(), j.snap.Step), s.retain(j.snap.Step)
}

func (s *Saver) retain(step uint64) error {
	if err := s.keep.retain(s.run.checkpoints(), step); err != nil {
		return explain(s.run.checkpoints(), "cannot remove old checkpoints", err)
	}
	return nil
}

// Retain waits for saves in flight and applies the retention as a save of this step would: at a run's
// end, since an attempt that was killed between its last save and that leaves one too many, and the
// next finds nothing to save.
func (s *Saver) Retain(step uint64) error {
	if err := s.Wait(); err != nil {
		return err
	}
	return s.retain(step)
}

func (s *Saver) done(path string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if path != "" {
		s.last = path
	}
	if s.err == nil {
		s.err = err
	}
}

func (s *Saver) firstError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Busy tells whether a save is in flight.
func (s *Saver) Busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.made - len(s.free)
	return out > 1 || out == 1 && !s.taken
}

// Last is the folder of the last checkpoint that this saver saved, or "".
func (s *Saver) Last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Wait returns when no save is in flight, with the first error of all saves so far.
func (s *Saver) Wait() error {
	s.pending.Wait()
	return s.firstError()
}

// Close waits like Wait and ends the saver. A second Close does nothing more.
func (s *Saver) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if !closed {
		close(s.jobs)
	}
	<-s.stopped
	return s.firstError()
}
