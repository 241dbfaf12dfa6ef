//go:build cgo && linux

package cuda

import (
	"bytes"
	"fmt"
	"testing"

	"noise2sparse/compute"
)

// TestDatasetOnHost: samples that do not fit beside the run stay in the host's memory, once for all runs,
// and are read there; what is forced is obeyed.
func TestDatasetOnHost(t *testing.T) {
	const mib = 1 << 20
	left := watchLeft(t)
	t.Setenv("RUNNER_MEMORY", fmt.Sprint(320*mib))
	samples := bytes.Repeat([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 6*mib)
	for _, c := range []struct {
		dataset string
		size    int
		reserve int64
		onHost  bool
	}{
		{"auto", 32 * mib, 0, false},
		{"", 32 * mib, 200 * mib, true},
		{"auto", 66 * mib, 0, true}, // of 320, two runs have cuBLAS's 32 and a chunk of 32 each
		{"device", 66 * mib, 200 * mib, false},
		{"host", mib, 0, true},
	} {
		name := fmt.Sprintf("%q, %d MiB", c.dataset, c.size/mib)
		o := compute.Options{Dataset: c.dataset, Reserve: c.reserve}
		first, second := newTest(t, o), newTest(t, o)
		free, _, err := first.dev.FreeMemory()
		if err != nil {
			t.Fatal(err)
		}
		rows := c.size / 11
		for _, b := range []*backend{first, second} {
			x := compute.Shared(b, samples[:11*rows], compute.Uint8, rows, 11)
			index, got := b.Alloc(compute.Int32, 2), b.Alloc(compute.Float32, 2, 11)
			b.Upload(index, []byte{byte(rows - 1), byte((rows - 1) >> 8), byte((rows - 1) >> 16), 0, 1, 0, 0, 0})
			b.Gather(got, x, index)
			if v := float32s(b, got); v[10] != float32(10)/255 || v[12] != float32(1)/255 {
				t.Errorf("%s: rows %v", name, v)
			}
			h := compute.OnHost(b)
			if (h.Bytes == int64(11*rows)) != c.onHost || c.onHost && c.dataset != "host" && (h.Reserve < leastReserve || h.Free-h.Reserve >= h.Bytes) {
				t.Errorf("%s: on the host %+v", name, h)
			}
		}
		if now, _, _ := first.dev.FreeMemory(); (free-now >= int64(11*rows)) == c.onHost || free-now > int64(c.size)+4*mib {
			t.Errorf("%s: %d bytes of the device taken", name, free-now)
		}
		for _, b := range []*backend{first, second} {
			if err := b.Close(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if left() != "" {
			t.Errorf("%s leaves %s", name, left())
		}
	}
}

// TestDatasetCopiedWhereNotRegistered: where the system does not let its pages be pinned, a copy is.
func TestDatasetCopiedWhereNotRegistered(t *testing.T) {
	left := watchLeft(t)
	samples := bytes.Repeat([]byte{1, 2, 3, 4}, 100)
	t.Setenv("RUNNER_FAIL", "cuMemHostRegister:1:801")
	b := newTest(t, compute.Options{Dataset: "host"})
	x := compute.Shared(b, samples, compute.Uint8, 100, 4)
	got := make([]byte, len(samples))
	b.Download(got, x)
	if err := b.Sync(); err != nil || !bytes.Equal(got, samples) || compute.OnHost(b).Bytes != 400 {
		t.Errorf("%v, or other contents", err)
	}
	if err := b.Close(); err != nil || left() != "" {
		t.Errorf("%v, left: %s", err, left())
	}
}
