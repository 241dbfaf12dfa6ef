package bounded

import (
	"bytes"
	"io"
	"runtime"
	"testing"
)

func TestRead(t *testing.T) {
	data := bytes.Repeat([]byte("abcdefg"), 1<<19) // 3.5 MiB: several doublings
	for _, available := range []int64{0, int64(len(data))} {
		got, err := Read(bytes.NewReader(data), int64(len(data)), available)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("available %d: %d bytes, %v", available, len(got), err)
		}
	}
	if b, err := Read(bytes.NewReader(nil), 0, 0); err != nil || len(b) != 0 {
		t.Errorf("nothing: %v, %v", b, err)
	}
	_, err := Read(bytes.NewReader(data[:10]), 11, 0)
	if err == nil || err.Error() != "truncated: 10 of 11 bytes are there" {
		t.Errorf("short: %v", err)
	}
	if _, err := Read(bytes.NewReader(nil), -1, 0); err == nil {
		t.Error("a negative size was read")
	}
}

func TestReadDoesNotBelieveDeclarations(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(io.LimitReader(bytes.NewReader(make([]byte, 100)), 100), 1<<50, 100)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Fatal("2^50 bytes read from 100")
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("%d bytes allocated for a file of 100", grown)
	}
}
