package torchfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/pickle"
)

// dataAlign is what each entry's first byte is a multiple of in the file, as torch.save has it, so
// that torch.load(mmap=True) can use tensors where they lie.
const dataAlign = 64

// archiveName is the folder inside the archive. torch.load takes any.
const archiveName = "archive/"

// Write writes v as torch.save does (zip format, protocol 2), so that torch.load reads it with
// weights_only=True and with mmap=True. v holds what pickle.Encode knows and, anywhere in it,
// array.Array: these become contiguous tensors on the CPU, each with a storage of its own. uint64
// is refused, since PyTorch has hardly an operation for it. Nothing is written where v is wrong.
func Write(w io.Writer, v any) error {
	s := &saver{}
	root, err := s.convert(v, 0)
	if err != nil {
		return fmt.Errorf("torchfile: %w", err)
	}
	data, err := pickle.Encode(root)
	if err != nil {
		return fmt.Errorf("torchfile: %w", err)
	}
	a := newZip(w)
	a.add("data.pkl", data)
	a.add("byteorder", []byte("little"))
	for i, b := range s.storages {
		a.add(fmt.Sprintf("data/%d", i), b)
	}
	a.add("version", []byte("3\n"))
	return a.close()
}

// saver turns arrays into what rebuilds them, and keeps their bytes.
type saver struct{ storages [][]byte }

func (s *saver) convert(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("containers are nested deeper than %d", maxDepth)
	}
	switch x := v.(type) {
	case array.Array:
		return s.tensor(x)
	case pickle.Tuple:
		items, err := s.all(x, depth)
		return pickle.Tuple(items), err
	case *pickle.List:
		items, err := s.all(x.Items, depth)
		return &pickle.List{Items: items}, err
	case *pickle.Dict:
		d := &pickle.Dict{}
		for _, e := range x.Entries {
			value, err := s.convert(e.Value, depth+1)
			if err != nil {
				return nil, fmt.Errorf("%v: %w", e.Key, err)
			}
			d.Set(e.Key, value)
		}
		return d, nil
	}
	return v, nil
}

func (s *saver) all(items []any, depth int) ([]any, error) {
	out := make([]any, len(items))
	for i, v := range items {
		var err error
		if out[i], err = s.convert(v, depth+1); err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
	}
	return out, nil
}

// tensor is torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks).
func (s *saver) tensor(a array.Array) (any, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	class := storageClass(a.DType)
	if class == "" {
		return nil, fmt.Errorf("%v: such tensors are not written; convert them to int64", a)
	}
	key := fmt.Sprint(len(s.storages))
	s.storages = append(s.storages, a.Bytes)
	size, stride := make(pickle.Tuple, len(a.Shape)), make(pickle.Tuple, len(a.Shape))
	for i, n := len(a.Shape)-1, 1; i >= 0; i-- {
		size[i], stride[i] = a.Shape[i], n
		n *= max(1, a.Shape[i])
	}
	storage := pickle.Persistent{ID: pickle.Tuple{"storage", pickle.Global{Module: "torch", Name: class}, key, "cpu", len(a.Bytes) / a.DType.Size()}}
	hooks := pickle.Reduce{Func: pickle.Global{Module: "collections", Name: "OrderedDict"}, Args: pickle.Tuple{}}
	return pickle.Reduce{
		Func: pickle.Global{Module: "torch._utils", Name: "_rebuild_tensor_v2"},
		Args: pickle.Tuple{storage, 0, size, stride, false, hooks},
	}, nil
}

// storageClass is the name of torch's storage of a type; "" where there is none.
func storageClass(d dtype.DType) string {
	for name, t := range storageTypes {
		if t == d {
			return name
		}
	}
	return ""
}

// zipFile is a zip file whose entries are stored as they are, at aligned places.
type zipFile struct {
	at  int64 // bytes written
	w   io.Writer
	zip *zip.Writer
	err error
}

func newZip(w io.Writer) *zipFile {
	a := &zipFile{w: w}
	a.zip = zip.NewWriter(a)
	return a
}

// Write passes bytes on and counts them.
func (a *zipFile) Write(p []byte) (int, error) {
	n, err := a.w.Write(p)
	a.at += int64(n)
	return n, err
}

// add writes an entry. Its extra field "FB" is what PyTorch pads with.
func (a *zipFile) add(name string, data []byte) {
	if a.err != nil {
		return
	}
	const localHeader, extraHeader = 30, 4
	n := uint64(len(data))
	h := &zip.FileHeader{Name: archiveName + name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(data), CompressedSize64: n, UncompressedSize64: n}
	if a.err = a.zip.Flush(); a.err != nil { // so that a.at is where the entry begins
		return
	}
	pad := -(a.at + int64(localHeader+len(h.Name)+extraHeader)) & (dataAlign - 1)
	h.Extra = binary.LittleEndian.AppendUint16([]byte("FB"), uint16(pad))
	h.Extra = append(h.Extra, bytes.Repeat([]byte("Z"), int(pad))...)
	var entry io.Writer
	if entry, a.err = a.zip.CreateRaw(h); a.err == nil {
		_, a.err = entry.Write(data)
	}
}

func (a *zipFile) close() error {
	if a.err != nil {
		return a.err
	}
	return a.zip.Close()
}
