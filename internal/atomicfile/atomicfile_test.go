package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var n []string
	for _, e := range entries {
		n = append(n, e.Name())
	}
	return n
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWriteReplacesWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	for _, write := range []func(string, []byte) error{Write, Replace} {
		for _, text := range []string{"first, long content", "second"} {
			if err := write(path, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if got := content(t, path); got != text {
				t.Errorf("read %q, want %q", got, text)
			}
		}
	}
	if n := names(t, dir); len(n) != 1 {
		t.Errorf("files beside a.json remain: %v", n)
	}
}

func TestFailedWriteKeepsOldContent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := Write(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := WriteFunc(path, func(w io.Writer) error { w.Write([]byte("half")); return broken })
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if got := content(t, path); got != "old" {
		t.Errorf("content is %q after a failed write, want the old one", got)
	}
	if n := names(t, dir); len(n) != 1 {
		t.Errorf("a failed write left %v", n)
	}
}

func TestWriteNewRefusesExisting(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := WriteNew(path, []byte("mine")); err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(path, []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want fs.ErrExist", err)
	}
	if err := renameNew(filepath.Join(dir, "x"), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("without hard links: error %v, want fs.ErrExist", err)
	}
	if got := content(t, path); got != "mine" {
		t.Errorf("content is %q, want the first", got)
	}
	if n := names(t, dir); len(n) != 1 {
		t.Errorf("files remain: %v", n)
	}
}

func TestRemoveStale(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{".a.json.tmp-12-1", "a.tmp-1", ".keep", "b.json"} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveStale(dir); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, dir), []string{".keep", "a.tmp-1", "b.json"}; len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("left %v, want %v", got, want)
	}
	if err := RemoveStale(filepath.Join(dir, "missing")); err != nil {
		t.Errorf("a missing folder: %v", err)
	}
}

func TestMkdirAll(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	for range 2 { // the second time it is there
		if err := MkdirAll(deep); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "file")
	if err := Write(file, nil); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, filepath.Join(file, "x"), filepath.Join(file, "x", "y")} {
		if err := MkdirAll(bad); !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("MkdirAll(%s): %v, want ENOTDIR", bad, err)
		}
	}
}
