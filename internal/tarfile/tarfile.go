// Package tarfile reads the regular files of a tar archive, plain or compressed with gzip, one after
// the other, without unpacking it to disk. It refuses what no data set needs: names that lead out of
// the archive, links, devices and sparse files.
//
// Source: POSIX.1-2001 pax, by way of archive/tar; RFC 1952 (gzip).
package tarfile

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"

	"noise2sparse/internal/bounded"
)

// MaxEntries is the largest number of entries that is read: twice ImageNet's 14 million images.
const MaxEntries = 28 << 20

// Entry is a regular file of an archive.
type Entry struct {
	Name   string // clean, with slashes
	Size   int64
	Offset int64 // of its contents in the archive, uncompressed

	r io.Reader
	// there is how many bytes are known to follow: the archive's, or 0 where it is compressed.
	there int64
}

// Read reads the entry's contents, once and before the next entry.
func (e *Entry) Read() ([]byte, error) { return bounded.Read(e.r, e.Size, e.there) }

// Walk calls f for each regular file of an archive, in order. An error of f ends it, and comes back
// with the path, the name and the offset before it, unless it is ErrStop.
func Walk(file string, f func(*Entry) error) error {
	r, err := os.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return err
	}
	return Decode(file, r, info.Size(), f)
}

// ErrStop ends a walk without an error.
var ErrStop = errors.New("enough was read")

// IsGzip tells whether a file that starts with b is compressed.
func IsGzip(b []byte) bool { return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b }

// Is tells whether a file that starts with b (512 bytes) is a plain tar archive.
func Is(b []byte) bool {
	return len(b) >= 265 && string(b[257:262]) == "ustar"
}

// Decode is Walk over size bytes of r. A compressed archive may unpack to bounded.Limit bytes; the
// offsets in messages count unpacked bytes.
func Decode(file string, r io.Reader, size int64, f func(*Entry) error) error {
	b := bufio.NewReaderSize(r, 1<<16)
	if start, _ := b.Peek(2); !IsGzip(start) {
		return walk(file, &counter{r: b, limit: math.MaxInt64}, size, f)
	}
	limit, err := bounded.Limit()
	if err != nil {
		return err
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return fmt.Errorf("%s: byte 0: %w: not a gzip file", file, err)
	}
	c := &counter{r: z, limit: limit}
	if err := walk(file, c, 0, f); err != nil {
		return err
	}
	// Only the end compares the checksum.
	if _, err := io.Copy(io.Discard, c); err != nil {
		return fmt.Errorf("%s: byte %d: %w", file, c.n, explain(err))
	}
	return nil
}

// counter counts what is read, and ends it at a limit.
type counter struct {
	r        io.Reader
	n, limit int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if c.n += int64(n); c.n > c.limit {
		return 0, bounded.Check("the archive", c.n)
	}
	return n, err
}

// walk reads the archive. there is its size where it is plain.
func walk(file string, c *counter, there int64, f func(*Entry) error) error {
	t := tar.NewReader(c)
	for n := 0; ; n++ {
		at := (c.n + 511) / 512 * 512 // the header's, behind the padding
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			if n == 0 {
				return fmt.Errorf("%s: byte 0: the archive is empty", file)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: byte %d: %w", file, at, explain(err))
		}
		if n == MaxEntries {
			return fmt.Errorf("%s: byte %d: more than %d entries", file, at, MaxEntries)
		}
		name, err := check(h)
		if err == nil && there > 0 && h.Size > there-c.n {
			err = fmt.Errorf("%d bytes are declared, and %d are there: truncated or corrupt", h.Size, there-c.n)
		}
		if err == nil && there == 0 {
			err = bounded.Check("it", h.Size)
		}
		if err == nil && name != "" {
			err = f(&Entry{Name: name, Size: h.Size, Offset: c.n, r: t, there: there})
		}
		if errors.Is(err, ErrStop) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: entry %q at byte %d: %w", file, h.Name, at, explain(err))
		}
	}
}

// check returns the clean name of a regular file, "" for a folder, and an error for anything else.
func check(h *tar.Header) (string, error) {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
	case tar.TypeXGlobalHeader:
		return "", nil
	case tar.TypeSymlink, tar.TypeLink:
		return "", fmt.Errorf("a link to %q; archives of data hold plain files: make it anew with tar --dereference --hard-dereference", h.Linkname)
	default:
		return "", fmt.Errorf("neither a file nor a folder (type %q)", h.Typeflag)
	}
	for k := range h.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse.") {
			return "", errors.New("a sparse file; make the archive anew without --sparse")
		}
	}
	name := path.Clean(h.Name)
	if !filepath.IsLocal(name) || strings.ContainsAny(name, "\\\x00") {
		return "", errors.New("its name leads out of the archive")
	}
	if h.Size < 0 {
		return "", fmt.Errorf("a size of %d bytes", h.Size)
	}
	if h.Typeflag == tar.TypeDir {
		return "", nil
	}
	return name, nil
}

// explain says what to do about the errors of gzip and tar.
func explain(err error) error {
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("%w: the file is corrupt; fetch it again", err)
	case errors.Is(err, tar.ErrHeader):
		return fmt.Errorf("%w: not a tar archive, or corrupt", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("truncated; fetch the file again")
	}
	return err
}
