package data

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"noise2sparse/internal/cifar"
	"noise2sparse/internal/tarfile"
)

// place is where a split lies: files, files in an archive, or pictures in class folders.
type place struct {
	archive  string   // "": the files lie in a folder
	files    []string // paths, or names in the archive
	binary   bool     // the binary version, else the Python version
	pictures string   // a folder or an archive of them
}

// paths are the files that are opened.
func (p place) paths() []string {
	switch {
	case p.pictures != "":
		return []string{p.pictures}
	case p.archive != "":
		return []string{p.archive}
	}
	return p.files
}

func (s cifarSet) folder(dir string) string { return filepath.Join(dir, s.name) }

// locate finds where both splits lie in a folder.
func (s cifarSet) locate(folder string) (train, test place, err error) {
	train, ok1 := s.find(folder, s.train, "train")
	test, ok2 := s.find(folder, s.test, "test")
	var lacking []string
	if !ok1 {
		lacking = append(lacking, "training images")
	}
	if !ok2 {
		lacking = append(lacking, "test images")
	}
	if lacking == nil {
		return train, test, nil
	}
	return train, test, fmt.Errorf("%s has no %s: put %s-binary.tar.gz or %s-python.tar.gz there, or what is in it; or say where the datasets lie with --data-dir or %s",
		folder, strings.Join(lacking, " and no "), s.archive, s.archive, EnvDir)
}

// find looks for a split: its files as they are, then in archives, then pictures. What is read fastest
// comes first.
func (s cifarSet) find(folder string, names []string, split string) (place, bool) {
	for i, inner := range s.folders {
		files := named(names, i == 0)
		for _, dir := range []string{folder, filepath.Join(folder, inner)} {
			if p := under(dir, files); allFiles(p) {
				return place{files: p, binary: i == 0}, true
			}
		}
	}
	for i, version := range []string{"binary", "python"} {
		for _, end := range []string{".tar.gz", ".tar"} {
			if a := filepath.Join(folder, s.archive+"-"+version+end); isFile(a) {
				return place{archive: a, files: named(names, i == 0), binary: i == 0}, true
			}
		}
	}
	if p := findPictures(folder, split); p != "" {
		return place{pictures: p}, true
	}
	return place{}, false
}

// named adds the ending that files of the binary version have.
func named(names []string, binary bool) []string {
	out := append([]string(nil), names...)
	for i := range out {
		if binary {
			out[i] += ".bin"
		}
	}
	return out
}

// under puts files into a folder.
func under(folder string, files []string) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = filepath.Join(folder, f)
	}
	return out
}

func allFiles(paths []string) bool {
	for _, p := range paths {
		if !isFile(p) {
			return false
		}
	}
	return true
}

// read reads the batches of a place, in the order of its files.
func (s cifarSet) read(at place) ([]cifar.Batch, error) {
	out := make([]cifar.Batch, len(at.files))
	if at.archive != "" {
		return out, s.unpack(at, out)
	}
	readFile := cifar.ReadPython
	if at.binary {
		readFile = cifar.ReadBinary
	}
	for i, f := range at.files {
		var err error
		if out[i], err = readFile(f, s.kind); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unpack reads the batches of an archive in one pass.
func (s cifarSet) unpack(at place, out []cifar.Batch) error {
	left := len(out)
	err := tarfile.Walk(at.archive, func(e *tarfile.Entry) error {
		i := indexOf(at.files, path.Base(e.Name))
		if i < 0 || out[i].Labels != nil {
			return nil
		}
		b, err := e.Read()
		if err != nil {
			return err
		}
		name := at.archive + ": " + e.Name
		if at.binary {
			out[i], err = cifar.DecodeBinary(name, b, s.kind)
		} else {
			out[i], err = cifar.DecodePython(name, bytes.NewReader(b), int64(len(b)), s.kind)
		}
		left--
		return err
	})
	if err != nil || left == 0 {
		return err
	}
	for i, f := range at.files {
		if out[i].Labels == nil {
			return fmt.Errorf("%s: it has no %s; fetch it again", at.archive, f)
		}
	}
	return nil
}
