package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/cifar"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/idx"
	"noise2sparse/internal/npy"
	"noise2sparse/internal/safetensors"
	"noise2sparse/internal/torchfile"
)

// source is an opened file of any known format: descriptions first, elements when asked for.
type source struct {
	path    string
	format  string
	tensors []description
	load    func(i int) (Array, error)
	close   func() error
	classes []string // names of the classes that the labels stand for; nil where they have none
}

type description struct {
	name  string
	dtype dtype.DType
	shape []int
}

func (d description) String() string {
	name := d.name
	if name == "" {
		name = "(unnamed)"
	}
	return fmt.Sprintf("%s %v %s", name, d.dtype, array.ShapeString(d.shape))
}

// openSource opens a file, or a folder of pictures, which are decoded to three channels.
func openSource(path string) (*source, error) { return open(path, 3) }

// open opens a file. Its first bytes decide on the format, not its name; but CIFAR's binary batches
// have none to tell them by.
func open(path string, channels int) (s *source, err error) {
	if isDir(path) {
		if s, err = openCIFAR(path); errors.Is(err, errNotCIFAR) {
			s, err = openSplits(path)
		}
		if errors.Is(err, errNoSplits) {
			s, err = openPictures(path, channels)
		}
		if err == nil {
			s.path = path
		}
		return s, err
	}
	start, size, err := peek(path)
	if err != nil {
		return nil, err
	}
	switch {
	case size == 0:
		return nil, fmt.Errorf("%s: the file is empty", path)
	case isTar(path, start):
		s, err = openArchive(path, channels)
	case strings.HasSuffix(path, ".bin") && size%(cifar.Pixels+1)*(size%(cifar.Pixels+2)) == 0:
		s, err = openBatch(path)
	case idx.Is(start) || idx.IsGzip(start):
		s, err = single("IDX", path, idx.Read)
	case len(start) >= 6 && string(start[:6]) == npy.Magic:
		s, err = single("npy", path, npy.Read)
	case len(start) >= 4 && string(start[:4]) == "PK\x03\x04":
		s, err = openZip(path)
	case len(start) >= 2 && start[0] == 0x80 && start[1] >= 2 && start[1] <= 5:
		if torchfile.IsLegacy(start) {
			s, err = openTorch(path)
		} else {
			s, err = openPickle(path)
		}
	case len(start) > 8 && start[8] == '{' && binary.LittleEndian.Uint64(start) < 1<<40:
		s, err = openSafetensors(path)
	case strings.HasSuffix(path, ".bin"):
		return nil, fmt.Errorf("%s: its %d bytes are no whole number of CIFAR's images (%d or %d bytes each, labels and pixels): truncated, or another file", path, size, cifar.Pixels+1, cifar.Pixels+2)
	default:
		return nil, fmt.Errorf("%s: byte 0: neither PyTorch, safetensors, npy, npz, IDX, a CIFAR batch, pickled numpy arrays nor a tar archive (it begins with % x)", path, start[:min(9, len(start))])
	}
	if err != nil {
		return nil, err
	}
	s.path = path
	return s, nil
}

// peek returns the first bytes of a file, and its size.
func peek(path string) ([]byte, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, 0, missing(path)
		}
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is no regular file; copy what it gives into one", path)
	}
	b := make([]byte, 512)
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	return b[:n], info.Size(), nil
}

// single opens a file of one array.
func single(format, path string, read func(string) (Array, error)) (*source, error) {
	a, err := read(path)
	if err != nil {
		return nil, err
	}
	return loaded(format, []Named{{Array: a}}), nil
}

// loaded is a source whose arrays are in memory already.
func loaded(format string, all []Named) *source {
	s := &source{
		format: format,
		load:   func(i int) (Array, error) { return all[i].Array, nil },
		close:  func() error { return nil },
	}
	for _, a := range all {
		s.tensors = append(s.tensors, description{a.Name, a.Array.DType, a.Array.Shape})
	}
	return s
}

func openSafetensors(path string) (*source, error) {
	f, err := safetensors.Read(path)
	if err != nil {
		return nil, err
	}
	return loaded("safetensors", f.Tensors), nil
}

// openZip opens a zip archive: what torch.save writes, else what np.savez writes.
func openZip(path string) (*source, error) {
	s, err := openTorch(path)
	if !errors.Is(err, torchfile.ErrNoPickle) {
		return s, err
	}
	all, err := npy.ReadZip(path)
	if err != nil {
		return nil, err
	}
	return loaded("npz", all), nil
}

func openTorch(path string) (*source, error) {
	f, err := torchfile.Open(path)
	if err != nil {
		return nil, err
	}
	s := &source{
		format: f.Format,
		load:   func(i int) (Array, error) { return f.Load(f.Tensors[i]) },
		close:  f.Close,
	}
	for _, t := range f.Tensors {
		s.tensors = append(s.tensors, description{t.Name, t.DType, t.Shape})
	}
	return s, nil
}
