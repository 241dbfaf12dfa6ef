package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"noise2sparse/internal/atomicfile"
	"noise2sparse/internal/lease"
	"noise2sparse/track"
)

// Names in the folder of a sweep.
const (
	Name     = "ledger.jsonl"
	lockName = ".ledger.lock"
)

// Ledger is the ledger's one writer. Its methods are for one goroutine.
type Ledger struct {
	dir   string
	lock  *lease.Lease
	lines *track.Lines
	me    Launcher
	*History
}

// Open takes the ledger of the sweep in dir, whose folder it makes, reads what is there, and notes
// that a launcher has begun. The error says who has the ledger, where somebody does.
func Open(dir string, me Launcher) (*Ledger, error) {
	if err := atomicfile.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("%s: cannot make the folder: %w; choose another --out", dir, err)
	}
	lock, err := lease.Acquire(filepath.Join(dir, lockName))
	var held *lease.HeldError
	if errors.As(err, &held) {
		return nil, fmt.Errorf("%s: another launcher (%v, since %s) runs this sweep; watch it with trainer status %s --watch, or stop it first",
			dir, held.Owner, held.Owner.Since.Local().Format("2006-01-02 15:04:05"), dir)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot lock the sweep: %w; choose another --out", dir, err)
	}
	l := &Ledger{dir: dir, lock: lock, me: me}
	o := lock.Owner()
	l.me.ID, l.me.Host, l.me.PID = o.ID, o.Host, o.PID
	if l.History, err = Read(dir); err == nil {
		l.lines, err = track.OpenLines(filepath.Join(dir, Name))
	}
	if err == nil {
		err = l.Append(Record{Event: Begun, Launcher: &l.me})
	}
	if err != nil {
		lock.Release()
		return nil, err
	}
	return l, nil
}

// Append adds a record, durably, and takes it into the history. It fails where the lock is no longer
// held: somebody else may be writing.
func (l *Ledger) Append(r Record) error {
	if err := l.lock.Check(); err != nil {
		return fmt.Errorf("%s: %w", l.dir, err)
	}
	r.Time = time.Now().UTC().Truncate(time.Millisecond)
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := l.lines.Write(append(b, '\n')); err != nil {
		return err
	}
	l.History.add(r)
	return l.lines.Sync()
}

// Lost is closed when the lock is found to be lost: stop, and write nothing.
func (l *Ledger) Lost() <-chan struct{} { return l.lock.Lost() }

// Close notes that the launcher leaves, and gives the ledger free.
func (l *Ledger) Close() error {
	err := l.Append(Record{Event: Ended, Launcher: &l.me})
	return errors.Join(err, l.lines.Close(), l.lock.Release())
}

// Holder names the launcher that runs the sweep in dir now, as "pid 12 on host"; "" for none.
func Holder(dir string) string {
	if o, ok := lease.Holder(filepath.Join(dir, lockName)); ok {
		return o.String()
	}
	return ""
}
