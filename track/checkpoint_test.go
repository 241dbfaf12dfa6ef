package track

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

type loopState struct {
	Best    float64 `json:"best"`
	Counter uint64  `json:"counter"`
	Name    string  `json:"name"`
}

func TestCheckpointRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	s := snapshot(42)
	s.Versions = map[string]string{"openblas": "0.3.21"}
	want := loopState{0.1 + 0.2, 1<<63 + 1, "<σ>"}
	state, err := json.Marshal(want)
	must(t, err)
	must(t, save(r.checkpoints(), 3, s, state))
	c, broken, err := Latest(dir)
	must(t, err)
	if c == nil || len(broken) != 0 {
		t.Fatalf("latest: %v, broken %v", c, broken)
	}
	var got loopState
	must(t, json.Unmarshal(c.Manifest.State, &got))
	m := c.Manifest
	if got != want || m.Step != 42 || m.Epoch != 4 || m.Attempt != 3 || m.Versions["openblas"] != "0.3.21" || m.Versions["go"] == "" || m.Metrics["val/loss"] != 1 {
		t.Errorf("read back %+v with state %+v", m, got)
	}
	if !equal(c.Model, s.Model) || !equal(c.Optimizer, s.Optimizer) {
		t.Error("tensors differ after the round trip")
	}
	if got := list(t, r.checkpoints()); got != "42" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestEmptyOptimizer(t *testing.T) {
	r := started(t, filepath.Join(t.TempDir(), "run"))
	s := snapshot(1)
	s.Optimizer = nil
	must(t, save(r.checkpoints(), 1, s, []byte("null")))
	c, err := Load(checkpointPath(r.checkpoints(), 1))
	if err != nil || len(c.Optimizer) != 0 {
		t.Errorf("%v, %v", c, err)
	}
}

// Every byte of every file, flipped in one bit (a different one each) and in all; every file cut off
// at every length, and one byte longer; every file missing.
func TestEveryDamageIsDetected(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	r := started(t, filepath.Join(t.TempDir(), "run"))
	must(t, save(r.checkpoints(), 1, snapshot(10), []byte(`{"a": 1.5}`)))
	must(t, save(r.checkpoints(), 1, snapshot(20), []byte(`{"a": 1.5}`)))
	path := checkpointPath(r.checkpoints(), 20)
	intact := checkpointPath(r.checkpoints(), 10)
	check := func(name string, at int, what string) {
		t.Helper()
		_, err := Load(path)
		var broken *BrokenError
		if !errors.As(err, &broken) {
			t.Fatalf("%s %s at byte %d: error %v, want a BrokenError", name, what, at, err)
		}
		if broken.Intact != intact || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%s %s at byte %d: %q does not name the file, or not the intact %s", name, what, at, err, intact)
		}
	}
	for _, name := range []string{modelName, optimizerName, stateName} {
		file := filepath.Join(path, name)
		good := []byte(read(t, file))
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		must(t, err)
		put := func(b byte, at int) {
			_, err := f.WriteAt([]byte{b}, int64(at))
			must(t, err)
		}
		for i, b := range good {
			for _, mask := range []byte{1 << (i % 8), 0x20, 0xff} {
				put(b^mask, i)
				check(name, i, "flipped by "+strconv.Itoa(int(mask)))
			}
			put(b, i)
		}
		must(t, Verify(path))
		put('\n', len(good))
		check(name, len(good), "longer")
		for n := len(good) - 1; n >= 0; n-- {
			must(t, f.Truncate(int64(n)))
			check(name, n, "cut off")
		}
		must(t, f.Close())
		must(t, os.Remove(file))
		check(name, 0, "missing")
		must(t, os.WriteFile(file, good, 0o666))
		must(t, Verify(path))
	}
}

func TestBrokenErrorNamesHashes(t *testing.T) {
	r := started(t, filepath.Join(t.TempDir(), "run"))
	must(t, save(r.checkpoints(), 1, snapshot(20), []byte("1")))
	path := checkpointPath(r.checkpoints(), 20)
	c, err := Load(path)
	must(t, err)
	file := filepath.Join(path, modelName)
	b := []byte(read(t, file))
	b[len(b)-1] ^= 1
	must(t, os.WriteFile(file, b, 0o666))
	_, err = Load(path)
	wantError(t, err, path, "model.safetensors has sha256 ", "instead of "+c.Manifest.Files[modelName].SHA256, "no other checkpoint beside it is intact")
}

