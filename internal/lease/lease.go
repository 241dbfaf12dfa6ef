// Package lease is a lock for folders that several machines share: a file with its owner in it, which
// the owner touches every few seconds. The system's own locks fall with their process, which is
// better where they work; over network file systems they often don't.
//
// The file comes into being by link(2), which one of several contenders wins on any file system, NFS
// too. An owner is dead where it is a process of this machine that no longer lives, or where nothing
// has touched the file for StaleAfter. The time is the file server's on both sides, so clocks need not
// agree. Who finds a dead owner takes the place of that very owner: the right to do so is a lease too,
// named after the owner, so of two who find it at once one gets it, and nobody removes a lock that is
// not the one it has judged.
package lease

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"
)

// The owner touches its file every BeatEvery; a file untouched for StaleAfter has no owner.
const (
	BeatEvery  = 5 * time.Second
	StaleAfter = 60 * time.Second
)

// Lease is a lock that is held.
type Lease struct {
	path    string
	f       *os.File // the lock file itself, whatever has its name now
	owner   Owner
	content []byte
	gone    func(Owner) bool // see AcquireOver; nil: nobody
	stop    chan struct{}
	beating sync.WaitGroup
	free    sync.Once
	once    sync.Once
	lost    chan struct{} // closed once the file is no longer this lease's
}

// HeldError says that somebody has the lock.
type HeldError struct {
	Path  string
	Owner Owner
}

func (e *HeldError) Error() string { return fmt.Sprintf("%s is held by %v", e.Path, e.Owner) }

// ErrLost is the error of a lease that has been taken away: its owner slept for too long, or the file
// was removed.
var ErrLost = errors.New("the lock was lost: this process stood still for more than a minute, or its lock file was removed")

// tries bounds how often a lock is looked at that changes hands while it is being looked at.
const (
	tries = 20
	pause = 50 * time.Millisecond
)

// Acquire takes the lock at path, in a folder that exists. The error is a *HeldError where a living
// owner has it.
func Acquire(path string) (*Lease, error) { return AcquireOver(path, nil) }

// AcquireOver is Acquire for who knows more than the file tells: an owner that gone names is dead.
func AcquireOver(path string, gone func(Owner) bool) (*Lease, error) {
	l, err := acquire(path, gone)
	if err != nil {
		return nil, err
	}
	l.beating.Add(1)
	go l.beat()
	return l, nil
}

func acquire(path string, gone func(Owner) bool) (*Lease, error) {
	var id [8]byte
	rand.Read(id[:]) // never fails
	l := &Lease{path: path, gone: gone, owner: me(hex.EncodeToString(id[:])), stop: make(chan struct{}), lost: make(chan struct{})}
	l.content = l.owner.encode()
	tmp := path + tmpMark + l.owner.ID
	var err error
	if l.f, err = os.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666); err != nil {
		return nil, err
	}
	defer os.Remove(tmp)
	if err = l.take(tmp); err != nil {
		l.f.Close()
		return nil, err
	}
	removeLitter(path)
	return l, nil
}

// take gives the file tmp, which is l.f, the lock's name.
func (l *Lease) take(tmp string) error {
	var held *HeldError
	for try := 0; ; try++ {
		if err := l.touch(); err != nil { // its time is now, by the server's clock
			return err
		}
		err := l.link(tmp)
		if l.owns() { // NFS may report an error of a link that it has made
			return nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		owner, dead, err := judge(l.path, l.f)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was released just now
		case err != nil:
			return err
		case !dead && (l.gone == nil || !l.gone(owner)):
			return &HeldError{l.path, owner}
		default:
			err := l.replace(tmp, owner)
			if err == nil || !errors.As(err, &held) && !errors.Is(err, errChanged) {
				return err
			}
		}
		if try == tries {
			return &HeldError{l.path, owner}
		}
		time.Sleep(pause)
	}
}

// link makes l.f the lock file where there is none.
func (l *Lease) link(tmp string) error {
	err := os.Link(tmp, l.path)
	if !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EPERM) {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) // no hard links there
	if err != nil {
		return err
	}
	l.f.Close()
	l.f = f
	return l.touch()
}

var errChanged = errors.New("the lock has another owner by now")

// replace takes the place of a dead owner.
func (l *Lease) replace(tmp string, dead Owner) error {
	right, err := acquire(l.path+afterMark+dead.key(), l.gone)
	if err != nil {
		return err
	}
	defer right.release()
	if now, err := read(l.path); err != nil || now.key() != dead.key() {
		return errChanged
	}
	return os.Rename(tmp, l.path)
}

// touch writes the owner again, which changes the time of the file.
func (l *Lease) touch() error {
	_, err := l.f.WriteAt(l.content, 0)
	if err == nil {
		err = l.f.Sync()
	}
	return err
}

// owns tells whether the lock file is this lease's.
func (l *Lease) owns() bool {
	mine, err := l.f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(l.path)
	return err == nil && os.SameFile(mine, there)
}

// beat touches the file until the lease is released or lost. A file system that fails for a while is
// asked again.
func (l *Lease) beat() {
	defer l.beating.Done()
	t := time.NewTicker(BeatEvery)
	defer t.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-t.C:
		}
		if l.Check() != nil {
			return
		}
		_ = l.touch()
	}
}

// Check is ErrLost where the lease is no longer held.
func (l *Lease) Check() error {
	there, err := os.Stat(l.path)
	if err == nil {
		mine, merr := l.f.Stat()
		if merr != nil || os.SameFile(mine, there) {
			return nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil // the file system does not answer
	}
	l.once.Do(func() { close(l.lost) })
	return ErrLost
}

// Lost is closed when the lease is found to be lost.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Owner is who holds the lease: this process.
func (l *Lease) Owner() Owner { return l.owner }

// Release gives the lock free. A second call does nothing.
func (l *Lease) Release() error {
	var err error
	l.free.Do(func() {
		close(l.stop)
		l.beating.Wait()
		err = l.release()
	})
	return err
}

func (l *Lease) release() error {
	defer l.f.Close()
	if !l.owns() {
		return ErrLost
	}
	return os.Remove(l.path)
}
