package ray

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"noise2sparse/experiment"
	"noise2sparse/launch"
	wanted "noise2sparse/launch/request"
)

// fake is a server that answers as Ray's Jobs API does.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	jobs    map[string]details
	logs    map[string]string
	got     []request
	headers http.Header // of the last request
	// instead answers in the place of the API where it returns true.
	instead func(w http.ResponseWriter, r *http.Request) bool
}

func newFake(t *testing.T) *fake {
	t.Helper()
	for _, name := range []string{"RAY_ADDRESS", "RAY_API_SERVER_ADDRESS", "RAY_JOB_HEADERS", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} {
		t.Setenv(name, "")
	}
	t.Setenv("RAY_AUTH_MODE", "disabled")
	f := &fake{jobs: map[string]details{}, logs: map[string]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	instead := f.instead
	f.headers = r.Header
	f.mu.Unlock()
	if instead != nil && instead(w, r) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/api"), "/"), "/")
	answer := func(v any) { _ = json.NewEncoder(w).Encode(v) }
	switch {
	case parts[0] == "version":
		answer(map[string]string{"ray_version": "2.60.0"})
	case r.URL.Path == "/api/jobs/" && r.Method == http.MethodPost:
		var q request
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if _, there := f.jobs[q.ID]; there {
			http.Error(w, "Traceback (most recent call last):\n  File ...\nValueError: Job with submission_id "+q.ID+" already exists. Please use a different submission_id.", http.StatusInternalServerError)
			return
		}
		f.got = append(f.got, q)
		f.jobs[q.ID] = details{ID: q.ID, Status: "PENDING"}
		answer(map[string]string{"submission_id": q.ID})
	case r.URL.Path == "/api/jobs/":
		all := []details{{ID: "", Status: "RUNNING"}} // a driver that was not submitted has no id
		for _, d := range f.jobs {
			all = append(all, d)
		}
		answer(all)
	case len(parts) >= 2 && f.jobs[parts[1]].ID == "":
		http.Error(w, "Job "+parts[1]+" does not exist", http.StatusNotFound)
	case len(parts) == 2:
		answer(f.jobs[parts[1]])
	case parts[2] == "logs":
		answer(map[string]string{"logs": f.logs[parts[1]]})
	case parts[2] == "stop" && r.Method == http.MethodPost:
		d := f.jobs[parts[1]]
		if !d.over() {
			d.Status = "STOPPED"
		}
		f.jobs[parts[1]] = d
		answer(map[string]bool{"stopped": true})
	default:
		http.Error(w, "no such route", http.StatusNotFound)
	}
}

func (f *fake) set(d details) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.jobs[d.ID] = d
}

func (f *fake) answerInstead(with func(w http.ResponseWriter, r *http.Request) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instead = with
}

// launcher is one for the fake, past its check.
func (f *fake) launcher(t *testing.T, parallel int) *Ray {
	t.Helper()
	r, err := New(f.URL, parallel)
	if err != nil {
		t.Fatal(err)
	}
	r.client.http.Timeout = 2 * time.Second
	if err := r.Check(context.Background(), &launch.Plan{Options: launch.Options{Out: t.TempDir()}, Name: "quick start"}); err != nil {
		t.Fatal(err)
	}
	return r
}

// submission is the n-th job.
func submission(n int, l wanted.Config) launch.Submission {
	dir := fmt.Sprintf("/runs/it's/%03d-a", n)
	return launch.Submission{
		Job: fmt.Sprintf("%03d-a", n), Index: n, Dir: dir, Attempt: 1, Args: []string{"run", "--resume", dir, "--json"},
		Task: &launch.Task{Job: experiment.Job{Launch: l}},
	}
}

func usual() wanted.Config { return wanted.Config{CPUs: 1, Ray: wanted.Ray{StopSeconds: 60}} }

// poll looks at once.
func poll(t *testing.T, r *Ray) ([]launch.Report, error) {
	t.Helper()
	r.last = time.Time{}
	return r.Poll(context.Background(), time.Millisecond)
}
