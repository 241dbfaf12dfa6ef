package npy

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"noise2sparse/internal/array"
)

// WriteZip writes arrays as a .npz file, as np.savez does: stored without compression, one .npy
// entry for each name. numpy turns a name with slashes into one with slashes too. Nothing is
// written where a name is there twice or an array can't be written.
func WriteZip(w io.Writer, arrays []array.Named) error {
	seen := map[string]bool{}
	for _, a := range arrays {
		if a.Name == "" || strings.ContainsRune(a.Name, 0) {
			return fmt.Errorf("npz: %q can't be an array's name", a.Name)
		}
		if seen[a.Name] {
			return fmt.Errorf("npz: the name %s is there twice", a.Name)
		}
		seen[a.Name] = true
		if err := Write(io.Discard, a.Array); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	z := zip.NewWriter(w)
	for _, a := range arrays {
		if err := writeEntry(z, a); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	return z.Close()
}

// writeEntry writes the sizes before the content, so that readers without seeking can use them.
func writeEntry(z *zip.Writer, a array.Named) error {
	var b bytes.Buffer
	if err := Write(&b, a.Array); err != nil {
		return err
	}
	n := uint64(b.Len())
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: a.Name + ".npy", Method: zip.Store, CRC32: crc32.ChecksumIEEE(b.Bytes()),
		CompressedSize64: n, UncompressedSize64: n,
	})
	if err == nil {
		_, err = b.WriteTo(w)
	}
	return err
}
