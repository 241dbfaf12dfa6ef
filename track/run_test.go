package track

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOneWriter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "exp", "000")
	r := started(t, dir)
	if !IsLocked(dir) {
		t.Error("a run that is written is not locked")
	}
	_, err := Open(dir)
	wantError(t, err, dir, "another process (pid ", "is writing this run")
	_, err = Create(dir, nil)
	wantError(t, err, "holds a run already", "--resume")
	must(t, r.Close())
	if IsLocked(dir) {
		t.Error("a closed run is locked")
	}
	second, err := Open(dir)
	must(t, err)
	must(t, second.Start(Attempt{Epoch: 1, Step: 3}, nil))
	if second.Attempt() != 2 {
		t.Errorf("attempt %d after one resume, want 2", second.Attempt())
	}
	must(t, second.Close())
}

func TestCreateRefuses(t *testing.T) {
	top := t.TempDir()
	file := filepath.Join(top, "file")
	must(t, os.WriteFile(file, []byte("precious"), 0o666))
	photos := filepath.Join(top, "photos")
	must(t, os.Mkdir(photos, 0o777))
	must(t, os.WriteFile(filepath.Join(photos, "a.jpg"), nil, 0o666))
	for dir, want := range map[string]string{
		file:                              "is a file, not a folder",
		filepath.Join(file, "exp", "000"): file + " is a file, not a folder",
		photos:                            "not empty and holds no run (there is a.jpg)",
	} {
		_, err := Create(dir, []byte("x"))
		wantError(t, err, dir, want, "choose another --out")
	}
	if read(t, file) != "precious" || list(t, photos) != "a.jpg" {
		t.Error("a refused Create changed something")
	}
	_, err := Open(photos)
	wantError(t, err, "no run folder: it holds no config.yaml")
	_, err = Open(filepath.Join(top, "missing"))
	wantError(t, err, "no run folder")
}

func TestCreateGoesOnAfterACutOffCreate(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, lockName), nil, 0o666))
	must(t, os.WriteFile(filepath.Join(dir, ".config.yaml.tmp-1-1"), []byte("ha"), 0o666))
	r, err := Create(dir, []byte("whole\n"))
	must(t, err)
	defer r.Close()
	if got := list(t, dir); got != ".lock .owner config.yaml log.jsonl metrics.jsonl" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	disk := smallDisk(t, 1<<20, "")
	dir := filepath.Join(disk, "old")
	must(t, started(t, dir).Close())
	if err := remountReadOnly(disk); err != nil {
		t.Skipf("cannot remount read-only: %v", err)
	}
	_, err := Create(filepath.Join(disk, "new"), nil)
	wantError(t, err, "read-only file system", "choose another --out")
	_, err = Open(dir)
	wantError(t, err, dir, "read-only file system")
	if s, err := ReadStatus(dir); err != nil || s.State != Killed {
		t.Errorf("status on a read-only disk: %v, %v", s.State, err)
	}
}

func TestFullDiskAtCreate(t *testing.T) {
	disk := smallDisk(t, 64<<10, "")
	// One block is left: enough for folders (they take none), not for a configuration of 8 KB.
	must(t, os.WriteFile(filepath.Join(disk, "ballast"), make([]byte, 60<<10), 0o666))
	dir := filepath.Join(disk, "run")
	_, err := Create(dir, []byte(strings.Repeat("x", 8<<10)))
	wantError(t, err, "no space left on device", "free some space")
	if exists(filepath.Join(dir, configName)) {
		t.Error("half a configuration was left")
	}
}

func TestConfigHistory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	must(t, started(t, dir).Close())
	resume := func(config, wantFile string) {
		t.Helper()
		r, err := Open(dir)
		must(t, err)
		defer r.Close()
		var data []byte
		if config != "" {
			data = []byte(config)
		}
		must(t, r.Start(Attempt{}, data))
		_, name, err := ReadConfig(dir)
		must(t, err)
		if name != wantFile {
			t.Errorf("attempt %d with %q: configuration in %s, want %s", r.Attempt(), config, name, wantFile)
		}
	}
	resume("seed: 5\n", "config.yaml")              // 2: the same
	resume("", "config.yaml")                       // 3: not given
	resume("seed: 5\nepochs: 9\n", "config.4.yaml") // 4: changed
	resume("seed: 5\nepochs: 9\n", "config.4.yaml") // 5: the same as the newest
	resume("seed: 5\n", "config.6.yaml")            // 6: back again
	for name, want := range map[string]string{"config.yaml": "seed: 5\n", "config.4.yaml": "seed: 5\nepochs: 9\n", "config.6.yaml": "seed: 5\n"} {
		if got := read(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	all, err := ReadAttempts(dir)
	must(t, err)
	var files []string
	for _, a := range all {
		files = append(files, a.Config)
	}
	if got, want := strings.Join(files, " "), "config.yaml config.yaml config.yaml config.4.yaml config.4.yaml config.6.yaml"; got != want {
		t.Errorf("attempts ran with %s, want %s", got, want)
	}
}

// A kill between a new configuration and the attempt's line must not cost the next attempt its file.
func TestConfigOfAnAttemptCutOff(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	must(t, started(t, dir).Close())
	must(t, os.WriteFile(filepath.Join(dir, "config.2.yaml"), []byte("a\n"), 0o666))
	r, err := Open(dir)
	must(t, err)
	defer r.Close()
	must(t, r.Start(Attempt{}, []byte("b\n")))
	if r.Attempt() != 3 || read(t, filepath.Join(dir, "config.2.yaml")) != "a\n" || read(t, filepath.Join(dir, "config.3.yaml")) != "b\n" {
		t.Errorf("attempt %d; files %s", r.Attempt(), list(t, dir))
	}
}

func TestFind(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	must(t, save(r.checkpoints(), 1, snapshot(7), []byte("null")))
	elsewhere := filepath.Join(t.TempDir(), "best")
	must(t, os.Rename(checkpointPath(r.checkpoints(), 7), elsewhere))
	must(t, save(r.checkpoints(), 1, snapshot(8), []byte("null")))
	for _, c := range []struct{ path, run, checkpoint string }{
		{dir + "/", dir, ""},
		{checkpointPath(r.checkpoints(), 8), dir, checkpointPath(r.checkpoints(), 8)},
		{elsewhere, "", elsewhere},
	} {
		run, ckpt, err := Find(c.path)
		if err != nil || run != c.run || ckpt != c.checkpoint {
			t.Errorf("%s is run %q, checkpoint %q, %v", c.path, run, ckpt, err)
		}
	}
	_, _, err := Find(filepath.Join(dir, checkpointsName))
	wantError(t, err, "neither a run folder")
	_, _, err = Find(filepath.Join(dir, "x"))
	wantError(t, err, "no such run or checkpoint")
}
