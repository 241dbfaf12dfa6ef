package tidy

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// MaxLines is the longest a source file may be. 60 to 200 lines are comfortable.
const MaxLines = 400

// Long names the files that may be longer, each with its reason.
var Long = map[string]string{}

var sourceExt = map[string]bool{
	".go": true, ".c": true, ".h": true, ".cu": true, ".cuh": true, ".py": true, ".sh": true, ".yaml": true,
	"": true, // scripts have no extension
}

// Sizes checks that no source file below root has more than MaxLines lines, unless long names it; and
// that what long names is there and is that long.
func Sizes(root string, long map[string]string) ([]Problem, error) {
	names, err := files(root, func(name string) bool { return sourceExt[path.Ext(name)] && name != "LICENSE" })
	if err != nil {
		return nil, err
	}
	var problems []Problem
	needed := map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		n := bytes.Count(text, []byte("\n"))
		if n <= MaxLines {
			continue
		}
		needed[name] = true
		if long[name] == "" {
			problems = append(problems, Problem{name, 0, fmt.Sprintf("has %d lines, more than %d; split it by what it does", n, MaxLines)})
		}
	}
	for name := range long {
		if !needed[name] {
			problems = append(problems, Problem{name, 0, "is listed as a long file, but is not one; take it off the list"})
		}
	}
	return problems, nil
}

// ownPath finds an absolute path into folders that differ from machine to machine.
var ownPath = regexp.MustCompile("(^|[\\s\"'`(=:,<>])/(tmp|root|home|work|Users)(/|[\\s\"'`),]|$)")

// Paths checks that no Go file below root, tests aside, holds a path such as those: temporary files
// come from os.MkdirTemp, everything else from flags, the environment or os.UserCacheDir.
func Paths(root string) ([]Problem, error) {
	names, err := files(root, func(name string) bool { return isGo(name) && !strings.HasSuffix(name, "_test.go") })
	if err != nil {
		return nil, err
	}
	var problems []Problem
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if m := ownPath.FindString(line); m != "" {
				problems = append(problems, Problem{name, i + 1, "absolute path " + strings.Trim(m, " \t\"'`(=:,<>)") + "; take it from a flag, the environment or os.MkdirTemp"})
			}
		}
	}
	return problems, nil
}
