package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"noise2sparse/internal/tarfile"
)

// pictureStore is a folder or an archive of pictures.
type pictureStore struct {
	path   string
	folder bool
	packed bool // an archive that is compressed: it can only be read from its begin
	files  []pictureFile
}

// maxFolderDepth ends folders that contain themselves by a link.
const maxFolderDepth = 32

// list lists the pictures. Calling it again changes nothing.
func (s *pictureStore) list() error {
	if s.files != nil {
		return nil
	}
	var err error
	if s.folder {
		err = s.walk("", 0)
	} else {
		err = s.scan()
	}
	if err == nil && len(s.files) == 0 {
		err = fmt.Errorf("%s: no pictures (.jpg, .jpeg, .png) in it", s.path)
	}
	return err
}

// add takes a file that is a picture, and refuses one that would be, were its format read.
func (s *pictureStore) add(f pictureFile) error {
	if hasEnd(f.name, otherEnds) {
		return errors.New("pictures of this format are not read; convert them to PNG or JPEG")
	}
	if isPicture(f.name) {
		s.files = append(s.files, f)
	}
	return nil
}

// walk lists a folder and those in it; links are followed, as torchvision does.
func (s *pictureStore) walk(below string, depth int) error {
	dir := filepath.Join(s.path, filepath.FromSlash(below))
	if depth > maxFolderDepth {
		return fmt.Errorf("%s: folders are nested deeper than %d; does a link lead back up?", dir, maxFolderDepth)
	}
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue
		}
		info, err := e.Info()
		if err == nil && e.Type()&fs.ModeSymlink != 0 {
			info, err = os.Stat(filepath.Join(dir, e.Name()))
		}
		if err != nil {
			return err
		}
		name := path.Join(below, e.Name())
		switch {
		case info.IsDir():
			err = s.walk(name, depth+1)
		case info.Mode().IsRegular():
			if err = s.add(pictureFile{name: name, size: info.Size()}); err != nil {
				err = fmt.Errorf("%s: %w", filepath.Join(dir, e.Name()), err)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scan lists an archive.
func (s *pictureStore) scan() error {
	start, _, err := peek(s.path)
	if err != nil {
		return err
	}
	s.packed = tarfile.IsGzip(start)
	seen := map[string]bool{}
	return tarfile.Walk(s.path, func(e *tarfile.Entry) error {
		if seen[e.Name] {
			return errors.New("the archive has a file of this name already")
		}
		seen[e.Name] = true
		return s.add(pictureFile{name: e.Name, size: e.Size, offset: e.Offset})
	})
}
