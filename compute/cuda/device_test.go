//go:build cgo && linux

package cuda

import (
	"strings"
	"testing"

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
