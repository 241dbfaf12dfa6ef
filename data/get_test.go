package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/internal/download"
)

// Every address has a hash to verify it by and the public page both were read from; what has no
// address says how to get it.
func TestSourcesAreSourced(t *testing.T) {
	lengths := map[string]int{download.SHA256: 64, download.MD5: 32, download.GitBlob: 40}
	for _, name := range Sources.Names() {
		e, _ := Sources.Get(name)
		for _, f := range e.Value.Files {
			if len(f.URLs) == 0 {
				if e.Value.Elsewhere == "" {
					t.Errorf("%s: %s has no address, and nothing says how to get it", name, f.Path)
				}
				continue
			}
			if len(f.Sum.Hex) != lengths[f.Sum.Kind] || strings.Trim(f.Sum.Hex, "0123456789abcdef") != "" {
				t.Errorf("%s: %s has no hash: %v", name, f.Path, f.Sum)
			}
			for _, a := range append(f.URLs, f.Read) {
				if u, err := url.Parse(strings.Split(a, ";")[0]); err != nil || u.Host == "" {
					t.Errorf("%s: %s: no address: %q", name, f.Path, a)
				}
			}
		}
		if _, err := Datasets.Get(name); e.Value.Parses != (err == nil) {
			t.Errorf("%s: Parses is %t, but as a dataset: %v", name, e.Value.Parses, err)
		}
	}
}

// smallMNIST writes the four files with n images each into a folder.
func smallMNIST(t *testing.T, dir string, n int) {
	t.Helper()
	for _, part := range []string{"train", "t10k"} {
		images := binary.BigEndian.AppendUint32([]byte{0, 0, 8, 3}, uint32(n))
		images = append(images, 0, 0, 0, 28, 0, 0, 0, 28)
		images = append(images, bytes.Repeat([]byte{7}, n*28*28)...)
		labels := binary.BigEndian.AppendUint32([]byte{0, 0, 8, 1}, uint32(n))
		labels = append(labels, bytes.Repeat([]byte{3}, n)...)
		for name, content := range map[string][]byte{part + "-images-idx3-ubyte.gz": images, part + "-labels-idx1-ubyte.gz": labels} {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write(content)
			z.Close()
			if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func get(t *testing.T, o GetOptions) (*Got, error) {
	t.Helper()
	o.Client = download.Client{Tries: 2, Wait: time.Millisecond, Log: t.Logf}
	return Get(context.Background(), o)
}

func TestGetFromAFolderAndAnAddress(t *testing.T) {
	from := t.TempDir()
	smallMNIST(t, from, 5)
	s := httptest.NewServer(http.FileServer(http.Dir(from)))
	defer s.Close()
	for _, at := range []string{from, s.URL + "/"} {
		dir := t.TempDir()
		if _, err := get(t, GetOptions{Dir: dir, Name: "mnist", From: at}); err == nil || !strings.Contains(err.Error(), "--unverified") {
			t.Errorf("%s: other files than MNIST's: %v", at, err)
		}
		got, err := get(t, GetOptions{Dir: dir, Name: "mnist", From: at, Unverified: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Files) != 4 || got.Files[0].There || got.Dataset.Train.Len() != 5 {
			t.Errorf("%s: %+v", at, got)
		}
		got, err = get(t, GetOptions{Dir: dir, Name: "mnist", Unverified: true})
		if err != nil || !got.Files[3].There {
			t.Errorf("%s, once more: %+v, %v", at, got, err)
		}
		if _, err := get(t, GetOptions{Dir: dir, Name: "mnist"}); err == nil || !strings.Contains(err.Error(), "SHA-256") {
			t.Errorf("%s: what lies there is not MNIST: %v", at, err)
		}
	}
}

func TestGetRefuses(t *testing.T) {
	from := t.TempDir()
	smallMNIST(t, from, 5)
	os.WriteFile(filepath.Join(from, "train-images-idx3-ubyte.gz"), []byte("no images"), 0o666)
	for name, c := range map[string]struct {
		o    GetOptions
		want string
	}{
		"unknown":         {GetOptions{Name: "minst"}, `"mnist"`},
		"no address":      {GetOptions{Name: "cifar100-latents"}, "trainer data embed"},
		"file for folder": {GetOptions{Name: "mnist", From: filepath.Join(from, "t10k-images-idx3-ubyte.gz")}, "it is 4 files"},
		"not there":       {GetOptions{Name: "cifar10", From: filepath.Join(from, "absent")}, "no file or folder"},
		"many not there":  {GetOptions{Name: "mnist", From: filepath.Join(from, "absent")}, "no file or folder"},
		"not images":      {GetOptions{Name: "mnist", From: from, Unverified: true}, "train-images-idx3-ubyte.gz"},
	} {
		c.o.Dir = t.TempDir()
		if _, err := get(t, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if left, _ := filepath.Glob(filepath.Join(c.o.Dir, "*", "*")); len(left) > 0 {
			t.Errorf("%s: left: %v", name, left)
		}
	}
}

// The weights that are published have the hash in the table.
func TestGetPublishedWeights(t *testing.T) {
	root := os.Getenv(EnvDir)
	if root == "" || !isFile(filepath.Join(root, WeightsFile)) {
		t.Skipf("%s is not set, or has no %s", EnvDir, WeightsFile)
	}
	got, err := get(t, GetOptions{Dir: t.TempDir(), Name: "convmixer-imagenet32", From: filepath.Join(root, WeightsFile)})
	if err != nil || got.Files[0].Bytes != 3467343 {
		t.Errorf("%+v, %v", got, err)
	}
}
