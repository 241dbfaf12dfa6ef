package track

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// started is a new run, its first attempt begun.
func started(t testing.TB, dir string) *Run {
	t.Helper()
	r, err := Create(dir, []byte("seed: 5\n"))
	must(t, err)
	t.Cleanup(func() { r.Close() })
	must(t, r.Start(Attempt{Epochs: 10, Device: "cpu"}, nil))
	return r
}

// tensors are small buffers of several types, their bytes made from step.
func tensors(step uint64) (model, optimizer []array.Named) {
	fill := func(name string, d dtype.DType, shape ...int) array.Named {
		a, err := array.New(d, shape...)
		if err != nil {
			panic(err)
		}
		for i := range a.Bytes {
			a.Bytes[i] = byte(uint64(i)*31 + step*7)
		}
		return array.Named{Name: name, Array: a}
	}
	return []array.Named{fill("W", dtype.Float32, 3, 4), fill("b", dtype.Float32, 3)},
		[]array.Named{fill("m", dtype.Float64, 3, 4), fill("t", dtype.Uint64)}
}

func snapshot(step uint64) *Snapshot {
	m, o := tensors(step)
	return &Snapshot{Step: step, Epoch: int(step / 10), Model: m, Optimizer: o, Metrics: map[string]float64{"val/loss": 1}}
}

func equal(a, b []array.Named) bool {
	byName := map[string]array.Named{}
	for _, t := range b {
		byName[t.Name] = t
	}
	for _, t := range a {
		u, ok := byName[t.Name]
		if !ok || u.Array.String() != t.Array.String() || string(u.Array.Bytes) != string(t.Array.Bytes) {
			return false
		}
	}
	return len(a) == len(b)
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

func list(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// wantError checks that err is one line that holds all the texts.
func wantError(t testing.TB, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", texts)
		return
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("an error of several lines: %q", err)
	}
	for _, s := range texts {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("error %q, want %q in it", err, s)
		}
	}
}

// smallDisk is a file system of that many bytes.
func smallDisk(t *testing.T, bytes int, options string) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("needs root on Linux to mount a small tmpfs")
	}
	dir := filepath.Join(t.TempDir(), "disk")
	must(t, os.Mkdir(dir, 0o777))
	if err := mountTmpfs(dir, bytes, options); err != nil {
		t.Skipf("cannot mount a small tmpfs here: %v", err)
	}
	t.Cleanup(func() { unmount(dir) })
	return dir
}
