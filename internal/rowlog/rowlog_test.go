package rowlog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func open(t *testing.T, path, key string) *Log {
	t.Helper()
	l, err := Open(path, key, 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.f.Close() })
	return l
}

func add(t *testing.T, l *Log, rows string) {
	t.Helper()
	if err := l.Append([]byte(rows)); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, l *Log) string {
	t.Helper()
	b, err := l.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Wherever the file is cut off, and whichever byte is flipped, what is opened again is a whole number
// of leading blocks, and one can go on behind them.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "whole")
	l := open(t, path, "key")
	blocks := []string{"aaabbb", "ccc", "dddeeefff"}
	for _, b := range blocks {
		add(t, l, b)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(whole, '\n') + 1
	leading := func(name string, damaged []byte, mayBe int) {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		l := open(t, p, "key")
		want := ""
		for _, b := range blocks[:mayBe] {
			want += b
		}
		if got := content(t, l); got != want {
			t.Fatalf("%s: %q is left, want %q", name, got, want)
		}
		add(t, l, "ggg")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if l := open(t, p, "key"); content(t, l) != want+"ggg" || l.Rows() != len(want)/3+1 {
			t.Fatalf("%s: %d rows, %q after one more block", name, l.Rows(), content(t, l))
		}
	}
	complete := func(upTo int) int { // blocks that end before byte upTo
		at := first
		for i, b := range blocks {
			if at += blockHeader + len(b); at > upTo {
				return i
			}
		}
		return len(blocks)
	}
	for n := 0; n <= len(whole); n++ {
		leading("cut", whole[:n], complete(n))
	}
	for n := first; n < len(whole); n++ {
		flipped := bytes.Clone(whole)
		flipped[n] ^= 0x10
		leading("flipped", flipped, complete(n))
	}
}

func TestAnotherComputationIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	add(t, open(t, path, "one"), "abc")
	before, _ := os.ReadFile(path)
	var other *OtherError
	if _, err := Open(path, "two", 3); !errors.As(err, &other) {
		t.Errorf("another key: %v", err)
	}
	if _, err := Open(path, "one", 6); !errors.As(err, &other) {
		t.Errorf("rows of another length: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	if err := open(t, path, "one").Append([]byte("ab")); err == nil {
		t.Error("part of a row was taken")
	}
}
