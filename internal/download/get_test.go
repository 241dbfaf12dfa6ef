package download

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var content = bytes.Repeat([]byte("noise makes neurons sparse. "), 5000)

func sumOf(b []byte) Sum {
	h := sha256.Sum256(b)
	return Sum{SHA256, hex.EncodeToString(h[:])}
}

// file is content at url, all known of it.
func file(urls ...string) File {
	return File{URLs: urls, Size: int64(len(content)), Sum: sumOf(content)}
}

func client(t *testing.T) *Client {
	return &Client{Idle: 200 * time.Millisecond, Tries: 3, Wait: time.Millisecond, Log: t.Logf}
}

// honest serves content, ranges included.
func honest(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "f", time.Time{}, bytes.NewReader(content))
}

// cut declares the whole of what was asked for, sends some bytes of it and ends the connection.
func cut(w http.ResponseWriter, from, n int) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)-from))
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		w.WriteHeader(http.StatusPartialContent)
	}
	w.Write(content[from : from+n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// asked is the first byte of a request's range.
func asked(r *http.Request) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-"))
	return n
}

func TestGet(t *testing.T) {
	corrupt := bytes.Clone(content)
	corrupt[len(corrupt)/2] ^= 1
	for name, c := range map[string]struct {
		serve  http.HandlerFunc
		part   []byte // there before
		unsure bool   // without Size
		want   string // in the error; "": it comes
	}{
		"honest":                    {serve: honest},
		"honest, length not known":  {serve: honest, unsure: true},
		"goes on with a part":       {serve: honest, part: content[:1000]},
		"part is the whole":         {serve: http.NotFound, part: content},
		"part of another file":      {serve: honest, part: []byte("something else")},
		"part that is too long":     {serve: honest, part: append(bytes.Clone(content), 1)},
		"part too long, not known":  {serve: honest, part: append(bytes.Clone(content), 1), unsure: true},
		"redirects":                 {serve: redirect},
		"redirects for ever":        {serve: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, want: "10 redirects"},
		"truncates every time":      {serve: func(w http.ResponseWriter, r *http.Request) { cut(w, asked(r), min(40000, len(content)-asked(r))) }},
		"truncates, sends nothing":  {serve: func(w http.ResponseWriter, r *http.Request) { cut(w, asked(r), 0) }, want: "EOF"},
		"knows no ranges":           {serve: whole(content), part: content[:1000]},
		"sends another range":       {serve: otherRange, part: content[:1000]},
		"stalls, then comes":        {serve: stallOnce()},
		"stalls":                    {serve: stall, want: "nothing came for 200ms"},
		"stalls before the answer":  {serve: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, want: "nothing came for 200ms"},
		"declares too much":         {serve: whole(append(bytes.Clone(content), "more"...)), want: "it is something else"},
		"declares too little":       {serve: whole(content[:100]), want: "it is something else"},
		"sends more than there is":  {serve: chunked(append(bytes.Clone(content), "more"...)), want: "sends more than 140000 bytes"},
		"sends less, undeclared":    {serve: chunked(content[:100]), want: "ended after 100 of 140000"},
		"corrupt":                   {serve: whole(corrupt), want: "another file, or damaged"},
		"corrupt, length not known": {serve: chunked(corrupt), unsure: true, want: "another file, or damaged"},
		"busy, then comes":          {serve: busyOnce()},
		"busy":                      {serve: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, want: "503 Service Unavailable"},
		"not there":                 {serve: http.NotFound, want: "404 Not Found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(c.serve)
			defer s.Close()
			path := filepath.Join(t.TempDir(), "sub", "f")
			if c.part != nil {
				os.MkdirAll(filepath.Dir(path), 0o777)
				os.WriteFile(PartOf(path), c.part, 0o666)
			}
			f := file(s.URL + "/f")
			if c.unsure {
				f.Size, f.Limit = 0, 1<<20
			}
			err := client(t).Get(context.Background(), f, path)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), s.URL) {
					t.Fatalf("error %v, want one with %q and the address", err, c.want)
				}
				if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
					t.Error("a file was put in place")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, content) {
				t.Errorf("%d bytes, or others", len(got))
			}
			if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
				t.Errorf("left beside it: %v", left)
			}
		})
	}
}

// Redirects in a circle and away from HTTP are the same at every attempt, so there is only one.
func TestGetGivesUpRedirects(t *testing.T) {
	for _, c := range []struct {
		to, want string
		requests int64
	}{
		{"/f", "stopped after 10 redirects", 10},
		{"file:///etc/hosts", "redirects to file://", 1},
	} {
		var n atomic.Int64
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			w.Header().Set("Location", c.to)
			w.WriteHeader(http.StatusFound)
		}))
		err := client(t).Get(context.Background(), file(s.URL+"/f"), filepath.Join(t.TempDir(), "f"))
		s.Close()
		if err == nil || !strings.Contains(err.Error(), c.want) || n.Load() != c.requests {
			t.Errorf("to %s: %v after %d requests; want %q after %d", c.to, err, n.Load(), c.want, c.requests)
		}
	}
}

func redirect(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/there" {
		http.Redirect(w, r, "/there", http.StatusFound)
		return
	}
	honest(w, r)
}

// whole sends b with its length, whatever was asked for.
func whole(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		w.Write(b)
	}
}

// chunked sends b without saying how long it is.
func chunked(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		w.Write(b)
	}
}

