package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, dir string) *Ledger {
	t.Helper()
	l, err := Open(dir, Launcher{Engine: "local", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, l *Ledger, records ...Record) {
	t.Helper()
	for _, r := range records {
		if err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, dir string) *History {
	t.Helper()
	h, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHistory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "sweep")
	l := open(t, dir)
	add(t, l,
		Record{Event: Planned, Plan: "p", Jobs: []Job{{"a", "1"}, {"b", "2"}}},
		Record{Event: Started, Job: "a", Run: "a", Engine: "local", Place: "slot 0"},
		Record{Event: Finished, Job: "a", Run: "a", Summary: "aa"},
		Record{Event: Started, Job: "b", Run: "b-r2"},
		Record{Event: Failed, Job: "b", Run: "b-r2", Error: "no memory"},
		Record{Event: Started, Job: "b", Run: "b-r2"},
		Record{Event: Failed, Job: "b", Run: "b-r2", Error: "preempted", Free: true},
		Record{Event: Started, Job: "b", Run: "b-r2", Place: "17"},
		Record{Event: Started, Job: "c", Run: "c", Until: 3},
		Record{Event: Paused, Job: "c", Run: "c", Until: 3},
		Record{Event: Decided, Rung: &Rung{Epoch: 3, Metric: "val/loss", Gone: []Ranked{{Job: "c"}}}},
		Record{Event: Stopped, Job: "c", Run: "c"},
	)
	check := func(h *History, failures int) {
		t.Helper()
		a, b, c := h.Jobs["a"], h.Jobs["b-r2"], h.Jobs["c"]
		if len(h.Jobs) != 3 || len(h.Plans["p"]) != 2 || len(h.Rungs) != 1 || h.Rungs[0].Gone[0].Job != "c" || h.Torn != 0 {
			t.Fatalf("the history is %+v", h)
		}
		if !a.Finished || a.Open != nil || a.Attempts != 1 {
			t.Errorf("a: %+v", a)
		}
		if b.Finished || b.Attempts != 3 || b.Failures != failures || b.Error != "preempted" || b.Open == nil || b.Open.Place != "17" || b.Job != "b" {
			t.Errorf("b: %+v", b)
		}
		if !c.Stopped || c.Open != nil {
			t.Errorf("c: %+v", c)
		}
	}
	check(l.History, 1)
	check(read(t, dir), 1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir) // a new launcher counts failures anew
	defer l.Close()
	check(l.History, 0)
}

// What is no record is skipped and counted; a line that was cut off spoils no other.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	add(t, l, Record{Event: Started, Job: "a", Run: "a"})
	l.Close()
	path := filepath.Join(dir, Name)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	garbage := []string{"\x00\x00\x00", "[1, 2]", "{}", `{"event":"finished"}`, `{"event":"dances","job":"a","run":"a"}`, `{"event":"decided"}`, `"x"`, `{"event":"planned"}`}
	if _, err := f.WriteString(strings.Join(garbage, "\n") + "\n" + `{"event":"finished","job":"a","ru`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	h := read(t, dir)
	if h.Torn != len(garbage)+1 || h.Jobs["a"].Finished || h.Jobs["a"].Open == nil {
		t.Errorf("torn %d, a %+v", h.Torn, h.Jobs["a"])
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	add(t, l, Record{Event: Finished, Job: "a", Run: "a", Summary: "s"})
	l.Close()
	if h = read(t, dir); h.Torn != len(garbage)+1 || !h.Jobs["a"].Finished || len(h.Jobs) != 1 {
		t.Errorf("healed: torn %d, %+v", h.Torn, h.Jobs)
	}
	after, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(after), string(before)) {
		t.Errorf("the ledger has lost what it held (%v)", err)
	}
}

func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	if h := Holder(dir); h != "" {
		t.Errorf("held by %s", h)
	}
	l := open(t, dir)
	if _, err := Open(dir, Launcher{}); err == nil || !strings.Contains(err.Error(), "another launcher (pid ") {
		t.Errorf("the second one gets %v", err)
	}
	if h := Holder(dir); !strings.HasPrefix(h, "pid ") {
		t.Errorf("held by %q", h)
	}
	if err := os.Remove(filepath.Join(dir, lockName)); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(Record{Event: Started, Job: "a", Run: "a"}); err == nil || !strings.Contains(err.Error(), "lock was lost") {
		t.Errorf("without the lock it appends: %v", err)
	}
	if h := read(t, dir); len(h.Jobs) != 0 {
		t.Errorf("without the lock it has written %+v", h.Jobs)
	}
}

func TestNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "sweep"), Launcher{}); err == nil || !strings.Contains(err.Error(), "choose another --out") {
		t.Errorf("it answers %v", err)
	}
}
