package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"noise2sparse/internal/array"
	"noise2sparse/internal/bounded"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/picture"
	"noise2sparse/internal/tarfile"
)

// decodeJob is a picture to be decoded into dst.
type decodeJob struct {
	file  *pictureFile
	dst   []byte
	bytes []byte // its file's contents, nil where the worker is to read them
}

// decode decodes all pictures of the sets on all cores, uint8 n × channels × height × width each. The
// first picture's size is everyone's.
func (s *pictureStore) decode(sets []pictureSet, channels int) ([]Array, error) {
	size, err := s.firstSize()
	if err != nil {
		return nil, err
	}
	row, n := channels*size.Width*size.Height, int64(0)
	for _, set := range sets {
		n += int64(len(set.items))
	}
	if err := bounded.Check(fmt.Sprintf("%s: %d pictures of %v", s.path, n, size), n*int64(row)); err != nil {
		return nil, err
	}
	out := make([]Array, len(sets))
	jobs := map[string]*decodeJob{} // by name
	for i := range sets {
		items := sets[i].items
		out[i] = array.Array{DType: dtype.Uint8, Shape: []int{len(items), channels, size.Height, size.Width}, Bytes: make([]byte, len(items)*row)}
		for j := range items {
			jobs[items[j].name] = &decodeJob{file: &items[j], dst: out[i].Row(j)}
		}
	}
	return out, s.run(jobs, channels, size)
}

// firstSize reads the header of the first picture in the order of the store.
func (s *pictureStore) firstSize() (size picture.Size, err error) {
	read := func(b []byte) error {
		size, err = picture.DecodeSize(b)
		return err
	}
	first := &s.files[0]
	if s.packed {
		err := tarfile.Walk(s.path, func(e *tarfile.Entry) error {
			if e.Name != first.name {
				return nil
			}
			b, err := e.Read()
			if err == nil {
				err = read(b)
			}
			if err == nil {
				err = tarfile.ErrStop
			}
			return err
		})
		return size, err
	}
	r, err := s.open()
	if err != nil {
		return size, err
	}
	defer r.Close()
	b, err := s.read(r, first)
	if err == nil {
		err = read(b)
	}
	return size, s.at(first, err)
}

// open opens a plain archive; of a folder there is nothing to open.
func (s *pictureStore) open() (*os.File, error) {
	if s.folder {
		return nil, nil
	}
	return os.Open(s.path)
}

// read reads a picture's file.
func (s *pictureStore) read(archive *os.File, f *pictureFile) ([]byte, error) {
	if s.folder {
		return os.ReadFile(filepath.Join(s.path, filepath.FromSlash(f.name)))
	}
	b := make([]byte, f.size) // the archive was seen to be large enough
	_, err := archive.ReadAt(b, f.offset)
	return b, err
}

// at says where an error was.
func (s *pictureStore) at(f *pictureFile, err error) error {
	switch {
	case err == nil:
		return nil
	case s.folder && errors.As(err, new(*fs.PathError)): // it has the path already
		return err
	case s.folder:
		return fmt.Errorf("%s: %w", filepath.Join(s.path, filepath.FromSlash(f.name)), err)
	}
	return fmt.Errorf("%s: entry %q at byte %d: %w", s.path, f.name, f.offset, err)
}

// run decodes the jobs: the pictures of a compressed archive as they come, others in any order. Of
// several errors that of the first picture in the store counts, so it is the same each time.
func (s *pictureStore) run(jobs map[string]*decodeJob, channels int, size picture.Size) error {
	archive, err := s.open()
	if err != nil {
		return err
	}
	defer archive.Close()
	limit, err := bounded.Limit()
	if err != nil {
		return err
	}
	// What decoding takes beside the result stays below the limit too.
	workers := max(1, min(runtime.GOMAXPROCS(0), int(limit/picture.Working(size))))
	type numbered struct {
		i int
		*decodeJob
	}
	queue := make(chan numbered, 4*workers)
	errs := make([]error, len(s.files))
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for q := range queue {
				err := s.decodeOne(archive, q.decodeJob, channels, size)
				if errs[q.i] = s.at(q.file, err); err != nil {
					failed.Store(true)
				}
			}
		})
	}
	err = s.feed(jobs, func(i int, j *decodeJob) error {
		if failed.Load() { // all before it are under way, so the first of the errors is among theirs
			return tarfile.ErrStop
		}
		queue <- numbered{i, j}
		return nil
	})
	close(queue)
	wg.Wait()
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return err
}

// decodeOne does a job.
func (s *pictureStore) decodeOne(archive *os.File, j *decodeJob, channels int, size picture.Size) error {
	b := j.bytes
	if b == nil {
		var err error
		if b, err = s.read(archive, j.file); err != nil {
			return err
		}
	}
	j.bytes = nil
	return picture.Decode(j.dst, b, channels, size)
}

// feed hands out the jobs in the order of the store until give fails.
func (s *pictureStore) feed(jobs map[string]*decodeJob, give func(i int, j *decodeJob) error) error {
	if !s.packed {
		for i := range s.files {
			if j := jobs[s.files[i].name]; j != nil {
				if give(i, j) != nil {
					return nil
				}
			}
		}
		return nil
	}
	i := 0
	changed := errors.New("the archive changed while it was read; try again")
	err := tarfile.Walk(s.path, func(e *tarfile.Entry) error {
		if !isPicture(e.Name) {
			return nil
		}
		if i >= len(s.files) || s.files[i].name != e.Name {
			return changed
		}
		j := jobs[e.Name]
		i++
		if j == nil {
			return nil
		}
		var err error
		if j.bytes, err = e.Read(); err != nil {
			return err
		}
		return give(i-1, j)
	})
	if err == nil && i < len(s.files) {
		err = fmt.Errorf("%s: %w", s.path, changed)
	}
	return err
}
