package track

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"noise2sparse/internal/lease"
)

// ownerName is the file whose lease keeps processes of other machines out, where the run folder lies on
// a network file system that does not pass on flock. Among processes of one machine flock decides.
const ownerName = ".owner"

// patience is how long to wait for the owner on another machine to fall silent, which is what it does
// when that machine has died and the run goes on here.
const patience = lease.StaleAfter + 10*time.Second

// own takes the lease of the run folder dir, whose flock is held.
func own(dir string) (*lease.Lease, error) {
	for began := time.Now(); ; time.Sleep(time.Second) {
		l, err := lease.AcquireOver(filepath.Join(dir, ownerName), lease.Owner.SameMachine)
		var held *lease.HeldError
		switch {
		case err == nil:
			return l, nil
		case !errors.As(err, &held):
			return nil, explain(dir, "cannot write into the run folder", err)
		case time.Since(began) > patience:
			return nil, fmt.Errorf("%s: another process (%v) is writing this run; wait for it, or stop it first", dir, held.Owner)
		}
	}
}

// ownedElsewhere tells whether a process of another machine is writing the run in dir.
func ownedElsewhere(dir string) bool {
	o, ok := lease.Holder(filepath.Join(dir, ownerName))
	return ok && !o.SameMachine()
}

// stillOwned is an error where another process may have taken over the folder.
func (r *Run) stillOwned() error {
	if err := r.lease.Check(); err != nil {
		return fmt.Errorf("%s: %w; another process may go on with the run", r.dir, err)
	}
	return nil
}