// otherRange answers a request for a range with another one.
func otherRange(w http.ResponseWriter, r *http.Request) {
	if asked(r) > 0 {
		r.Header.Set("Range", "bytes=10-")
	}
	honest(w, r)
}

func stall(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func stallOnce() http.HandlerFunc {
	var calls atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) > 1 {
			honest(w, r)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		w.Write(content[:50000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

func busyOnce() http.HandlerFunc {
	var calls atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) > 1 {
			honest(w, r)
			return
		}
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// Where the first address fails, the next goes on with what has come.
func TestMirrors(t *testing.T) {
	var from atomic.Int64
	a := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked(r) > 0 {
			http.NotFound(w, r)
			return
		}
		cut(w, 0, 60000)
	}))
	defer a.Close()
	b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from.Store(int64(asked(r)))
		honest(w, r)
	}))
	defer b.Close()
	path := filepath.Join(t.TempDir(), "f")
	if err := client(t).Get(context.Background(), file(a.URL, b.URL), path); err != nil {
		t.Fatal(err)
	}
	if from.Load() != 60000 {
		t.Errorf("the second address was asked from byte %d on, want 60000", from.Load())
	}
}

// What is there is never touched: neither the file, nor another one under its name.
func TestNothingIsOverwritten(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(honest))
	defer s.Close()
	path := filepath.Join(t.TempDir(), "f")
	for _, there := range [][]byte{content, []byte("mine")} {
		os.WriteFile(path, there, 0o666)
		err := client(t).Get(context.Background(), file(s.URL), path)
		var wrong *MismatchError
		if same := bytes.Equal(there, content); same != errors.Is(err, fs.ErrExist) || same == errors.As(err, &wrong) {
			t.Errorf("%d bytes there: %v", len(there), err)
		}
		if now, _ := os.ReadFile(path); !bytes.Equal(now, there) {
			t.Errorf("%d bytes there were changed", len(there))
		}
	}
}

// Cancelled, a download leaves what has come, and the next call goes on with it.
func TestCancelAndGoOn(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
			if asked(r) != 70000 {
				t.Errorf("asked from byte %d on, want 70000", asked(r))
			}
			honest(w, r)
		default:
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			w.Write(content[:70000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	defer s.Close()
	path := filepath.Join(t.TempDir(), "f")
	ctx, cancel := context.WithCancel(context.Background())
	c := client(t)
	c.Idle = time.Minute
	c.Progress = func(done, total int64) {
		if total != int64(len(content)) {
			t.Errorf("total %d", total)
		}
		if done == 70000 {
			cancel()
		}
	}
	if err := c.Get(ctx, file(s.URL), path); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	close(release)
	c.Progress = nil
	if err := c.Get(context.Background(), file(s.URL), path); err != nil {
		t.Fatal(err)
	}
}

// A host that has no address is not asked again and again.
func TestUnknownHost(t *testing.T) {
	c := client(t)
	c.Wait = time.Hour
	err := c.Get(context.Background(), file("http://nowhere.invalid/f"), filepath.Join(t.TempDir(), "f"))
	if err == nil || !strings.HasSuffix(err.Error(), "no such host: nowhere.invalid") {
		t.Errorf("error %v", err)
	}
}

// Two at once: one fetches, the other says so.
func TestOneAtATime(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(inside)
		<-release
		honest(w, r)
	}))
	defer s.Close()
	path := filepath.Join(t.TempDir(), "f")
	c := client(t)
	c.Idle = time.Minute
	done := make(chan error)
	go func() { done <- c.Get(context.Background(), file(s.URL), path) }()
	<-inside
	err := c.Get(context.Background(), file(s.URL), path)
	if err == nil || !strings.Contains(err.Error(), "is being fetched by") {
		t.Errorf("error %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestProxy(t *testing.T) {
	var through atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		through.Store(r.URL.Host == "dataset.example")
		honest(w, r)
	}))
	defer proxy.Close()
	c := client(t)
	// http.ProxyFromEnvironment reads the environment once a process: the same by hand.
	c.HTTP = &http.Client{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }}}
	if err := c.Get(context.Background(), file("http://dataset.example/f"), filepath.Join(t.TempDir(), "f")); err != nil || !through.Load() {
		t.Errorf("error %v, through the proxy: %t", err, through.Load())
	}
}

func TestCopy(t *testing.T) {
	dir := t.TempDir()
	from, path := filepath.Join(dir, "from"), filepath.Join(dir, "f")
	os.WriteFile(from, content[1:], 0o666)
	var wrong *MismatchError
	if err := client(t).Copy(context.Background(), file(), from, path); !errors.As(err, &wrong) || wrong.Path != from {
		t.Errorf("another file: %v", err)
	}
	os.WriteFile(from, content, 0o666)
	if err := client(t).Copy(context.Background(), file(), from, path); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("in the folder: %v", left)
	}
}

// The hashes of "hello\n" as sha256sum, md5sum and git hash-object print them.
func TestSums(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	os.WriteFile(path, []byte("hello\n"), 0o666)
	for _, s := range []Sum{
		{SHA256, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"},
		{MD5, "b1946ac92492d2347c6235b4d2611184"},
		{GitBlob, "ce013625030ba8dba906f756967f9e9ca394464a"},
	} {
		if err := s.Check(path); err != nil {
			t.Error(err)
		}
	}
	if err := (Sum{"CRC", ""}).Check(path); err == nil {
		t.Error("an unknown kind of hash is content")
	}
}
