package ray

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// followEvery is the shortest time between two copies of a job's log: Ray gives the whole of it
// each time.
const followEvery = 10 * time.Second

// logTimeout bounds the wait for one log: a machine that does not answer must not hold up the others.
const logTimeout = 5 * time.Second

// follower copies a job's log into a file.
type follower struct {
	path    string
	copied  int // bytes
	last    time.Time
	written bool
}

// follow copies what is new in a job's log. A log that can't be had or written is left for the next
// time: it decides nothing.
func (r *Ray) follow(ctx context.Context, id string, j *job, over bool) {
	if !over && time.Since(j.log.last) < followEvery {
		return
	}
	j.log.last = time.Now()
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	text, err := r.client.logs(ctx, id)
	if err == nil {
		_ = j.log.append(text)
	}
}

// append writes what the file does not have yet of a log. One that has become shorter is another one,
// and written whole behind the first.
func (f *follower) append(text string) error {
	if f.copied > len(text) {
		f.copied = 0
	}
	if f.copied == len(text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o777); err != nil {
		return err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if !f.written { // after a launcher before this one, the log begins again
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	out, err := os.OpenFile(f.path, flags, 0o666)
	if err != nil {
		return err
	}
	n, err := out.WriteString(text[f.copied:])
	f.copied += n
	f.written = true
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}
