package local

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/launch"
)

// TestMain lets a test start this binary as a worker that does what TEST_WORKER says.
func TestMain(m *testing.M) {
	orders := bufio.NewReader(os.Stdin)
	await := func() { _, _ = orders.ReadString('\n') } // a whole order, or the end
	switch os.Getenv("TEST_WORKER") {
	case "panics":
		await()
		panic("a neuron is missing")
	case "exits":
		await()
		fmt.Fprintln(os.Stderr, "first\nno such device")
		os.Exit(3)
	case "loses its GPU":
		await()
		fmt.Println(`{"ended":{"job":"a","error":"a fault","lost":true}}`)
		await()
		os.Exit(1)
	case "babbles":
		fmt.Println("this is no news")
		fmt.Println(`{"warning":"take care","job":"a"}`)
		fmt.Println(`{"ended":{"job":"a","error":"too bad","final":true}}`)
		await()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// reports are what a launcher whose workers behave in that way tells of one job.
func reports(t *testing.T, behaviour string) (dir string, all []launch.Report) {
	t.Helper()
	t.Setenv("TEST_WORKER", behaviour)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l := New(Options{Program: exe, Threads: 1})
	if _, err := l.Fit(launch.Needs{Jobs: 1}); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if _, err := l.Submit(context.Background(), []launch.Submission{{Job: "a", Dir: dir}}); err != nil {
		t.Fatal(err)
	}
	if l.Room() != 0 {
		t.Errorf("with a job under way there is room for %d", l.Room())
	}
	for began := time.Now(); time.Since(began) < 10*time.Second; {
		r, err := l.Poll(context.Background(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r...)
		if n := len(all); n > 0 && all[n-1].Ended {
			break
		}
	}
	if l.Room() != 1 {
		t.Errorf("after it there is room for %d", l.Room())
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	return dir, all
}

func TestWorkersThatDie(t *testing.T) {
	dir, all := reports(t, "panics")
	if len(all) != 1 || !all[0].Ended || all[0].Final || all[0].Error != "its process died: panic: a neuron is missing" {
		t.Errorf("a panic is told as %+v", all)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "crash.0.log")); err != nil || !strings.Contains(string(b), "goroutine ") {
		t.Errorf("what it said: %q (%v)", b, err)
	}
	if _, all = reports(t, "exits"); len(all) != 1 || all[0].Error != "its process ended with code 3: no such device" {
		t.Errorf("an exit is told as %+v", all)
	}
}

func TestNews(t *testing.T) {
	_, all := reports(t, "babbles")
	want := []launch.Report{{Job: "a", Warning: "take care"}, {Job: "a", Ended: true, Error: "too bad", Final: true}}
	if len(all) != 2 || all[0] != want[0] || all[1] != want[1] {
		t.Errorf("it tells %+v, want %+v", all, want)
	}
}

func TestNoProgram(t *testing.T) {
	l := New(Options{Program: filepath.Join(t.TempDir(), "none"), Threads: 1})
	if _, err := l.Fit(launch.Needs{Jobs: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Submit(context.Background(), []launch.Submission{{Job: "a"}}); err != nil {
		t.Fatal(err)
	}
	r, err := l.Poll(context.Background(), time.Second)
	if err != nil || len(r) != 1 || !r[0].Ended || !strings.Contains(r[0].Error, "a worker process can't be started") {
		t.Errorf("it tells %+v (%v)", r, err)
	}
}

// A worker that has lost its device gets no further orders, and those that it has not begun are no failures.
func TestLostDevice(t *testing.T) {
	t.Setenv("TEST_WORKER", "loses its GPU")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l := New(Options{Program: exe, GPUs: gpus(40), Parallel: 3})
	if _, err := l.Fit(launch.Needs{Jobs: 3}); err != nil {
		t.Fatal(err)
	}
	submit := func(job string) {
		t.Helper()
		if _, err := l.Submit(context.Background(), []launch.Submission{{Job: job, Dir: t.TempDir()}}); err != nil {
			t.Fatal(err)
		}
	}
	next := func() launch.Report {
		t.Helper()
		r, err := l.Poll(context.Background(), 10*time.Second)
		if err != nil || len(r) != 1 {
			t.Fatalf("reports %+v (%v), want one", r, err)
		}
		return r[0]
	}
	submit("a")
	if r := next(); r.Job != "a" || r.Error != "a fault" || r.Preempted {
		t.Errorf("the job that met the fault: %+v", r)
	}
	if l.Room() != 0 {
		t.Errorf("a worker that ends has room for %d", l.Room())
	}
	if err := l.places[0].worker.run(launch.Submission{Job: "b", Dir: t.TempDir()}); err != nil { // ordered just before
		t.Fatal(err)
	}
	if r := next(); r.Job != "b" || !r.Ended || !r.Preempted {
		t.Errorf("the job that was not begun: %+v", r)
	}
	if l.Room() != 3 {
		t.Errorf("then there is room for %d", l.Room())
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
