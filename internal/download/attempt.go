package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// attempt asks address for what part lacks of f, and appends it. nil: part is complete by all that is
// known before its hash.
func (c *Client) attempt(ctx context.Context, address string, f File, part string) error {
	have := length(part)
	if f.Size > 0 && have == f.Size {
		return nil
	}
	if f.Size > 0 && have > f.Size {
		if err := os.Remove(part); err != nil {
			return here(err)
		}
		have = 0
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(c.idle(), func() { cancel(fmt.Errorf("nothing came for %v", c.idle())) })
	defer idle.Stop()

	r, err := c.ask(ctx, address, have)
	if err != nil {
		return stalled(ctx, err)
	}
	defer r.Body.Close()
	if have, err = begin(r, have); err != nil {
		if errors.Is(err, errBeginning) {
			return errors.Join(err, here(os.Truncate(part, 0)))
		}
		return err
	}
	total, err := f.total(r, have)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return here(err)
	}
	w := &writer{file: out, at: have, c: c, f: f, total: total, alive: func() { idle.Reset(c.idle()) }}
	_, err = io.Copy(w, r.Body)
	if cerr := out.Close(); err == nil {
		err = here(cerr)
	}
	switch {
	case err != nil:
		return stalled(ctx, err)
	case total > 0 && w.at < total:
		return fmt.Errorf("the connection ended after %d of %d bytes", w.at, total)
	}
	return nil
}

// ask requests the file from byte have on.
func (c *Client) ask(ctx context.Context, address string, have int64) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, permanent{err}
	}
	q.Header.Set("Accept-Encoding", "identity") // the bytes as they are: ranges and hashes are of these
	if have > 0 {
		q.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	r, err := c.client().Do(q)
	return r, unreachable(err)
}

// unreachable strips the address from an error, which the caller names, and tells whether another
// attempt can help: not where the host has no address.
func unreachable(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return permanent{fmt.Errorf("no such host: %s", dns.Name)}
	}
	return err
}

// errBeginning asks for another attempt, without what has come so far.
var errBeginning = errors.New("the server can't go on where the download was cut off; from the beginning")

// begin understands the status of an answer, and returns at which byte its body begins.
func begin(r *http.Response, have int64) (int64, error) {
	switch s := r.StatusCode; {
	case s == http.StatusOK:
		return 0, nil // the whole, whatever was asked for
	case s == http.StatusPartialContent:
		if first, ok := firstByte(r.Header.Get("Content-Range")); !ok || first != have {
			return 0, errBeginning
		}
		return have, nil
	case s == http.StatusRequestedRangeNotSatisfiable && have > 0:
		return 0, errBeginning
	case s == http.StatusRequestTimeout, s == http.StatusTooManyRequests, s >= 500:
		return 0, fmt.Errorf("the server answers %q", r.Status)
	default:
		return 0, permanent{fmt.Errorf("the server answers %q", r.Status)}
	}
}

// firstByte is a of "bytes a-b/n".
func firstByte(contentRange string) (int64, bool) {
	span, ok := strings.CutPrefix(contentRange, "bytes ")
	first, _, dash := strings.Cut(span, "-")
	n, err := strconv.ParseInt(first, 10, 64)
	return n, ok && dash && err == nil
}

// total is the length of the whole file as f and the answer have it, 0 where neither knows.
func (f File) total(r *http.Response, have int64) (int64, error) {
	if r.ContentLength < 0 {
		return f.Size, nil
	}
	n := have + r.ContentLength
	switch {
	case f.Size > 0 && n != f.Size:
		return 0, permanent{&SizeError{Got: n, Want: f.Size}}
	case f.Size == 0 && f.Limit > 0 && n > f.Limit:
		return 0, permanent{fmt.Errorf("the server has %d bytes, more than the %d that are allowed", n, f.Limit)}
	}
	return n, nil
}

// writer writes a body into the part, never more of it than there can be.
type writer struct {
	file  *os.File
	at    int64
	c     *Client
	f     File
	total int64
	alive func()
}

func (w *writer) Write(p []byte) (int, error) {
	w.alive()
	limit := w.f.Limit
	if w.total > 0 {
		limit = w.total
	}
	if limit > 0 && w.at+int64(len(p)) > limit {
		return 0, permanent{fmt.Errorf("the server sends more than %d bytes", limit)}
	}
	if w.at == 0 {
		if err := w.file.Truncate(0); err != nil {
			return 0, here(err)
		}
	}
	n, err := w.file.WriteAt(p, w.at)
	w.at += int64(n)
	w.c.progress(w.at, w.total)
	return n, here(err)
}

// stalled is the reason why ctx was cancelled, where it was, else err.
func stalled(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
