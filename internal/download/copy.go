package download

import (
	"context"
	"errors"
	"io"
	"os"
)

// copy copies a file of this machine into part, and verifies it there.
func (c *Client) copy(ctx context.Context, f File, from, part string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(part) // of a download that was cut off, nothing is used
	if err != nil {
		return err
	}
	w := &writer{file: out, c: c, f: File{Limit: f.Limit}, total: length(from), alive: func() {}}
	_, err = io.Copy(w, &cancellable{in, ctx})
	if err = errors.Join(err, out.Close()); err == nil {
		err = c.verify(f, part)
	}
	if err == nil {
		return nil
	}
	var wrong *MismatchError
	if errors.As(err, &wrong) {
		wrong.Path = from
	}
	return errors.Join(err, os.Remove(part))
}

// cancellable is a reader that ends with ctx.
type cancellable struct {
	io.Reader
	ctx context.Context
}

func (r *cancellable) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
