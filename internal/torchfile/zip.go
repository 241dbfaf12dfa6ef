package torchfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"noise2sparse/internal/bounded"
	"noise2sparse/internal/pickle"
)

// ErrNoPickle tells that a zip archive is not one of PyTorch's.
var ErrNoPickle = errors.New("a zip archive without data.pkl: not written by torch.save")

// openZip reads an archive of <name>/data.pkl and, per storage, <name>/data/<key>.
func (f *File) openZip(r io.ReaderAt, size int64) error {
	f.Format = "PyTorch zip"
	z, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("%w: truncated or corrupt; fetch or save it again", err)
	}
	entries := make(map[string]*zip.File, len(z.File))
	prefix := ""
	for _, e := range z.File {
		if _, twice := entries[e.Name]; twice {
			return fmt.Errorf("entry %s is there twice", e.Name)
		}
		if !filepath.IsLocal(e.Name) { // nothing is written there, but no honest file has such a name
			return fmt.Errorf("entry %q leads out of the archive: not written by torch.save", e.Name)
		}
		entries[e.Name] = e
		if dir, ok := strings.CutSuffix(e.Name, "data.pkl"); ok && strings.Count(e.Name, "/") <= 1 {
			prefix = dir
		}
	}
	data, ok := entries[prefix+"data.pkl"]
	if !ok {
		return ErrNoPickle
	}
	if _, ok := entries[prefix+"constants.pkl"]; ok {
		return errors.New("a TorchScript program, not tensors; in Python, torch.save(torch.jit.load(path).state_dict(), new)")
	}
	if err := checkByteOrder(entries[prefix+"byteorder"], size); err != nil {
		return err
	}
	if data.UncompressedSize64 > pickle.MaxBytes {
		return fmt.Errorf("%s has %d bytes; at most %d are read", data.Name, data.UncompressedSize64, pickle.MaxBytes)
	}
	b, err := readEntry(data, size)
	if err != nil {
		return err
	}
	if f.Root, err = f.decoder(bytes.NewReader(b), int64(len(b))).Decode(); err != nil {
		return fmt.Errorf("%s: %w", data.Name, err)
	}
	f.read = func(s *storage) ([]byte, error) {
		e, ok := entries[prefix+"data/"+s.key]
		if !ok {
			return nil, fmt.Errorf("storage %sdata/%s is missing", prefix, s.key)
		}
		if uint64(s.bytes()) != e.UncompressedSize64 {
			return nil, fmt.Errorf("storage %s has %d bytes where %d are declared", e.Name, e.UncompressedSize64, s.bytes())
		}
		return readEntry(e, size)
	}
	return nil
}

func checkByteOrder(e *zip.File, size int64) error {
	if e == nil {
		return nil // files before PyTorch 2.1 do not say; all common machines are little endian
	}
	b, err := readEntry(e, size)
	if err == nil && string(b) != "little" {
		err = fmt.Errorf("%s is %.10q; only little-endian files are read", e.Name, b)
	}
	return err
}

// readEntry reads a whole entry and checks its CRC-32. torch.save stores without compression, so
// an entry is never larger than the file.
func readEntry(e *zip.File, fileSize int64) ([]byte, error) {
	if e.Method != zip.Store || e.CompressedSize64 != e.UncompressedSize64 {
		return nil, fmt.Errorf("entry %s is compressed, which torch.save never does; load and save it again in PyTorch", e.Name)
	}
	at, err := e.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w", e.Name, err)
	}
	if e.UncompressedSize64 > uint64(max(0, fileSize-at)) {
		return nil, fmt.Errorf("entry %s at byte %d: %d bytes declared in a file of %d: truncated or corrupt", e.Name, at, e.UncompressedSize64, fileSize)
	}
	r, err := e.Open()
	if err != nil {
		return nil, fmt.Errorf("entry %s at byte %d: %w", e.Name, at, err)
	}
	defer r.Close()
	b, err := bounded.Read(r, int64(e.UncompressedSize64), fileSize)
	if err == nil {
		_, err = r.Read(make([]byte, 1)) // only its end compares the checksum
	}
	switch {
	case errors.Is(err, zip.ErrChecksum):
		return nil, fmt.Errorf("entry %s at byte %d: checksum mismatch: the file is corrupt; fetch or save it again", e.Name, at)
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("entry %s at byte %d: %w", e.Name, at, err)
	}
	return b, nil
}
