package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"unicode/utf8"
	"unsafe"
)

// maxLong is the longest integer, in bytes. PyTorch's magic number has 10.
const maxLong = 255

// maxName is the longest module or class name, in bytes.
const maxName = 512

func (d *Decoder) byte() (byte, error) {
	if d.off >= d.end {
		return 0, d.short(1)
	}
	b, err := d.r.ReadByte()
	if err != nil {
		return 0, d.wrap(err, 1)
	}
	d.off++
	return b, nil
}

// bytes reads n bytes, which must lie within the pickle: so what is allocated exists.
func (d *Decoder) bytes(n uint64) ([]byte, error) {
	if n > uint64(d.end-d.off) {
		return nil, d.short(n)
	}
	b := make([]byte, n)
	k, err := io.ReadFull(d.r, b)
	d.off += int64(k)
	if err != nil {
		return nil, d.wrap(err, n)
	}
	return b, nil
}

func (d *Decoder) short(n uint64) error {
	if d.end < d.size {
		return fmt.Errorf("needs %d more bytes, and would be longer than %d bytes, the most that is read", n, d.limit())
	}
	return fmt.Errorf("truncated: needs %d more bytes, and %d are there", n, d.end-d.off)
}

func (d *Decoder) wrap(err error, n uint64) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("truncated: needs %d more bytes", n)
	}
	return err
}

// uint reads a little-endian unsigned integer of n bytes.
func (d *Decoder) uint(n uint64) (uint64, error) {
	b, err := d.bytes(n)
	if err != nil {
		return 0, err
	}
	var w [8]byte
	copy(w[:], b)
	return binary.LittleEndian.Uint64(w[:]), nil
}

// counted reads a length of n bytes and then as many bytes as it says.
func (d *Decoder) counted(n uint64) ([]byte, error) {
	k, err := d.uint(n)
	if err != nil {
		return nil, err
	}
	return d.bytes(k)
}

func (d *Decoder) text(n uint64) (string, error) {
	b, err := d.counted(n)
	if err == nil && !utf8.Valid(b) {
		err = errors.New("a string is not valid UTF-8")
	}
	return unsafe.String(unsafe.SliceData(b), len(b)), err // b has no other owner; a copy could be large
}

// rawText reads a string of Python 2, which may be bytes.
func (d *Decoder) rawText(n uint64) (any, error) {
	b, err := d.counted(n)
	if err != nil || utf8.Valid(b) {
		return string(b), err
	}
	if !d.RawStrings {
		return nil, errors.New("a string is not valid UTF-8")
	}
	return b, nil
}

// line reads up to a newline, which is dropped.
func (d *Decoder) line() (string, error) {
	var b []byte
	for {
		c, err := d.byte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			return string(b), nil
		}
		if b = append(b, c); len(b) > maxName {
			return "", fmt.Errorf("a name is longer than %d bytes", maxName)
		}
	}
}

func (d *Decoder) float() (float64, error) {
	b, err := d.bytes(8)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

// long reads a little-endian two's-complement integer, its length before it.
func (d *Decoder) long(n uint64) (any, error) {
	k, err := d.uint(n)
	if err != nil {
		return nil, err
	}
	if k > maxLong {
		return nil, fmt.Errorf("an integer of %d bytes; at most %d are read", k, maxLong)
	}
	b, err := d.bytes(k)
	if err != nil || k == 0 {
		return int64(0), err
	}
	negative := b[k-1]&0x80 != 0
	if k <= 8 {
		var w [8]byte
		if negative {
			w = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
		}
		copy(w[:], b)
		return int64(binary.LittleEndian.Uint64(w[:])), nil
	}
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	v := new(big.Int).SetBytes(b)
	if negative {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*k)))
	}
	if v.IsInt64() {
		return v.Int64(), nil
	}
	return v, nil
}
