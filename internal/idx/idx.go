// Package idx reads the IDX format of the MNIST files, plain or compressed with gzip: two zero
// bytes, the element type, the number of dimensions, each dimension as a big-endian uint32, then
// the elements, row-major and big endian.
//
// Source: "The IDX file format" at the end of Yann LeCun's page on MNIST.
package idx

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"noise2sparse/internal/array"
	"noise2sparse/internal/bounded"
	"noise2sparse/internal/dtype"
)

var types = map[byte]dtype.DType{
	0x08: dtype.Uint8, 0x09: dtype.Int8, 0x0b: dtype.Int16, 0x0c: dtype.Int32,
	0x0d: dtype.Float32, 0x0e: dtype.Float64,
}

// maxDims is the largest number of dimensions that is read; MNIST has 3.
const maxDims = 8

// Is tells whether a file that starts with b (4 bytes at least) looks like plain IDX.
func Is(b []byte) bool {
	if len(b) < 4 || b[0] != 0 || b[1] != 0 || b[3] == 0 || b[3] > maxDims {
		return false
	}
	_, ok := types[b[2]]
	return ok
}

// IsGzip tells whether a file that starts with b is compressed with gzip.
func IsGzip(b []byte) bool { return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b }

// Read reads an IDX file, plain or compressed; its first bytes decide, not its name.
func Read(path string) (array.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return array.Array{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return array.Array{}, err
	}
	return Decode(path, f, info.Size())
}

// Decode reads an IDX file of size bytes from r; path is for messages. Offsets in messages count
// uncompressed bytes.
func Decode(path string, r io.Reader, size int64) (array.Array, error) {
	b := bufio.NewReader(r)
	a, err := array.Array{}, error(nil)
	if start, _ := b.Peek(2); IsGzip(start) {
		var z *gzip.Reader
		if z, err = gzip.NewReader(b); err == nil {
			a, err = decode(z, size*bounded.MaxDeflate, 0)
		}
	} else {
		a, err = decode(b, size, size)
	}
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		err = fmt.Errorf("%w: the file is corrupt; fetch it again", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		err = errors.New("the compressed file is truncated; fetch it again")
	}
	if err != nil {
		return array.Array{}, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// decode reads from r, behind which lie at most limit bytes, of which available exist for sure.
func decode(r io.Reader, limit, available int64) (array.Array, error) {
	var head [4]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		if n > 0 || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%d bytes are too few for an IDX file", n)
		}
		return array.Array{}, err
	}
	if !Is(head[:]) {
		return array.Array{}, fmt.Errorf("byte 0: % x does not begin an IDX file (00 00, type 08 to 0e, 1 to %d dimensions)", head, maxDims)
	}
	a := array.Array{DType: types[head[2]], Shape: make([]int, head[3])}
	for i := range a.Shape {
		var b [4]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return array.Array{}, fmt.Errorf("byte %d: truncated in the size of dimension %d", 4+4*i, i)
		}
		a.Shape[i] = int(binary.BigEndian.Uint32(b[:]))
	}
	at := int64(4 + 4*len(a.Shape))
	n, err := array.Size(a.DType, a.Shape)
	if err == nil && int64(n) > limit-at {
		err = fmt.Errorf("%v takes %d bytes, and at most %d are there: truncated or corrupt", a, n, max(0, limit-at))
	}
	if err == nil && limit > available { // compressed
		err = bounded.Check(a.String(), int64(n))
	}
	if err == nil {
		a.Bytes, err = bounded.Read(r, int64(n), available)
	}
	if err != nil {
		return array.Array{}, fmt.Errorf("byte %d: %w", at, err)
	}
	switch k, err := io.CopyN(io.Discard, r, 1); { // of gzip, the end compares the checksum
	case k > 0:
		return array.Array{}, fmt.Errorf("byte %d: bytes are left over after %v", at+int64(n), a)
	case !errors.Is(err, io.EOF):
		return array.Array{}, err
	}
	toLittle(a.Bytes, a.DType.Size())
	return a, nil
}

// toLittle reverses the bytes of every element.
func toLittle(b []byte, size int) {
	for ; size > 1 && len(b) >= size; b = b[size:] {
		for i, j := 0, size-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
}
