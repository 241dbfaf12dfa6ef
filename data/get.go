package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"noise2sparse/internal/download"
)

// GetOptions say what to fetch.
type GetOptions struct {
	Dir  string // DATA_DIR
	Name string // of a Source
	// From is a file, folder or address to take it from in place of the known addresses: the file
	// itself where the source is one file, else the folder (an address that ends in "/").
	From string
	// Unverified accepts a file of other content than the known one, as long as it is what it should
	// be: other versions of the same data.
	Unverified bool
	Client     download.Client
	Begin      func(f SourceFile) // called before each file that is fetched; nil: nobody wants to know
}

// GotFile is one file that is in place.
type GotFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	There  bool   `json:"was_there_already"`
	From   string `json:"from,omitempty"` // where it was taken from, "" where it was there
	Read   string `json:"published_at,omitempty"`
}

// Got is what Get brought.
type Got struct {
	Name    string    `json:"name"`
	Files   []GotFile `json:"files"`
	Dataset *Dataset  `json:"-"` // read once to see that it is whole; nil: weights
}

// Get brings all files of a source to DATA_DIR, verified, and reads the dataset once. What is there
// already is verified and left as it is. When ctx is cancelled, or something fails, what has come
// stays for the next call.
func Get(ctx context.Context, o GetOptions) (*Got, error) {
	e, err := Sources.Get(o.Name)
	if err != nil {
		return nil, err
	}
	files, err := e.Value.from(o)
	if err != nil {
		return nil, err
	}
	got := &Got{Name: o.Name}
	var fresh []string
	for _, f := range files {
		g, err := getFile(ctx, o, f)
		if err != nil {
			return got, err
		}
		if !g.There {
			fresh = append(fresh, g.Path)
		}
		got.Files = append(got.Files, g)
	}
	if !e.Value.Parses {
		return got, nil
	}
	got.Dataset, err = Load(Options{Dir: o.Dir, Name: o.Name})
	if err != nil && o.Unverified { // it is not what it was taken for: take it away again
		for _, p := range fresh {
			err = errors.Join(err, os.Remove(p))
		}
	}
	return got, err
}

// from are the files of s with the addresses that o asks for.
func (s Source) from(o GetOptions) ([]SourceFile, error) {
	files := append([]SourceFile(nil), s.Files...)
	for i := range files {
		f := &files[i]
		if o.Unverified {
			f.Sum, f.Size = download.Sum{}, 0
		}
		switch {
		case o.From != "":
			at, err := placeOf(o.From, path.Base(f.Path), len(files))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.Name, err)
			}
			f.URLs, f.Read = []string{at}, ""
		case len(f.URLs) == 0 && !isFile(filepath.Join(o.Dir, filepath.FromSlash(f.Path))):
			return nil, fmt.Errorf("%s can't be fetched: %s", o.Name, s.Elsewhere)
		}
	}
	return files, nil
}

// placeOf is where a file of this name is to be taken from; of is the number of files.
func placeOf(from, name string, of int) (string, error) {
	switch {
	case isURL(from) && strings.HasSuffix(from, "/"):
		return from + name, nil
	case !isURL(from) && isDir(from):
		return filepath.Join(from, name), nil
	case !isURL(from) && !isThere(from):
		return "", fmt.Errorf("--from: no file or folder %s, and no address either, which begins with http:// or https://", from)
	case of > 1:
		return "", fmt.Errorf("it is %d files: give --from the folder that has them, or an address that ends in /", of)
	}
	return from, nil
}

func isThere(path string) bool { _, err := os.Stat(path); return !errors.Is(err, fs.ErrNotExist) }

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

func getFile(ctx context.Context, o GetOptions, f SourceFile) (GotFile, error) {
	g := GotFile{Path: filepath.Join(o.Dir, filepath.FromSlash(f.Path)), Read: f.Read}
	if o.Begin != nil && !isFile(g.Path) {
		o.Begin(f)
	}
	var err error
	if at := f.file(); len(f.URLs) == 1 && !isURL(f.URLs[0]) {
		g.From = f.URLs[0]
		err = o.Client.Copy(ctx, at, g.From, g.Path)
	} else {
		if len(f.URLs) > 0 {
			g.From = f.URLs[0]
		}
		err = o.Client.Get(ctx, at, g.Path)
	}
	if errors.Is(err, fs.ErrExist) {
		g.There, g.From, err = true, "", nil
	}
	var other *download.MismatchError
	var size *download.SizeError
	if errors.As(err, &other) || o.From != "" && errors.As(err, &size) {
		err = fmt.Errorf("%w; --unverified accepts another version of it, once it is moved away from %s if it lies there", err, g.Path)
	}
	if err == nil {
		g.SHA256, g.Bytes, err = hashFile(g.Path)
	}
	return g, err
}
