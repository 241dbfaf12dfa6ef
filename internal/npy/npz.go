package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/bounded"
)

// ReadZip reads all arrays of a .npz file (np.savez or np.savez_compressed), in the order of
// writing, under their names without ".npy".
func ReadZip(path string) ([]array.Named, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return DecodeZip(path, f, info.Size())
}

// DecodeZip reads a .npz file of size bytes from r; path is for messages. What it holds is
// bounded by what the arrays' headers declare, and that by 1032 times the file's size.
func DecodeZip(path string, r io.ReaderAt, size int64) ([]array.Named, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: truncated or corrupt", path, err)
	}
	var all []array.Named
	var packed, unpacked uint64
	seen := map[string]bool{}
	for _, e := range z.File {
		name, ok := strings.CutSuffix(e.Name, ".npy")
		if !ok {
			return nil, fmt.Errorf("%s: entry %s is not a .npy array: not a .npz file", path, e.Name)
		}
		if !filepath.IsLocal(e.Name) { // nothing is written there, but no honest file has such a name
			return nil, fmt.Errorf("%s: entry %q leads out of the archive: not written by numpy", path, e.Name)
		}
		if seen[name] {
			return nil, fmt.Errorf("%s: entry %s is there twice", path, e.Name)
		}
		seen[name] = true
		// Entries that overlap would make a small file expand without bound.
		if packed += e.CompressedSize64; e.CompressedSize64 > uint64(size) || packed > uint64(size) {
			return nil, fmt.Errorf("%s: entry %s: its entries are larger than the file: corrupt", path, e.Name)
		}
		if e.Method != zip.Store {
			unpacked += e.UncompressedSize64
			if err := bounded.Check("it, with those before it,", int64(min(unpacked, math.MaxInt64))); err != nil {
				return nil, fmt.Errorf("%s: entry %s: %w", path, e.Name, err)
			}
		}
		a, err := readEntry(e, size)
		if err != nil {
			return nil, fmt.Errorf("%s: entry %s: %w", path, e.Name, err)
		}
		all = append(all, array.Named{Name: name, Array: a})
	}
	return all, nil
}

func readEntry(e *zip.File, fileSize int64) (array.Array, error) {
	if e.UncompressedSize64 > bounded.MaxDeflate*(e.CompressedSize64+1) {
		return array.Array{}, fmt.Errorf("%d bytes cannot come from %d compressed ones: corrupt", e.UncompressedSize64, e.CompressedSize64)
	}
	available := int64(0) // known to exist
	if e.Method == zip.Store {
		available = fileSize
	}
	r, err := e.Open()
	if err != nil {
		return array.Array{}, err
	}
	defer r.Close()
	a, err := decode(r, int64(e.UncompressedSize64), available)
	if err != nil {
		return array.Array{}, err
	}
	switch _, err := r.Read(make([]byte, 1)); { // only its end compares the checksum
	case errors.Is(err, zip.ErrChecksum):
		return array.Array{}, errors.New("checksum mismatch: the file is corrupt; fetch or save it again")
	case !errors.Is(err, io.EOF):
		return array.Array{}, fmt.Errorf("bytes left over after the array (%v)", err)
	}
	return a, nil
}
