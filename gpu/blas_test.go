//go:build cgo && linux

package gpu

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestBlasFitsDriver(t *testing.T) {
	for driver, want := range map[int]string{
		0:     "[libcublas.so.13 libcublas.so.12 libcublas.so.11] nvidia-cublas",
		13000: "[libcublas.so.13 libcublas.so.12 libcublas.so.11] nvidia-cublas",
		12020: "[libcublas.so.12 libcublas.so.11] nvidia-cublas-cu12",
		11080: "[libcublas.so.11] nvidia-cublas-cu11",
	} {
		if got := fmt.Sprint(blasNames(driver), " ", blasWheel(driver)); got != want {
			t.Errorf("driver %d: %s, want %s", driver, got, want)
		}
	}
}

// A cuBLASLt whose cuBLAS is not there, or does not load, does not stay: the cuBLAS that is found next would get it.
func TestForgetsStrayCuBLASLt(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	lt := filepath.Join(dir, "libcublasLt.so.12")
	if out, err := exec.Command(cc, "-shared", "-x", "c", "/dev/null", "-o", lt).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, broken := range []bool{false, true} {
		path := filepath.Join(dir, "libcublas.so.12")
		if broken {
			if err := os.WriteFile(path, []byte("no library"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := openBlas(path); err == nil || absent(err) == broken {
			t.Errorf("broken %v: error %v", broken, err)
		}
		if maps, err := os.ReadFile("/proc/self/maps"); err != nil || strings.Contains(string(maps), lt) {
			t.Errorf("broken %v: the cuBLASLt stays (%v)", broken, err)
		}
	}
}
