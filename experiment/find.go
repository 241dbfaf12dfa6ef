package experiment

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/nearest"
)

// MaxFileSize bounds an experiment file, in bytes.
const MaxFileSize = 1 << 20

// reference is a name or path of an experiment, and who names it.
type reference struct {
	ref string
	by  strict.Pos // the value of base:, or nowhere: the command line
	dir string     // paths are relative to it
	own bool       // named by an experiment of the library, which can only name another one
}

// found is the text of an experiment file.
type found struct {
	id   string // one for each file, whatever it is called
	name string // the experiment's, unless the file says otherwise
	dir  string // the base's path is relative to it
	own  bool   // from the library
	text []byte
	src  *strict.Source
}

// find reads the file that r means, or reports why it can't.
func (l *loader) find(r reference) (found, bool) {
	if isPath(r.ref) && !r.own {
		return l.findFile(r)
	}
	name, ok := l.inLibrary(r.ref)
	if !ok {
		l.complain(r, "unknown experiment %q%s", r.ref, l.hint(r))
		return found{}, false
	}
	text, err := fs.ReadFile(l.library, name+".yaml")
	if err != nil {
		l.complain(r, "%v", err)
		return found{}, false
	}
	return found{
		id: "library:" + name, name: name, own: true, text: text,
		src: strict.NewFile("exp_commands/"+name+".yaml", text),
	}, true
}

var referenceLine = regexp.MustCompile(`(?m)^reference: *(\S+)$`)

// inLibrary finds the name of the library's experiment that ref means: its name, or its name in the
// reference.
func (l *loader) inLibrary(ref string) (name string, ok bool) {
	if f, err := l.library.Open(ref + ".yaml"); err == nil {
		return ref, f.Close() == nil
	}
	name, ok = l.references()[ref]
	return name, ok
}

// references maps the names that experiments of the library have in the reference to their own.
func (l *loader) references() map[string]string {
	out := map[string]string{}
	for _, n := range libraryNames(l.library) {
		text, err := fs.ReadFile(l.library, n+".yaml")
		if err != nil {
			continue
		}
		if m := referenceLine.FindSubmatch(text); m != nil {
			out[string(m[1])] = n
		}
	}
	return out
}

func isPath(ref string) bool {
	ext := filepath.Ext(ref)
	return ext == ".yaml" || ext == ".yml" || strings.ContainsAny(ref, `/\`)
}

func (l *loader) findFile(r reference) (found, bool) {
	path := r.ref
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	text, err := readFile(path)
	if err != nil {
		l.complain(r, "%v", err)
		return found{}, false
	}
	id, err := filepath.Abs(path)
	if err != nil {
		id = path
	}
	if target, err := filepath.EvalSymlinks(id); err == nil {
		id = target
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return found{id: id, name: name, dir: filepath.Dir(path), text: text, src: strict.NewFile(path, text)}, true
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such file", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s: may not be read by this user", path)
	case err != nil:
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: is a folder; give an experiment file (.yaml)", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, MaxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: can't be read: %v", path, errors.Unwrap(err))
	}
	if len(text) > MaxFileSize {
		return nil, fmt.Errorf("%s: is larger than %d KiB, so it is no experiment file", path, MaxFileSize>>10)
	}
	return text, nil
}

// complain reports a file that can't be had, where it is named.
func (l *loader) complain(r reference, format string, args ...any) {
	path := ""
	if r.by.Known() {
		path = "base"
	}
	l.rep.Addf(r.by, path, format, args...)
}

// hint says what an unknown name was probably meant to be.
func (l *loader) hint(r reference) string {
	if isPath(r.ref) {
		return "; an experiment that comes with the program can't have a file as its base"
	}
	for _, ext := range []string{".yaml", ".yml"} {
		if _, err := os.Stat(filepath.Join(r.dir, r.ref+ext)); err == nil && !r.own {
			return fmt.Sprintf("; for the file write %q", r.ref+ext)
		}
	}
	known := libraryNames(l.library)
	if h := nearest.Hint(r.ref, known); h != "" {
		return h
	}
	if near := nearest.Names(r.ref, slices.Sorted(maps.Keys(l.references()))); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q, which is %q here?", near[0], l.references()[near[0]])
	}
	return "; trainer exp list shows the known ones"
}

// libraryNames lists the experiments of a library, sorted.
func libraryNames(library fs.FS) []string {
	files, err := fs.Glob(library, "*.yaml")
	if err != nil {
		panic(err) // only a bad pattern, which is a constant
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f, ".yaml"))
	}
	sort.Strings(names)
	return names
}
