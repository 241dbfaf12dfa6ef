// Package atomicfile writes files and folders that are whole or absent: what a reader opens, and
// what the disk holds after a crash, is the old content or the new one, never a part.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
)

// tmpMark is in the name of every file being written: ".<name>.tmp-<pid>-<n>".
const tmpMark = ".tmp-"

var serial atomic.Uint64

// Write replaces path by data, durably: written beside, synced, renamed, folder synced.
func Write(path string, data []byte) error {
	return write(path, true, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// WriteFunc is Write for content that fill writes bit by bit. An error of fill leaves path as it was.
func WriteFunc(path string, fill func(io.Writer) error) error { return write(path, true, fill) }

// Replace is Write without the syncs: for a status that is written again in seconds. After a power
// cut (not after the death of the process) path may be empty.
func Replace(path string, data []byte) error {
	return write(path, false, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// WriteNew is Write for a path that must not exist: it fails with fs.ErrExist and changes nothing
// where something is there.
func WriteNew(path string, data []byte) error {
	return WriteNewFunc(path, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// WriteNewFunc is WriteNew for content that content writes bit by bit. An error of it leaves nothing.
func WriteNewFunc(path string, content func(io.Writer) error) error {
	tmp := beside(path)
	defer os.Remove(tmp)
	if err := fill(tmp, true, content); err != nil {
		return err
	}
	return Publish(tmp, path)
}

// Publish gives the file tmp, synced already, the name path in the same folder. It fails with
// fs.ErrExist and changes nothing where something is there. The name tmp is gone afterwards.
func Publish(tmp, path string) error {
	err := os.Link(tmp, path)
	switch {
	case err == nil:
		err = os.Remove(tmp)
	case !errors.Is(err, fs.ErrExist):
		err = renameNew(tmp, path) // a file system without hard links
	}
	if err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// renameNew is not safe against another writer that makes path between the look and the rename.
func renameNew(tmp, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	return os.Rename(tmp, path)
}

func write(path string, durable bool, content func(io.Writer) error) error {
	tmp := beside(path)
	if err := fill(tmp, durable, content); err != nil {
		os.Remove(tmp)
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		os.Remove(tmp)
		return err
	}
	if !durable {
		return nil
	}
	return SyncDir(filepath.Dir(path))
}

func fill(tmp string, durable bool, content func(io.Writer) error) error {
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = content(f)
	if err == nil && durable {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func beside(path string) string {
	dir, base := filepath.Split(path)
	return fmt.Sprintf("%s.%s%s%d-%d", dir, base, tmpMark, os.Getpid(), serial.Add(1))
}

// RemoveStale removes the half-written files that killed processes left in dir. Only the one
// process that may write into dir should call it. A folder that does not exist holds none.
func RemoveStale(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	for _, e := range entries {
		if n := e.Name(); e.Type().IsRegular() && strings.HasPrefix(n, ".") && strings.Contains(n, tmpMark) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, n)))
		}
	}
	return err
}

// SyncDir makes the names in a folder durable. File systems that cannot sync a folder are
// taken to need no sync.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// MkdirAll is os.MkdirAll, durable: the folders that hold the new ones are synced.
func MkdirAll(dir string) error {
	err := os.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrNotExist) {
		if err := MkdirAll(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o777)
	}
	if errors.Is(err, fs.ErrExist) {
		if st, serr := os.Stat(dir); serr == nil && st.IsDir() {
			return nil
		}
		return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return err
	}
	return SyncDir(filepath.Dir(dir))
}
