package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/launch/ledger"
	"noise2sparse/track"
)

// many is a sweep of jobs that save at each epoch's end, and the flags of two at once.
func many(t *testing.T, out string, jobs, epochs int) []string {
	t.Helper()
	var seeds []string
	for s := range jobs / 4 {
		seeds = append(seeds, fmt.Sprint(s+1))
	}
	samples := npy(t, filepath.Join(t.TempDir(), "samples.npy"), 4000, 64, wave)
	return []string{
		"run", "--exp", "quickstart", "--set", "dataset=" + samples, "--set", "data={}", "--set", "model.hidden=[128]", "--set", "batch_size=100",
		"--grid", "noise.sigma=0,0.1,0.3,0.8", "--seeds", strings.Join(seeds, ","), "--set", fmt.Sprintf("epochs=%d", epochs),
		"--set", "checkpoint.every_epochs=1", "--parallel", "2", "--quiet", "--out", out,
	}
}

// A sweep whose launcher is killed again and again ends as one that is left alone: the same bits, each
// job finished once, none trained by two processes at a time, none lost. Two jobs at once keep two
// cores busy.
func TestKilledSweepsEndTheSame(t *testing.T) {
	jobs, epochs, kills := 8, 6, 2
	slow := os.Getenv("NOISE2SPARSE_SLOW") != ""
	if slow {
		jobs, epochs, kills = 64, 60, 5
	}
	if testing.Short() {
		t.Skip("a sweep takes seconds")
	}
	whole, cut := t.TempDir(), t.TempDir()
	args := many(t, whole, jobs, epochs)
	began := time.Now()
	if code := killed(t, args, 0); code != exitDone {
		t.Fatalf("the sweep left alone ended with code %d", code)
	}
	wall := time.Since(began)
	own, training := durations(t, whole)
	t.Logf("%d jobs in %v; their own durations come to %v (training alone %v), half of that is %.3f of the wall time", jobs, wall, own, training, own.Seconds()/2/wall.Seconds())
	if slow && wall.Seconds() > 1.1*own.Seconds()/2 {
		t.Errorf("the sweep took %v, more than 1.1 times half of the jobs' own %v", wall, own)
	}

	args[len(args)-1] = cut
	const seed = 20
	random := rand.New(rand.NewPCG(seed, uint64(kills)))
	for range kills {
		at := time.Duration((0.2 + 0.6*random.Float64()) * float64(wall) / float64(kills))
		if slow {
			at = max(at, time.Second)
		}
		if code := killed(t, args, at); code != -1 {
			t.Logf("the launcher ended with code %d before it was killed", code)
		}
	}
	if code := killed(t, args, 0); code != exitDone {
		t.Fatalf("the last launcher ended with code %d", code)
	}
	compareSweeps(t, whole, cut, jobs)
}

// killed runs the trainer as a process, kills it after some time unless that is 0, and returns its exit
// code, -1 where it was killed. Nobody waits for its workers: the next launcher has to.
func killed(t *testing.T, args []string, after time.Duration) int {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	c.Stderr = said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		timer := time.AfterFunc(after, func() { c.Process.Kill() })
		defer timer.Stop()
	}
	c.Wait()
	if b, _ := os.ReadFile(said.Name()); len(bytes.TrimSpace(b)) > 0 {
		t.Logf("it said:\n%s", b)
	}
	return c.ProcessState.ExitCode()
}

// durations are what all jobs took from their attempts' begin to their end, and their training alone.
func durations(t *testing.T, out string) (own, training time.Duration) {
	t.Helper()
	for _, dir := range runs(t, out) {
		st, err := track.ReadStatus(dir)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := track.ReadSummary(dir)
		if err != nil {
			t.Fatal(err)
		}
		own += st.Updated.Sub(st.Started)
		training += time.Duration(float64(sum.Seconds) * float64(time.Second))
	}
	return own, training
}

func runs(t *testing.T, out string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(out, "*", "[0-9]*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no runs in %s (%v)", out, err)
	}
	return dirs
}

// compareSweeps checks that every job of one sweep is there in the other, which was disturbed, with the
// same bits and one owner at a time.
func compareSweeps(t *testing.T, whole, cut string, jobs int) {
	t.Helper()
	resumed := sameSweeps(t, whole, cut, jobs)
	t.Logf("%d jobs were cut off and resumed", resumed)
	if resumed == 0 {
		t.Error("no job was cut off: nothing was tested")
	}
}

// sameSweeps does so whether it was disturbed or not, and says how many jobs were.
func sameSweeps(t *testing.T, whole, cut string, jobs int) (resumed int) {
	t.Helper()
	finished := map[string]int{}
	eachLine(t, filepath.Join(cut, "quickstart", ledger.Name), func(r ledger.Record) {
		if r.Event == ledger.Finished {
			finished[r.Run]++
		}
	})
	dirs := runs(t, whole)
	if len(dirs) != jobs || len(runs(t, cut)) != jobs || len(finished) != jobs {
		t.Errorf("%d jobs left alone, %d after the kills, %d finished in the ledger; want %d", len(dirs), len(runs(t, cut)), len(finished), jobs)
	}
	for _, dir := range dirs {
		name := filepath.Base(dir)
		other := filepath.Join(cut, "quickstart", name)
		if finished[name] != 1 {
			t.Errorf("%s: %d finishing records", name, finished[name])
		}
		same(t, outcome(t, dir), outcome(t, other))
		resumed += oneOwnerAtATime(t, other)
	}
	return resumed
}

// oneOwnerAtATime checks that nothing of an attempt was written after the next one had begun, and that
// no process of an attempt is left. It is 1 where there were several attempts.
func oneOwnerAtATime(t *testing.T, dir string) int {
	t.Helper()
	attempts, err := track.ReadAttempts(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range attempts {
		if a.Attempt != i+1 {
			t.Errorf("%s: attempts %+v", dir, attempts)
		}
		for began := time.Now(); lives(a.PID) && time.Since(began) < 5*time.Second; {
			time.Sleep(10 * time.Millisecond)
		}
		if lives(a.PID) {
			t.Errorf("%s: process %d of attempt %d is still there", dir, a.PID, a.Attempt)
		}
	}
	eachLine(t, filepath.Join(dir, "metrics.jsonl"), func(p track.Point) {
		if p.Attempt < len(attempts) && p.Time.After(attempts[p.Attempt].Time) {
			t.Errorf("%s: attempt %d wrote epoch %d after attempt %d had begun", dir, p.Attempt, p.Epoch, p.Attempt+1)
		}
	})
	return min(1, len(attempts)-1)
}

// lives tells whether a process is there and has not ended.
func lives(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}

func eachLine[T any](t *testing.T, path string, each func(T)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var v T
		if json.Unmarshal(s.Bytes(), &v) == nil {
			each(v)
		}
	}
}
