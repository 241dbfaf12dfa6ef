package track

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
)

// Lines is a file of lines that only grows: whole ones are appended. It is safe for concurrent use.
type Lines struct {
	mu   sync.Mutex
	f    *os.File
	torn bool // the file does not end in a newline: a write was cut off
}

// OpenLines opens the file at path for appending, and makes it where it is not there.
func OpenLines(path string) (*Lines, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return nil, explain(path, "cannot open for appending", err)
	}
	l := &Lines{f: f}
	st, err := f.Stat()
	if err == nil && st.Size() > 0 {
		last := make([]byte, 1)
		_, err = f.ReadAt(last, st.Size()-1)
		l.torn = last[0] != '\n'
	}
	if err != nil {
		f.Close()
		return nil, explain(path, "cannot read", err)
	}
	return l, nil
}

// Write appends p, which must be whole lines, by one write(2). What an earlier, cut-off write left
// is closed by a newline first, so that it spoils no other line.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	extra := 0
	if l.torn {
		p = append([]byte{'\n'}, p...)
		extra = 1
	}
	n, err := l.f.Write(p)
	if n > 0 {
		l.torn = n < len(p)
	}
	return max(0, n-extra), explain(l.f.Name(), "cannot append", err)
}

// Sync makes everything appended so far durable.
func (l *Lines) Sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return explain(l.f.Name(), "cannot sync", l.f.Sync())
}

// Close closes the file.
func (l *Lines) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Close()
}

// ReadLines calls each with every line of the file that is whole JSON, in order. It returns the
// number of lines that are not: the ones torn by a crash. A missing file has no lines.
func ReadLines[T any](path string, each func(T)) (torn int, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, explain(path, "cannot read", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	for {
		line, err := r.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var v T
			if json.Unmarshal(line, &v) == nil {
				each(v)
			} else {
				torn++
			}
		}
		if err == io.EOF {
			return torn, nil
		}
		if err != nil {
			return torn, explain(path, "cannot read", err)
		}
	}
}
