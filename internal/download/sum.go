package download

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
)

// The kinds of sums.
const (
	SHA256  = "SHA-256"
	MD5     = "MD5"      // against damage only: others can be made to have the same
	GitBlob = "git blob" // SHA-1 of "blob <size>\0" and the content: the name that git gives a file's content
)

// Sum is a hash of a file's content.
type Sum struct {
	Kind string `json:"kind"` // SHA256, MD5 or GitBlob
	Hex  string `json:"hex"`  // lower case
}

func (s Sum) String() string { return s.Kind + " " + s.Hex }

// Of computes the same kind of hash of a file.
func (s Sum) Of(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	var h hash.Hash
	switch s.Kind {
	case SHA256:
		h = sha256.New()
	case MD5:
		h = md5.New()
	case GitBlob:
		h = sha1.New()
		fmt.Fprintf(h, "blob %d\x00", info.Size())
	default:
		return "", fmt.Errorf("no hash is called %q", s.Kind)
	}
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Check compares a file with s; the error is a *MismatchError where it differs. A zero s is content
// with anything.
func (s Sum) Check(path string) error {
	if s == (Sum{}) {
		return nil
	}
	got, err := s.Of(path)
	if err == nil && got != s.Hex {
		err = &MismatchError{Path: path, Want: s, Got: got}
	}
	return err
}
