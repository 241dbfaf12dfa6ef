package data

import (
	"os"
	"path/filepath"
	"strings"
)

// Available tells whether a dataset's files are below dir. Generated ones need none; of "file", which
// stands for any path, there is nothing to be found.
func (k Kind) Available(dir string) bool {
	if k.find != nil {
		return k.find(dir) == nil
	}
	for _, f := range k.Needs {
		plain, packed := strings.CutSuffix(f, "[.gz]")
		if !isFile(filepath.Join(dir, plain)) && !(packed && isFile(filepath.Join(dir, plain+".gz"))) {
			return false
		}
	}
	return k.Generated || len(k.Needs) > 0
}

// isFile tells whether path is a regular file, or a link to one.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// isDir tells whether path is a folder, or a link to one.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
