// Package download brings files here over HTTP, whole and verified, or not at all.
//
// What has come so far of FILE lies in FILE.part beside it. A download that was cut off goes on from
// there, in the same process or the next; its hash is compared before it gets its name. A server is
// believed in nothing: neither in the length it declares nor in the range it says it sends.
package download

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// File is a file that can be fetched.
type File struct {
	URLs  []string // the same content at each; tried in this order
	Size  int64    // bytes; 0: unknown
	Limit int64    // at most so many bytes, where Size is unknown; 0: any number
	Sum   Sum      // zero: unknown
}

// Client fetches files.
type Client struct {
	HTTP     *http.Client                     // nil: http.DefaultClient, which honours HTTP_PROXY, HTTPS_PROXY, NO_PROXY
	Idle     time.Duration                    // a connection without a byte for so long is given up; 0: 30 s
	Tries    int                              // attempts in a row that bring nothing, per address; 0: 5
	Wait     time.Duration                    // before the second attempt; doubles up to 30 s; 0: 1 s
	Progress func(done, total int64)          // total 0: unknown. nil: nobody
	Log      func(format string, args ...any) // what went wrong and is tried again. nil: nobody
}

// MismatchError says that a file is not the expected one.
type MismatchError struct {
	Path string
	Want Sum
	Got  string // the same kind of hash, as found
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s: its %s is %s, not %s: it is another file, or damaged", e.Path, e.Want.Kind, e.Got, e.Want.Hex)
}

// SizeError says that a server declares another length than the file's.
type SizeError struct{ Got, Want int64 }

func (e *SizeError) Error() string {
	return fmt.Sprintf("the server has %d bytes, the file has %d: it is something else, such as a page that asks to log in", e.Got, e.Want)
}

func (c *Client) idle() time.Duration { return or(c.Idle, 30*time.Second) }
func (c *Client) tries() int          { return or(c.Tries, 5) }
func (c *Client) wait() time.Duration { return or(c.Wait, time.Second) }

func (c *Client) log(format string, args ...any) {
	if c.Log != nil {
		c.Log(format, args...)
	}
}

func (c *Client) progress(done, total int64) {
	if c.Progress != nil {
		c.Progress(done, total)
	}
}

func (c *Client) client() *http.Client {
	h := *http.DefaultClient
	if c.HTTP != nil {
		h = *c.HTTP
	}
	if h.CheckRedirect == nil {
		h.CheckRedirect = redirected
	}
	return &h
}

// redirected ends what another attempt would meet again: redirects in a circle, or away from HTTP.
func redirected(q *http.Request, via []*http.Request) error {
	switch s := q.URL.Scheme; {
	case s != "http" && s != "https":
		return permanent{fmt.Errorf("the server redirects to %s://, which is not followed", s)}
	case len(via) >= 10:
		return permanent{errors.New("stopped after 10 redirects")}
	}
	return nil
}

func or[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}
