// Package tidy checks the source tree itself: which package may import which, that every package says
// what it is for, that files stay small and hold no path of one machine. Its tests run the checks on
// the whole repository, and on small trees under testdata that break each rule.
package tidy

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Problem is one broken rule: where, and what to do.
type Problem struct {
	File string // relative to the root of the tree, with slashes
	Line int    // from 1; 0: the file or package as a whole
	Text string
}

// String writes the problem the way compilers do.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Root is the folder of the go.mod that the working directory lies under.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod in the working directory or above it")
		}
		dir = up
	}
}

// skipped are folders that hold no source of this project. Hidden ones are skipped too, except .ci.
var skipped = map[string]bool{"bin": true, "runs": true, "testdata": true, "vendor": true}

// files lists the regular files below root that keep says yes to, in lexical order, as paths relative
// to root with slashes.
func files(root string, keep func(name string) bool) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (skipped[name] || strings.HasPrefix(name, ".") && name != ".ci") {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && keep(name) {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			found = append(found, filepath.ToSlash(rel))
		}
		return nil
	})
	return found, err
}

func isGo(name string) bool { return strings.HasSuffix(name, ".go") }
