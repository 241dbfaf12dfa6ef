package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strings"
)

// Docs checks that every package below root has exactly one package comment, and that it begins the
// way go doc expects: "Package name ", or "Command folder " where the package is a program.
func Docs(root string) ([]Problem, error) {
	names, err := files(root, func(name string) bool { return isGo(name) && !strings.HasSuffix(name, "_test.go") })
	if err != nil {
		return nil, err
	}
	var dirs []string
	docs := map[string][]string{} // folder: the files that hold a package comment
	var problems []Problem
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return nil, err
		}
		dir := path.Dir(name)
		if _, seen := docs[dir]; !seen {
			dirs = append(dirs, dir)
			docs[dir] = nil
		}
		if f.Doc == nil {
			continue
		}
		docs[dir] = append(docs[dir], name)
		if want := opening(f, dir); !strings.HasPrefix(f.Doc.Text(), want) {
			problems = append(problems, Problem{name, 0, fmt.Sprintf("the package comment must begin with %q", want)})
		}
	}
	for _, dir := range dirs {
		switch found := docs[dir]; {
		case len(found) == 0:
			problems = append(problems, Problem{dir, 0, "no file has a package comment; say in one what the package is for"})
		case len(found) > 1:
			problems = append(problems, Problem{dir, 0, "more than one package comment, which go doc joins: " + strings.Join(found, ", ")})
		}
	}
	return problems, nil
}

func opening(f *ast.File, dir string) string {
	if f.Name.Name == "main" {
		return "Command " + path.Base(dir) + " "
	}
	return "Package " + f.Name.Name + " "
}
