package selftest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"

	"noise2sparse/data"
	"noise2sparse/gpu"
	"noise2sparse/internal/atomicfile"
	"noise2sparse/kernels"
)

// Stamp says that a selftest has passed: of this program and its kernels, on that GPU, with that driver. Where one
// of them is another, there is no stamp.
type Stamp struct {
	Version string `json:"version"`
	Kernels string `json:"kernels_sha256"`
	GPU     string `json:"gpu"`
	UUID    string `json:"uuid"`
	Driver  string `json:"driver"`
}

// StampOf is that of a GPU for a program of that version; false where the program has no kernels.
func StampOf(version string, s gpu.Summary, d gpu.Seen) (Stamp, bool) {
	image, err := kernels.Image()
	if err != nil {
		return Stamp{}, false
	}
	sum := sha256.Sum256(append(image[:len(image):len(image)], kernels.PTX()...))
	return Stamp{Version: version, Kernels: hex.EncodeToString(sum[:]), GPU: d.Name, UUID: d.UUID, Driver: s.Driver + " for CUDA " + s.CUDA}, true
}

// file is the stamp's, with its contents. Its name follows from these, so that each has its own.
func (t Stamp) file() (path string, contents []byte, err error) {
	dir, err := data.CacheFolder("selftest")
	if err != nil {
		return "", nil, err
	}
	if contents, err = json.Marshal(t); err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(contents)
	return filepath.Join(dir, "selftest-"+hex.EncodeToString(sum[:8])+".json"), append(contents, '\n'), nil
}

// Keep writes the stamp into the user's cache folder, or data.EnvCache's.
func (t Stamp) Keep() error {
	path, contents, err := t.file()
	if err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	return atomicfile.Write(path, contents)
}

// Kept tells whether it is there.
func (t Stamp) Kept() bool {
	path, contents, err := t.file()
	if err != nil {
		return false
	}
	found, err := os.ReadFile(path)
	return err == nil && string(found) == string(contents)
}
