//go:build cgo && linux

package cuda

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"noise2sparse/compute"
)

// TestHold: while a device is held, the next backend finds the last one's dataset there; another dataset, or memory
// that is needed, takes its place; after the hold nothing is left.
func TestHold(t *testing.T) {
	left := watchLeft(t)
	t.Setenv("RUNNER_MEMORY", "200000000")
	release, err := compute.Hold("cuda:0")
	if err != nil {
		t.Fatal(err)
	}
	first, other := bytes.Repeat([]byte{1, 2, 3, 4}, 1<<20), bytes.Repeat([]byte{5, 6}, 1<<20)
	d := devices[0]
	free := func() int64 {
		n, _, err := d.FreeMemory()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	empty := free()
	use := func(set []byte, more int64) {
		t.Helper()
		b := newTest(t, compute.Options{Dataset: "device"})
		x := compute.Shared(b, set, compute.Uint8, len(set))
		if more > 0 {
			b.Alloc(compute.Uint8, int(more))
		}
		got := make([]byte, len(set))
		b.Download(got, x)
		if err := b.Close(); err != nil || !bytes.Equal(got, set) {
			t.Fatalf("%v, or another dataset", err)
		}
	}
	use(first, 0)
	p := d.shared[&first[0]].p
	if free() != empty-int64(len(first)) {
		t.Errorf("%d bytes stay, want the dataset's %d", empty-free(), len(first))
	}
	if use(first, 0); d.shared[&first[0]].p != p {
		t.Error("it was loaded again")
	}
	if use(other, 0); free() != empty-int64(len(other)) {
		t.Errorf("beside another dataset %d bytes stay", empty-free())
	}
	b := newTest(t, compute.Options{})
	b.Alloc(compute.Uint8, int(free())+len(other)/2) // more than there is beside the dataset
	if err := b.Close(); err != nil || free() != empty {
		t.Errorf("%v; with the memory needed %d bytes stay", err, empty-free())
	}
	if err := errors.Join(release(), release()); err != nil || left() != "" {
		t.Errorf("%v; left: %s", err, left())
	}
	if _, err := compute.Hold("cuda:x"); err == nil || !strings.Contains(err.Error(), `no GPU "x"`) {
		t.Errorf("GPU x: %v", err)
	}
}
