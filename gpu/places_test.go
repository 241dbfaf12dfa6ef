package gpu

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPlaces(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("CUDA_HOME", "/opt/cuda")
	t.Setenv("CONDA_PREFIX", "/opt/conda/envs/me")
	for _, minor := range []string{"9", "12"} {
		if err := os.MkdirAll(filepath.Join(home, ".local/lib/python3."+minor+"/site-packages"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env := filepath.Join(t.TempDir(), "env")
	if err := errors.Join(os.MkdirAll(filepath.Join(env, "lib/python3.11/site-packages"), 0o755), os.MkdirAll(filepath.Join(env, "bin"), 0o755),
		os.WriteFile(filepath.Join(env, "bin/python3"), nil, 0o755)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(env, "bin"))
	t.Setenv(EnvLibraries, "/own")
	got, err := places([]string{"libcublas.so.13", "libcublas.so.12"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/own/libcublas.so.13", "/own/libcublas.so.12", "libcublas.so.13", "libcublas.so.12", "/opt/cuda/lib64/libcublas.so.13"}; !slices.Equal(got[:5], want) {
		t.Errorf("places begin with %q, want %q", got[:5], want)
	}
	newer := slices.Index(got, filepath.Join(home, ".local/lib/python3.12/site-packages/nvidia/cublas/lib/libcublas.so.12"))
	older := slices.Index(got, filepath.Join(home, ".local/lib/python3.9/site-packages/nvidia/cublas/lib/libcublas.so.12"))
	inPath := slices.Index(got, filepath.Join(env, "lib/python3.11/site-packages/nvidia/cublas/lib/libcublas.so.12"))
	if inPath < 0 || newer < inPath || older < newer {
		t.Errorf("wheels of the python3 in PATH are at %d, of the user's Python 3.12 at %d, of 3.9 at %d", inPath, newer, older)
	}
	if conda := slices.Index(got, "/opt/conda/envs/me/targets/x86_64-linux/lib/libcublas.so.12"); conda < 0 || conda > inPath {
		t.Errorf("conda's own libraries are at %d, wheels at %d", conda, inPath)
	}
	driver, err := places([]string{"libcuda.so.1"}, false)
	if want := []string{"/own/libcuda.so.1", "libcuda.so.1"}; err != nil || !slices.Equal(driver, want) {
		t.Errorf("the driver's places are %q, %v", driver, err)
	}
}

func TestNone(t *testing.T) {
	t.Setenv(EnvLibraries, "none")
	if _, err := places([]string{"libcuda.so.1"}, false); err == nil || !strings.Contains(err.Error(), EnvLibraries) {
		t.Errorf("places: %v", err)
	}
	if err := Load(); !errors.Is(err, ErrNone) {
		t.Errorf("Load: %v", err)
	}
	if s := Describe(); len(s.Devices) != 0 || s.Missing == "" {
		t.Errorf("Describe: %+v", s)
	}
}
