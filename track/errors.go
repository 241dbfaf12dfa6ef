package track

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// explain says what an error of the file system means to whoever chose the folder, and what to do.
// It is nil for a nil err, and wraps err otherwise.
func explain(path, what string, err error) error {
	if err == nil {
		return nil
	}
	var advice string
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		advice = "free some space and resume the run, or choose another --out"
	case errors.Is(err, syscall.ENOTDIR):
		if file := fileOnTheWay(path); file != "" {
			return fmt.Errorf("%s: %s: %s is a file, not a folder; choose another --out", path, what, file)
		}
		advice = "a part of the path is a file, not a folder; choose another --out"
	case errors.Is(err, fs.ErrPermission):
		advice = "choose another --out, or get the right to write there"
	case errors.Is(err, syscall.EROFS):
		advice = "choose another --out"
	default:
		return fmt.Errorf("%s: %s: %w", path, what, cause(err))
	}
	return fmt.Errorf("%s: %s: %w; %s", path, what, cause(err), advice)
}

// cause strips the path from an error of os, which the message already names.
func cause(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}

// fileOnTheWay is the first part of path that exists and is no folder, or "".
func fileOnTheWay(path string) string {
	for p := filepath.Clean(path); ; p = filepath.Dir(p) {
		if st, err := os.Stat(p); err == nil {
			if st.IsDir() {
				return ""
			}
			return p
		}
		if p == filepath.Dir(p) {
			return ""
		}
	}
}

// first is the first error that is not nil: one line, where errors.Join gives several.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
