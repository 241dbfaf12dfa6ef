package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stream writes events as go test -json does, of package m/p where none is given.
func stream(t *testing.T, events ...event) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		if e.Package == "" {
			e.Package = "m/p"
		}
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func TestCounts(t *testing.T) {
	run := func(test string) event { return event{Action: "run", Test: test} }
	end := func(action, test string) event { return event{Action: action, Test: test} }
	out := func(test, s string) event { return event{Action: "output", Test: test, Output: s} }
	tests := []struct {
		name                    string
		events                  []event
		passed, failed, skipped int
		shows                   string // must be printed
		hides                   string // must not be
	}{
		{
			name:   "passing tests are silent, the package line is not",
			events: []event{run("A"), out("A", "noise\n"), end("pass", "A"), out("", "ok  \tm/p\t0.1s\n"), end("pass", "")},
			passed: 1, shows: "ok  \tm/p", hides: "noise",
		},
		{
			name:   "a parent counts through its subtests",
			events: []event{run("A"), run("A/x"), end("pass", "A/x"), run("A/y"), end("pass", "A/y"), end("pass", "A"), end("pass", "")},
			passed: 2,
		},
		{
			name:   "a slash in a subtest's name makes its test a parent too",
			events: []event{run("A"), run("A/x/y"), end("pass", "A/x/y"), end("pass", "A"), end("pass", "")},
			passed: 1,
		},
		{
			name:   "one failed subtest is one failure",
			events: []event{run("A"), run("A/x"), out("A/x", "boom\n"), end("fail", "A/x"), end("fail", "A"), end("fail", "")},
			failed: 1, shows: "boom",
		},
		{
			name:   "a parent that fails by itself is one failure",
			events: []event{run("A"), run("A/x"), end("pass", "A/x"), end("fail", "A"), end("fail", "")},
			passed: 1, failed: 1,
		},
		{
			name:    "a skip is named with its reason",
			events:  []event{run("A"), out("A", "=== RUN   A\n"), out("A", "    a_test.go:4: no data\n"), out("A", "--- SKIP: A (0.00s)\n"), end("skip", "A"), end("pass", "")},
			skipped: 1, shows: "skipped m/p A: a_test.go:4: no data\n",
		},
		{
			name:   "a package that fails without a failed test is one failure",
			events: []event{out("", "TestMain: no memory\n"), out("", "FAIL\tm/p\t0.1s\n"), end("fail", "")},
			failed: 1, shows: "TestMain: no memory",
		},
		{
			name:   "a package that does not compile is one failure",
			events: []event{{Action: "build-output", ImportPath: "m/p", Output: "p.go:1: undefined: x\n"}, {Action: "build-fail", ImportPath: "m/p"}, {Action: "fail", FailedBuild: "m/p"}},
			failed: 1, shows: "undefined: x",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			c := newCounter(&b)
			if err := c.read(strings.NewReader(stream(t, tt.events...))); err != nil {
				t.Fatal(err)
			}
			if c.passed != tt.passed || c.failed != tt.failed || c.skipped != tt.skipped {
				t.Errorf("counted %d passed, %d failed, %d skipped; want %d, %d, %d",
					c.passed, c.failed, c.skipped, tt.passed, tt.failed, tt.skipped)
			}
			if !strings.Contains(b.String(), tt.shows) {
				t.Errorf("printed %q; want %q in it", b.String(), tt.shows)
			}
			if tt.hides != "" && strings.Contains(b.String(), tt.hides) {
				t.Errorf("printed %q; want no %q in it", b.String(), tt.hides)
			}
		})
	}
}

func TestLinesThatAreNoEventsAreShown(t *testing.T) {
	var b strings.Builder
	if err := newCounter(&b).read(strings.NewReader("go: no such module\n")); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != "go: no such module\n" {
		t.Errorf("printed %q", got)
	}
}

func TestAppendCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "counts")
	for range 2 {
		if err := appendCounts(path, &counter{passed: 3, failed: 1, skipped: 2}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != "3 1 2\n3 1 2\n" {
		t.Errorf("file holds %q", got)
	}
}
