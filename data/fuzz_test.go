package data

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"noise2sparse/internal/bounded"
)

// Whatever pictures are called, each is in one row of one split at most, and has a label that counts one
// of the classes.
func FuzzArrange(f *testing.F) {
	for _, s := range []string{
		"a/1.png\na/2.png\nb/1.png", "train/a/1.png\nval/a/1.png\ntest/b/1.png", "x/train/a/1.png\nx/train/b/2.png",
		"1.png\n2.png", "train/1.png\ntest/1.png", "train/a/1.png\ntrain/2.png", "test/val/train/x.png", "val/1.png\ntrain/train/1.png",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		names := strings.Split(s, "\n")
		slices.Sort(names)
		names = slices.Compact(names)
		var files []pictureFile
		for _, n := range names {
			files = append(files, pictureFile{name: n})
		}
		sets, err := arrange(files)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, set := range sets {
			for _, item := range set.items {
				if seen[item.name] {
					t.Errorf("%q has two rows", item.name)
				}
				seen[item.name] = true
				if set.classes != nil && (item.class < 0 || item.class >= len(set.classes)) {
					t.Errorf("%q is of class %d of %d", item.name, item.class, len(set.classes))
				}
			}
		}
		if len(sets) == 1 && len(seen) != len(names) {
			t.Errorf("%d of %d pictures have rows", len(seen), len(names))
		}
	})
}

// An archive of pictures, or a file of any other format, is read whole or refused.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	for _, name := range []string{"a.tar", "a.tar.gz"} {
		b, err := os.ReadFile(tarOf(f, filepath.Join(dir, name), map[string]string{"a/1.png": pngOf(f, 1, 2, 2), "b/1.png": pngOf(f, 2, 2, 2)}))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(batch(0, 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		t.Setenv(EnvCache, "none")
		t.Setenv(bounded.EnvLimit, "1MiB")
		path := filepath.Join(t.TempDir(), "x.bin")
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := openSource(path)
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not name the file", err)
			}
			return
		}
		defer s.close()
		for i, d := range s.tensors {
			a, err := s.load(i)
			if err == nil {
				err = a.Check()
			}
			if err != nil && s.format != "PyTorch zip" && s.format != "PyTorch legacy" {
				t.Errorf("%v: %v", d, err)
			}
		}
	})
}
