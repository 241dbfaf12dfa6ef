package data

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"noise2sparse/internal/atomicfile"
	"noise2sparse/internal/safetensors"
)

// EnvCache names the environment variable with the folder of what can be made again: decoded pictures, and which
// GPUs have passed the selftest; "none": it is not kept.
const EnvCache = "NOISE2SPARSE_CACHE"

// CacheFolder is the folder of one kind of it: EnvCache's, else the kind's own in the user's cache folder. The error
// says why there is none.
func CacheFolder(kind string) (string, error) {
	switch dir := os.Getenv(EnvCache); dir {
	case "none":
		return "", errors.New(EnvCache + "=none asks for it")
	case "":
		user, err := os.UserCacheDir()
		return filepath.Join(user, "noise2sparse", kind), err
	default:
		return dir, nil
	}
}

// decoder is the version of what decodes pictures: files of other versions are not looked at.
const decoder = "noise2sparse pictures 1"

// pictureCache is one file: the tensors, the names of the classes, and a hash of both. Its name is a
// hash of everything that they follow from, contents included, so it is never stale; it is written
// beside and renamed, so writers do not disturb each other; and it is checked as it is read, so a
// damaged one is made anew.
type pictureCache struct{ path string }

// openCache names the file of a store. Where there is no cache folder, nothing is kept.
func openCache(s *pictureStore, channels int) (*pictureCache, error) {
	dir, err := CacheFolder("pictures")
	if err != nil {
		return &pictureCache{}, nil
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\nchannels %d\n", decoder, channels)
	if err := s.hash(h); err != nil {
		return nil, err
	}
	return &pictureCache{filepath.Join(dir, hex.EncodeToString(h.Sum(nil))+".safetensors")}, nil
}

// hash feeds an archive's bytes to h, or the names and the hashes of a folder's pictures.
func (s *pictureStore) hash(h io.Writer) error {
	if !s.folder {
		f, err := os.Open(s.path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(h, f)
		return err
	}
	if err := s.list(); err != nil {
		return err
	}
	sums := make([][sha256.Size]byte, len(s.files))
	var mu sync.Mutex
	var first error
	parallel(len(s.files), 64, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			b, err := s.read(nil, &s.files[i])
			if err != nil {
				mu.Lock()
				first = errors.Join(first, err)
				mu.Unlock()
				return
			}
			sums[i] = sha256.Sum256(b)
		}
	})
	for i, f := range s.files {
		fmt.Fprintf(h, "%q %x\n", f.name, sums[i])
	}
	return first
}

// load returns what was kept, nil where that is nothing, or not whole.
func (c *pictureCache) load() *source {
	if c.path == "" {
		return nil
	}
	f, err := safetensors.Read(c.path)
	if err != nil || f.Metadata["sha256"] != digest(f.Tensors, f.Metadata["classes"]) {
		return nil
	}
	s := loaded(pictureFormat, byName(f.Tensors))
	if json.Unmarshal([]byte(f.Metadata["classes"]), &s.classes) != nil {
		return nil
	}
	return s
}

// store keeps tensors and classes. That it can't (a full disk, a folder of another user) costs time
// alone, the next time, so it is no error.
func (c *pictureCache) store(all []Named, classes []string) {
	if c.path == "" {
		return
	}
	names, err := json.Marshal(classes)
	if err != nil || !utf8.ValidString(strings.Join(classes, "")) || atomicfile.MkdirAll(filepath.Dir(c.path)) != nil {
		return
	}
	meta := map[string]string{"decoder": decoder, "classes": string(names), "sha256": digest(all, string(names))}
	_ = atomicfile.WriteFunc(c.path, func(w io.Writer) error { return safetensors.Write(w, all, meta) })
}

// byName sorts arrays by their names: the cache file has an order of its own.
func byName(all []Named) []Named {
	out := append([]Named(nil), all...)
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// digest is the hash of tensors and class names.
func digest(all []Named, classes string) string {
	h := sha256.New()
	for _, a := range byName(all) {
		fmt.Fprintf(h, "%q ", a.Name)
		hashArray(h, a.Array)
	}
	io.WriteString(h, classes) // a hash never fails
	return hex.EncodeToString(h.Sum(nil))
}
