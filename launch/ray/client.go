package ray

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	requestTimeout = 30 * time.Second
	maxAnswer      = 256 << 20 // bytes: a list of all jobs that a cluster has run
)

// client speaks to the Jobs API.
type client struct {
	base    *url.URL
	headers http.Header
	http    *http.Client
}

func newClient(flag string) (*client, error) {
	u, err := address(flag)
	if err != nil {
		return nil, err
	}
	h, err := headers()
	if err != nil {
		return nil, err
	}
	return &client{u, h, &http.Client{
		Timeout: requestTimeout,
		// A redirect is a login page, or another server: nothing that may get the token or a command.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// statusError is an answer that is not 200.
type statusError struct {
	code int
	said string // the last line of what the server says, which is often a traceback
}

func (e *statusError) Error() string {
	switch {
	case e.code == http.StatusUnauthorized || e.code == http.StatusForbidden:
		return fmt.Sprintf("it refuses the token (%d); set RAY_AUTH_TOKEN, or RAY_JOB_HEADERS: %s", e.code, e.said)
	case e.code >= 300 && e.code < 400:
		return fmt.Sprintf("it answers with a redirect (%d), so this is not the dashboard's own address", e.code)
	}
	return fmt.Sprintf("%d %s: %s", e.code, http.StatusText(e.code), e.said)
}

// refused says whether the server has understood, and will answer the same again.
func refused(err error) bool {
	var s *statusError
	return errors.As(err, &s) && s.code >= 300 && s.code < 500 && s.code != http.StatusRequestTimeout && s.code != http.StatusTooManyRequests
}

// call sends a request, with a body unless that is nil, and decodes the answer into to.
func (c *client) call(ctx context.Context, method string, path []string, body, to any) error {
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		send = bytes.NewReader(b)
	}
	u := c.base.JoinPath(append([]string{"api"}, path...)...)
	req, err := http.NewRequestWithContext(ctx, method, u.String(), send)
	if err != nil {
		return err
	}
	for k, v := range c.headers {
		req.Header[k] = v
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.explain(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case resp.StatusCode != http.StatusOK:
		return c.at(&statusError{resp.StatusCode, lastLine(string(b))})
	case err != nil:
		return c.explain(err)
	case len(b) > maxAnswer:
		return c.at(fmt.Errorf("its answer is longer than %d MiB", maxAnswer>>20))
	case to == nil:
		return nil
	}
	if err := json.Unmarshal(b, to); err != nil {
		return c.at(fmt.Errorf("its answer is not what Ray's Jobs API says (%v); is this the dashboard's address?", err))
	}
	return nil
}

// at says where an error comes from.
func (c *client) at(err error) error { return fmt.Errorf("Ray at %s: %w", c.base.Redacted(), err) }

// explain says in plain words why there was no answer, without the request's URL.
func (c *client) explain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var n net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the connection ended in the middle of the answer")
	case errors.As(err, &n) && n.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("no answer within %v", c.http.Timeout)
	}
	return c.at(err)
}

const maxSaid = 300 // characters

// lastLine is the last line of a text that says something: of a traceback, what it is about.
func lastLine(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return "a web page"
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if r := []rune(last); len(r) > maxSaid {
		last = string(r[:maxSaid]) + " ..."
	}
	return last
}
