package ray

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/launch"
)

// A server in trouble costs nothing but time: the error says what happened, and the next look goes on.
func TestTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		says    string
		instead func(w http.ResponseWriter, r *http.Request) bool
	}{
		"error": {"500 Internal Server Error: boom", func(w http.ResponseWriter, r *http.Request) bool {
			http.Error(w, "Traceback:\nboom", http.StatusInternalServerError)
			return true
		}},
		"proxy": {"502 Bad Gateway: a web page", func(w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(http.StatusBadGateway)
			w.Write([]byte("<html>\n<body>nginx</body></html>"))
			return true
		}},
		"truncation": {"the connection ended in the middle of the answer", func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte(`[{"submission_id": "x", "sta`))
			return true
		}},
		"hang up": {"the connection ended in the middle", func(w http.ResponseWriter, r *http.Request) bool {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
			return true
		}},
		"stall":      {"no answer within", func(w http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }},
		"other JSON": {"is this the dashboard's address?", func(w http.ResponseWriter, r *http.Request) bool { w.Write([]byte(`{"a": 1}`)); return true }},
		"login page": {"redirect", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/login", http.StatusFound)
			return true
		}},
		"token": {"set RAY_AUTH_TOKEN", func(w http.ResponseWriter, r *http.Request) bool {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			r := f.launcher(t, 0)
			r.client.http.Timeout = 300 * time.Millisecond
			ids, err := r.Submit(background, []launch.Submission{submission(0, usual())})
			if err != nil {
				t.Fatal(err)
			}
			f.answerInstead(c.instead)
			reports, err := poll(t, r)
			if len(reports) != 0 || err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%+v, %v", reports, err)
			}
			f.answerInstead(nil)
			f.set(details{ID: ids[0], Status: "SUCCEEDED"})
			if reports, err := poll(t, r); err != nil || len(reports) != 1 || reports[0].Error != "" {
				t.Errorf("afterwards: %+v, %v", reports, err)
			}
		})
	}
}

// A launcher without a server says where it looked, and what to do.
func TestNoServer(t *testing.T) {
	newFake(t) // for the environment
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	l.Close()
	r, err := New(free, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = r.Check(background, &launch.Plan{Options: launch.Options{Out: t.TempDir()}, Name: "x"})
	for _, want := range []string{"http://" + free, "connection refused", "ray start --head", "--ray-address"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestAddress(t *testing.T) {
	newFake(t)
	for flag, want := range map[string]string{
		"":                        "http://127.0.0.1:8265",
		"head:8265":               "http://head:8265",
		"https://x.org/ray/":      "https://x.org/ray/",
		"ray://head:10001":        "error: Ray's own protocol",
		"ftp://head":              "error: is ftp://head",
		"http://":                 "error: give the dashboard's",
		"http://head:8265/?a=b":   "error: query",
		"http://u:secret@h :8265": "error: can't be read",
	} {
		u, err := address(flag)
		says, bad := strings.CutPrefix(want, "error: ")
		if bad != (err != nil) || bad && !strings.Contains(err.Error(), says) || !bad && u.String() != want {
			t.Errorf("%q: %v, %v, want %s", flag, u, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the password is told: %v", flag, err)
		}
	}
	t.Setenv("RAY_ADDRESS", "127.0.0.1:6379") // of the cluster, not of its dashboard
	if u, err := address(""); err != nil || u.String() != "http://127.0.0.1:8265" {
		t.Errorf("%v, %v", u, err)
	}
	t.Setenv("RAY_API_SERVER_ADDRESS", "http://other:1")
	if u, err := address(""); err != nil || u.String() != "http://other:1" {
		t.Errorf("%v, %v", u, err)
	}
}

// The token comes from where Ray's own tools take it, goes to the server, and into no message.
func TestHeaders(t *testing.T) {
	f := newFake(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	file := func(name, content string) string {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sent := func() string {
		r, err := New(f.URL, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.client.version(context.Background()); err != nil {
			t.Fatal(err)
		}
		return f.headers.Get("Authorization")
	}
	t.Setenv("RAY_AUTH_MODE", "")
	if got := sent(); got != "" {
		t.Errorf("without a token it sends %q", got)
	}
	file(".ray/auth_token", "default\n")
	if got := sent(); got != "Bearer default" {
		t.Errorf("the default file: %q", got)
	}
	t.Setenv("RAY_AUTH_TOKEN_PATH", file("other", " path "))
	if got := sent(); got != "Bearer path" {
		t.Errorf("RAY_AUTH_TOKEN_PATH: %q", got)
	}
	t.Setenv("RAY_AUTH_TOKEN", "direct")
	if got := sent(); got != "Bearer direct" {
		t.Errorf("RAY_AUTH_TOKEN: %q", got)
	}
	t.Setenv("RAY_JOB_HEADERS", `{"authorization": "Basic x", "X-Site": "y"}`)
	if got := sent(); got != "Basic x" || f.headers.Get("X-Site") != "y" {
		t.Errorf("RAY_JOB_HEADERS: %q", got)
	}
	t.Setenv("RAY_JOB_HEADERS", `[1]`)
	if _, err := New(f.URL, 0); err == nil || !strings.Contains(err.Error(), "$RAY_JOB_HEADERS") {
		t.Errorf("headers that are no object: %v", err)
	}
	t.Setenv("RAY_JOB_HEADERS", "")
	t.Setenv("RAY_AUTH_TOKEN", "")
	t.Setenv("RAY_AUTH_TOKEN_PATH", filepath.Join(home, "none"))
	if _, err := New(f.URL, 0); err == nil || !strings.Contains(err.Error(), "$RAY_AUTH_TOKEN_PATH") {
		t.Errorf("a token file that is not there: %v", err)
	}
	t.Setenv("RAY_AUTH_MODE", "disabled")
	if got := sent(); got != "" {
		t.Errorf("switched off, it sends %q", got)
	}
}

// Few jobs wait inside Ray, which gives up those that wait for long.
func TestRoom(t *testing.T) {
	f := newFake(t)
	r := f.launcher(t, 0)
	if r.Room() != maxPending {
		t.Errorf("room for %d at first", r.Room())
	}
	var jobs []launch.Submission
	for i := range maxPending {
		jobs = append(jobs, submission(i, usual()))
	}
	ids, err := r.Submit(background, jobs)
	if err != nil || r.Room() != 0 {
		t.Errorf("room for %d more (%v)", r.Room(), err)
	}
	for _, id := range ids[:5] {
		f.set(details{ID: id, Status: "RUNNING"})
	}
	if _, err := poll(t, r); err != nil || r.Room() != 5 {
		t.Errorf("with 5 running, room for %d (%v)", r.Room(), err)
	}
}

// A log that begins anew is kept whole behind the old one.
func TestFollower(t *testing.T) {
	l := follower{path: filepath.Join(t.TempDir(), "sub", "x.log")}
	for _, text := range []string{"", "a\n", "a\nb\n", "a\nb\n", "new\n", "new\nc\n"} {
		if err := l.append(text); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(l.path); string(b) != "a\nb\nc\n" && string(b) != "a\nb\nnew\nc\n" {
		t.Errorf("%q (%v)", b, err)
	}
}
