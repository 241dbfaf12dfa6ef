package track

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"noise2sparse/internal/atomicfile"
)

const statusName = "status.json"

// State is what a run does, or how it ended.
type State string

// The states of a run.
const (
	Running     State = "running"
	Done        State = "done"
	Interrupted State = "interrupted" // stopped by a signal, checkpoint saved
	Failed      State = "failed"
	NaN         State = "nan"     // the loss is not finite
	Paused      State = "paused"  // at an epoch where it was asked to stop, checkpoint saved: not the end yet
	Stopped     State = "stopped" // paused, and a search has given it up in favour of better ones
	Killed      State = "killed"  // only read, never written: says running, but no process holds the lock
)

// Status is status.json.
type Status struct {
	State   State     `json:"state"`
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Attempt int       `json:"attempt"`
	Epoch   int       `json:"epoch"`  // epochs done
	Epochs  int       `json:"epochs"` // epochs to do
	Step    uint64    `json:"step"`   // steps done
	Device  string    `json:"device,omitempty"`
	Started time.Time `json:"started"` // of this attempt
	Updated time.Time `json:"updated"`
	Error   string    `json:"error,omitempty"`
}

// heartbeatEvery is the shortest time between two updates of a running run's status.
const heartbeatEvery = 3 * time.Second

// statusWriter keeps status.json. It is safe for concurrent use.
type statusWriter struct {
	mu   sync.Mutex
	path string
	now  Status
}

// take goes on from what an earlier attempt left, in this process's name.
func (s *statusWriter) take() {
	s.now, _ = readStatus(s.path) // none, or a damaged one, is written anew
	s.now.PID, s.now.Host, s.now.Error = os.Getpid(), hostname(), ""
}

func (s *statusWriter) begin(a Attempt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = Status{
		State: Running, PID: a.PID, Host: a.Host, Attempt: a.Attempt, Epoch: a.Epoch,
		Epochs: a.Epochs, Step: a.Step, Device: a.Device, Started: a.Time,
	}
	return s.write(atomicfile.Write)
}

func (s *statusWriter) heartbeat(epoch int, step uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Epoch, s.now.Step = epoch, step
	if time.Since(s.now.Updated) < heartbeatEvery {
		return nil
	}
	return s.write(atomicfile.Replace)
}

func (s *statusWriter) finish(state State, epoch int, step uint64, cause error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.State, s.now.Epoch, s.now.Step = state, epoch, step
	if cause != nil {
		s.now.Error = cause.Error()
	}
	return s.write(atomicfile.Write)
}

func (s *statusWriter) write(put func(string, []byte) error) error {
	s.now.Updated = time.Now().UTC()
	b, err := json.MarshalIndent(s.now, "", "  ")
	if err != nil {
		return err
	}
	return explain(s.path, "cannot write", put(s.path, append(b, '\n')))
}

// ReadStatus returns what status.json of the run in dir says. A run that says it is running while
// no process holds its lock is Killed: resume it. The error is fs.ErrNotExist for a run that never
// started.
func ReadStatus(dir string) (Status, error) {
	path := filepath.Join(dir, statusName)
	s, err := readStatus(path)
	if err != nil || s.State != Running || IsLocked(dir) {
		return s, err
	}
	// It may have ended between the two looks.
	if s, err = readStatus(path); err == nil && s.State == Running {
		s.State = Killed
	}
	return s, err
}

func readStatus(path string) (s Status, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if err != nil {
		return s, explain(path, "cannot read", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("%s: damaged (%w); resume the run to write it again", path, err)
	}
	return s, nil
}
