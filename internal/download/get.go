package download

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"noise2sparse/internal/atomicfile"
	"noise2sparse/internal/lease"
)

// PartOf is where what has come so far of path lies.
func PartOf(path string) string { return path + ".part" }

// Get brings f to path. It fails with fs.ErrExist, or a *MismatchError, where something is there
// already, the former where it is f. When ctx is cancelled, what has come stays for the next call.
func (c *Client) Get(ctx context.Context, f File, path string) error {
	return c.place(f, path, func(part string) error {
		var failed []error
		for _, url := range f.URLs {
			err := c.from(ctx, url, f, part)
			if err == nil || ctx.Err() != nil || errors.Is(err, errHere) {
				return err
			}
			failed = append(failed, fmt.Errorf("%s: %w", url, err))
		}
		if len(failed) == 1 {
			return failed[0]
		}
		return fmt.Errorf("no address gave %s:\n%w", filepath.Base(path), errors.Join(failed...))
	})
}

// Copy brings the file at from, which is on this machine, to path, as Get does.
func (c *Client) Copy(ctx context.Context, f File, from, path string) error {
	return c.place(f, path, func(part string) error { return c.copy(ctx, f, from, part) })
}

// place has fill write f's content to the part of path, and gives it its name.
func (c *Client) place(f File, path string, fill func(part string) error) error {
	if _, err := os.Lstat(path); err == nil {
		if err := f.Sum.Check(path); err != nil {
			return err
		}
		return &fs.PathError{Op: "download", Path: path, Err: fs.ErrExist}
	}
	if err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	part := PartOf(path)
	lock, err := lease.Acquire(part + ".lock")
	var held *lease.HeldError
	if errors.As(err, &held) {
		return fmt.Errorf("%s is being fetched by %v; wait for that", path, held.Owner)
	}
	if err != nil {
		return err
	}
	defer lock.Release()
	if err := fill(part); err != nil {
		return err
	}
	return atomicfile.Publish(part, path)
}

// errHere marks what goes wrong on this machine, where another address would not help.
var errHere = errors.New("")

// here marks err.
func here(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w%w", errHere, err)
}

// permanent is an error that another attempt at the same address would meet again.
type permanent struct{ error }

func (e permanent) Unwrap() error { return e.error }

// from fetches f from one address into part, and verifies it. It goes on as long as each few attempts
// bring something.
func (c *Client) from(ctx context.Context, url string, f File, part string) error {
	resumed := length(part) > 0
	for left, wait := c.tries(), c.wait(); ; {
		before := length(part)
		err := c.attempt(ctx, url, f, part)
		if err == nil {
			err = c.verify(f, part)
			var wrong *MismatchError
			if !errors.As(err, &wrong) {
				return err
			}
			if err := os.Remove(part); err != nil {
				return here(err)
			}
			if !resumed {
				wrong.Path = "what came"
				return permanent{wrong}
			}
			resumed = false // what lay here was of another file, or damaged: once more from the beginning
			c.log("%s: %v; once more from the beginning", url, wrong)
			continue
		}
		var stop permanent
		if errors.As(err, &stop) || errors.Is(err, errHere) || ctx.Err() != nil {
			return err
		}
		if length(part) > before {
			left, wait = c.tries(), c.wait()
		} else if left--; left <= 0 {
			return err
		}
		c.log("%s: %v; trying again in %v", url, err, wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, 30*time.Second)
	}
}

// verify compares a part that is complete, and makes it durable.
func (c *Client) verify(f File, part string) error {
	if err := f.Sum.Check(part); err != nil {
		return err
	}
	file, err := os.Open(part)
	if err != nil {
		return here(err)
	}
	return here(errors.Join(file.Sync(), file.Close()))
}

func length(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
