//go:build cgo && linux

package cuda

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"noise2sparse/gpu"
	"noise2sparse/kernels"
)

// Kernels that the driver refuses are followed by what it compiles itself; the error is that of the first.
func TestLoadFirst(t *testing.T) {
	needStandIn(t)
	d, err := acquire(0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.release(); err != nil {
			t.Error(err)
		}
	}()
	good, err := kernels.Image()
	if err != nil {
		t.Fatal(err)
	}
	bad := []byte("machine code of another time")
	m, err := d.loadFirst(bad, good)
	if err != nil {
		t.Fatalf("the second image: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.loadFirst(bad, nil); err == nil || !strings.Contains(err.Error(), "NO_BINARY_FOR_GPU") {
		t.Errorf("no image does: %v", err)
	}
}

// TestContextsComeAndGo: a device's context that is left and taken anew all the time, by goroutines that wander
// between threads, is good for whoever has it: the next one may be at the same address.
func TestContextsComeAndGo(t *testing.T) {
	needRunner(t)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for range 300 {
				x, err := gpu.Open(0)
				if err != nil {
					t.Error(err)
					return
				}
				_, _, err = x.FreeMemory()
				runtime.Gosched() // to another thread, as a rule
				if err := errors.Join(err, x.Close()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
}
