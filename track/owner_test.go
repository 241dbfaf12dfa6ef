package track

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/internal/lease"
)

// elsewhere writes the owner's file as a process of another machine leaves it, silent for some time.
func elsewhere(t *testing.T, dir string, silent time.Duration) {
	t.Helper()
	path := filepath.Join(dir, ownerName)
	if err := os.WriteFile(path, []byte(`{"id":"00000000000000aa","host":"node7","pid":12,"space":"another boot x","began":"1"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-silent)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

// A run that another machine trains is at work, whatever flock says here; once that machine has been
// silent for long enough, it is killed, and can be taken over.
func TestOwnerOnAnotherMachine(t *testing.T) {
	r := started(t, t.TempDir())
	dir := r.Dir()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if exists(filepath.Join(dir, ownerName)) {
		t.Error("a closed run has an owner")
	}
	elsewhere(t, dir, time.Second)
	if s, err := ReadStatus(dir); err != nil || s.State != Running || !IsLocked(dir) {
		t.Errorf("trained elsewhere: %s (%v)", s.State, err)
	}
	elsewhere(t, dir, 2*lease.StaleAfter)
	if s, err := ReadStatus(dir); err != nil || s.State != Killed || IsLocked(dir) {
		t.Errorf("no longer trained elsewhere: %s (%v)", s.State, err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// Who slept while another machine took over writes nothing more.
func TestOwnerThatWasReplaced(t *testing.T) {
	r := started(t, t.TempDir())
	if err := os.Remove(filepath.Join(r.Dir(), ownerName)); err != nil {
		t.Fatal(err)
	}
	elsewhere(t, r.Dir(), 0)
	before, err := os.ReadFile(filepath.Join(r.Dir(), "status.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Metrics(1, 10, map[string]float64{"train/loss": 1}); !errors.Is(err, lease.ErrLost) || !strings.Contains(err.Error(), "another process may go on with the run") {
		t.Errorf("metrics: %v", err)
	}
	if err := r.Finish(Done, 1, 10, nil); !errors.Is(err, lease.ErrLost) {
		t.Errorf("finish: %v", err)
	}
	if after, err := os.ReadFile(filepath.Join(r.Dir(), "status.json")); err != nil || string(after) != string(before) {
		t.Errorf("the status has become %s (%v)", after, err)
	}
	r.Close()
	if !exists(filepath.Join(r.Dir(), ownerName)) {
		t.Error("the other machine has lost its lease")
	}
}