func TestLatestPassesOverBrokenOnes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	if c, broken, err := Latest(dir); c != nil || broken != nil || err != nil {
		t.Fatalf("a run without checkpoints: %v, %v, %v", c, broken, err)
	}
	for _, step := range []uint64{9, 10, 100, 1000} { // 9 < 10 < 100: by number, not by name
		must(t, save(r.checkpoints(), 1, snapshot(step), []byte("1")))
	}
	must(t, os.Truncate(filepath.Join(checkpointPath(r.checkpoints(), 1000), optimizerName), 5))
	must(t, os.Rename(checkpointPath(r.checkpoints(), 100), checkpointPath(r.checkpoints(), 101))) // lies about its step
	must(t, os.Mkdir(filepath.Join(r.checkpoints(), ".tmp-2000-1"), 0o777))
	must(t, os.Mkdir(filepath.Join(r.checkpoints(), "007"), 0o777))
	c, broken, err := Latest(dir)
	must(t, err)
	if c == nil || c.Manifest.Step != 10 || len(broken) != 2 {
		t.Fatalf("latest %+v, passed over %v", c, broken)
	}
	wantError(t, broken[0], "checkpoints/1000 is damaged: optimizer.safetensors has 5 bytes instead of", "use the intact "+c.Path)
	wantError(t, broken[1], "checkpoints/101 is damaged: it holds step 100")
}

func TestStaleOnesAreRemovedByTheNextWriterAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	must(t, save(r.checkpoints(), 1, snapshot(9), []byte("1")))
	for _, n := range []string{".tmp-10-77", ".trash-8-77", ".tmp-10-77.old"} {
		must(t, os.Mkdir(filepath.Join(r.checkpoints(), n), 0o777))
		must(t, os.WriteFile(filepath.Join(r.checkpoints(), n, modelName), []byte("ha"), 0o666))
	}
	before := list(t, r.checkpoints())
	if _, _, err := Latest(dir); err != nil {
		t.Error(err)
	}
	if _, err := Open(dir); err == nil {
		t.Fatal("two writers")
	}
	if got := list(t, r.checkpoints()); got != before {
		t.Errorf("a reader or a refused writer removed something: %s, before %s", got, before)
	}
	must(t, r.Close())
	second, err := Open(dir)
	must(t, err)
	defer second.Close()
	if got := list(t, r.checkpoints()); got != "9" {
		t.Errorf("the next writer left %s", got)
	}
}

func TestSavingAStepAgainReplacesIt(t *testing.T) {
	for name, swap := range map[string]func(a, b string) error{"exchange": exchange, "three renames": swapByRename} {
		t.Run(name, func(t *testing.T) {
			r := started(t, filepath.Join(t.TempDir(), "run"))
			must(t, save(r.checkpoints(), 1, snapshot(9), []byte("1")))
			must(t, save(r.checkpoints(), 2, snapshot(9), []byte("2")))
			c, err := Load(checkpointPath(r.checkpoints(), 9))
			must(t, err)
			if c.Manifest.Attempt != 2 || list(t, r.checkpoints()) != "9" {
				t.Errorf("attempt %d in %s", c.Manifest.Attempt, list(t, r.checkpoints()))
			}
			a, b := filepath.Join(r.Dir(), "a"), filepath.Join(r.Dir(), "b")
			must(t, os.Mkdir(a, 0o777))
			must(t, os.MkdirAll(filepath.Join(b, "old"), 0o777))
			must(t, swap(a, b))
			if list(t, a) != "old" || list(t, b) != "" || exists(a+".old") {
				t.Errorf("a holds %q, b holds %q", list(t, a), list(t, b))
			}
		})
	}
}

// A run that went on from an older checkpoint, and was cut off again, goes on from where that
// attempt came to, not from what the attempt before it had left further on.
func TestLatestIsOfTheLastAttempt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	for _, step := range []uint64{10, 20, 30} {
		must(t, save(r.checkpoints(), 1, snapshot(step), []byte("1")))
	}
	latest := func(want uint64) {
		t.Helper()
		c, broken, err := Latest(dir)
		must(t, err)
		if c == nil || c.Manifest.Step != want || len(broken) > 0 {
			t.Errorf("latest %+v, passed over %v; want step %d", c, broken, want)
		}
	}
	latest(30)
	must(t, r.Start(Attempt{Epochs: 10, Step: 30}, nil)) // 2: an ordinary resume
	latest(30)
	must(t, r.Start(Attempt{Epochs: 10, Step: 10}, nil)) // 3: from an older one
	latest(10)
	must(t, save(r.checkpoints(), 3, snapshot(20), []byte("1")))
	latest(20)
	must(t, r.Start(Attempt{Epochs: 10, Step: 30}, nil)) // 4: from what attempt 3 had left behind
	latest(30)
	must(t, r.Start(Attempt{Epochs: 10, Step: 20}, nil)) // 5
	latest(20)
	must(t, save(r.checkpoints(), 5, snapshot(40), []byte("1")))
	latest(40)
	for _, step := range []uint64{10, 20, 40} {
		must(t, os.RemoveAll(checkpointPath(r.checkpoints(), step)))
	}
	c, broken, err := Latest(dir)
	must(t, err)
	if c != nil || len(broken) != 1 {
		t.Fatalf("latest %+v, %v", c, broken)
	}
	wantError(t, broken[0], "checkpoints/30 was left behind by attempt 5")
}
