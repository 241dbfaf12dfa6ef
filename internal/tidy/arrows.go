package tidy

import (
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Rule says what the packages that From matches may import of this module. A pattern is a package's
// path below the module, or a path and "/..." for it and all below; "..." alone is everything. What
// one From matches is one unit, free to import its own parts.
type Rule struct {
	From string
	May  []string
}

// Rules are the project's import arrows, drawn in ARCHITECTURE.md. The first row that matches a
// package counts, and a package without a row is refused, so a new one is thought about once. The
// standard library and other modules are open to all. Tests may import any package but commands.
var Rules = []Rule{
	{"cmd/...", []string{"..."}},
	{"scripts/...", []string{"internal/..."}},

	{"exp_commands/...", nil},
	{"experiment/...", []string{"exp_commands", "launch/request", "train", "model", "optim", "metric", "data", "internal/..."}},
	{"launch/request/...", []string{"internal/..."}},
	{"launch/...", []string{"experiment", "experiment/strict", "convert", "train", "model", "metric", "data", "track", "report", "compute", "internal/..."}},
	{"convert/...", []string{"model", "optim", "internal/..."}},
	{"selftest/...", []string{"golden", "data", "compute", "compute/computetest", "gpu", "kernels", "internal/..."}},
	{"golden/...", []string{"train", "model", "optim", "metric", "data", "track", "compute", "internal/..."}},
	{"train/...", []string{"model", "optim", "metric", "data", "track", "compute", "internal/..."}},
	{"model/...", []string{"compute", "internal/..."}},
	{"optim/...", []string{"compute", "internal/..."}},
	{"metric/...", []string{"compute", "internal/..."}},
	{"data/...", []string{"internal/..."}},
	{"track/...", []string{"internal/..."}},
	{"report/...", []string{"track", "internal/..."}},

	{"compute", []string{"internal/..."}},
	{"compute/computetest/...", []string{"compute", "internal/..."}},
	{"compute/cpu/...", []string{"compute", "internal/..."}},
	{"compute/cuda/...", []string{"compute", "gpu", "kernels", "internal/..."}},
	{"gpu/...", nil},
	{"kernels/...", []string{"gpu"}},

	{"internal/...", nil},
}

// Cgo are the packages that may import "C".
var Cgo = []string{"compute/cpu/simd", "compute/cpu/blas", "gpu"}

// Arrows checks every import of every Go file below root, whatever its build tags, against rules and
// the packages that may use cgo. module is the module's path.
func Arrows(root, module string, rules []Rule, cgo []string) ([]Problem, error) {
	names, err := files(root, isGo)
	if err != nil {
		return nil, err
	}
	var problems []Problem
	for _, name := range names {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, imp := range f.Imports {
			target, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return nil, err
			}
			if text := refuse(name, target, module, rules, cgo); text != "" {
				problems = append(problems, Problem{name, fset.Position(imp.Pos()).Line, text})
			}
		}
	}
	return problems, nil
}

// refuse says why the file at name may not import target, or "".
func refuse(name, target, module string, rules []Rule, cgo []string) string {
	from := path.Dir(name)
	if target == "C" {
		if !matchAny(cgo, from) {
			return fmt.Sprintf("%s imports \"C\": cgo is for %s alone", from, strings.Join(cgo, ", "))
		}
		return ""
	}
	to, ours := strings.CutPrefix(target, module+"/")
	if !ours {
		return ""
	}
	if strings.HasSuffix(name, "_test.go") {
		if matchAny([]string{"cmd/..."}, to) && !matchAny([]string{"cmd/..."}, from) {
			return fmt.Sprintf("%s -> %s: a test of a package may not rest on a command", from, to)
		}
		return ""
	}
	for _, r := range rules {
		if !match(r.From, from) {
			continue
		}
		if match(r.From, to) || matchAny(r.May, to) {
			return ""
		}
		return fmt.Sprintf("%s -> %s: the rule is %s", from, to, r)
	}
	return fmt.Sprintf("%s -> %s: %s has no row in the table of import arrows (internal/tidy/arrows.go)", from, to, from)
}

// String writes the rule as an arrow.
func (r Rule) String() string {
	if len(r.May) == 0 {
		return r.From + " -> nothing else of this module"
	}
	return r.From + " -> " + strings.Join(r.May, ", ")
}

func matchAny(patterns []string, pkg string) bool {
	for _, p := range patterns {
		if match(p, pkg) {
			return true
		}
	}
	return false
}

func match(pattern, pkg string) bool {
	if pattern == "..." {
		return true
	}
	if base, all := strings.CutSuffix(pattern, "/..."); all {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	return pkg == pattern
}
