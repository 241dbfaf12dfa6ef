package torchfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"noise2sparse/internal/bounded"
	"noise2sparse/internal/pickle"
)

// magic opens a legacy file, pickled as an integer.
var magic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

// protocol is the version of the legacy format, pickled after the magic number.
const protocol = int64(1001)

// IsLegacy tells whether a file that starts with b (22 bytes) begins with the pickled magic number: an
// integer of 10 bytes, from protocol 4 on within a frame.
func IsLegacy(b []byte) bool {
	if len(b) < 2 || b[0] != 0x80 {
		return false
	}
	b = b[2:]
	if len(b) >= 9 && b[0] == 0x95 {
		b = b[9:]
	}
	return bytes.HasPrefix(b, []byte{0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19})
}

// openLegacy reads five pickles (magic, protocol, system, the object, the storages' keys), which
// the storages follow: for each a 64-bit number of elements, then the elements.
func (f *File) openLegacy(r io.ReaderAt, size int64) error {
	f.Format = "PyTorch legacy"
	d := f.decoder(io.NewSectionReader(r, 0, size), size)
	storages := map[string]*storage{}
	d.PersistentLoad = func(id any) (any, error) {
		s, err := persistent(id)
		if err == nil {
			err = declare(storages, s.(*storage))
		}
		return s, err
	}
	var v [5]any
	for i, what := range []string{"magic number", "protocol version", "system information", "saved object", "list of storages"} {
		at := d.Offset()
		var err error
		if v[i], err = d.Decode(); err != nil {
			var e *pickle.Error
			if errors.As(err, &e) {
				return fmt.Errorf("byte %d (%s): %w", e.Offset, what, e.Err)
			}
			return fmt.Errorf("byte %d (%s): %w", at, what, err)
		}
		if err := checkPreamble(i, v[i]); err != nil {
			return fmt.Errorf("byte %d: %w", at, err)
		}
	}
	f.Root = v[3]
	places, err := locate(r, size, d.Offset(), v[4], storages)
	if err != nil {
		return err
	}
	f.read = func(s *storage) ([]byte, error) {
		at, ok := places[s.key]
		if !ok {
			return nil, fmt.Errorf("storage %q is missing", s.key)
		}
		return bounded.Read(io.NewSectionReader(r, at, s.bytes()), s.bytes(), size)
	}
	return nil
}

// declare refuses a storage that is described in two ways.
func declare(known map[string]*storage, s *storage) error {
	if k, ok := known[s.key]; ok && *k != *s {
		return fmt.Errorf("storage %q is declared as %d %v and as %d %v", s.key, k.n, k.dtype, s.n, s.dtype)
	}
	known[s.key] = s
	return nil
}

func checkPreamble(i int, v any) error {
	switch i {
	case 0:
		if m, ok := v.(*big.Int); !ok || m.Cmp(magic) != 0 {
			return errors.New("not a PyTorch file: its first pickle is not PyTorch's magic number")
		}
	case 1:
		if v != protocol {
			return fmt.Errorf("legacy protocol %v; %d is read", v, protocol)
		}
	case 2:
		d, ok := v.(*pickle.Dict)
		if !ok {
			return errors.New("the system information is not a dict")
		}
		if little, ok := d.Get("little_endian"); ok && little != true {
			return errors.New("written on a big-endian machine; only little-endian files are read")
		}
	}
	return nil
}

// locate finds where each storage's elements begin.
func locate(r io.ReaderAt, size, at int64, keys any, storages map[string]*storage) (map[string]int64, error) {
	list, ok := keys.(*pickle.List)
	if !ok {
		return nil, fmt.Errorf("byte %d: the keys of the storages are not a list", at)
	}
	places := map[string]int64{}
	for _, k := range list.Items {
		key, _ := k.(string)
		s, ok := storages[key]
		if !ok {
			return nil, fmt.Errorf("byte %d: storage %v belongs to no tensor", at, k)
		}
		var b [8]byte
		if _, err := r.ReadAt(b[:], at); err != nil {
			return nil, fmt.Errorf("byte %d: storage %q is cut off: %w", at, key, noEOF(err))
		}
		if n := binary.LittleEndian.Uint64(b[:]); n != uint64(s.n) {
			return nil, fmt.Errorf("byte %d: storage %q has %d elements where %d are declared", at, key, n, s.n)
		}
		at += 8
		if s.bytes() > size-at {
			return nil, fmt.Errorf("byte %d: storage %q needs %d bytes and %d are there: truncated", at, key, s.bytes(), size-at)
		}
		places[key] = at
		at += s.bytes()
	}
	return places, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
