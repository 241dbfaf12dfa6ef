package track

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"noise2sparse/internal/array"
	"noise2sparse/internal/safetensors"
)

// format is the metadata that makes PyTorch's loaders accept the files.
var format = map[string]string{"format": "pt"}

func writeTensors(w io.Writer, tensors []array.Named) error {
	return safetensors.Write(w, tensors, format)
}

// loadTensors reads a file of a checkpoint, in one pass, and verifies it. That the hash differs is
// said rather than what the damage did to the format.
func loadTensors(checkpoint, name string, m *Manifest) ([]array.Named, error) {
	broken := func(format string, args ...any) error {
		return &BrokenError{Path: checkpoint, Reason: name + " " + fmt.Sprintf(format, args...)}
	}
	path := filepath.Join(checkpoint, name)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, broken("is missing")
	}
	if err != nil {
		return nil, explain(path, "cannot read", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, explain(path, "cannot read", err)
	}
	want, ok := m.Files[name]
	if !ok {
		return nil, broken("has no hash in %s", stateName)
	}
	if st.Size() != want.Bytes {
		return nil, broken("has %d bytes instead of %d", st.Size(), want.Bytes)
	}
	hash := sha256.New()
	contents, derr := safetensors.Decode(path, io.TeeReader(f, hash), st.Size())
	if _, err := io.Copy(hash, f); err != nil { // what an error left unread
		return nil, explain(path, "cannot read", err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want.SHA256 {
		return nil, broken("has sha256 %s instead of %s", got, want.SHA256)
	}
	if derr != nil {
		return nil, broken("cannot be read: %v", derr)
	}
	return contents.Tensors, nil
}
