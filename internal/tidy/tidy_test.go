package tidy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The repository itself.
func TestRepository(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	checks := map[string]func() ([]Problem, error){
		"import arrows":    func() ([]Problem, error) { return Arrows(root, "noise2sparse", Rules, Cgo) },
		"package comments": func() ([]Problem, error) { return Docs(root) },
		"file sizes":       func() ([]Problem, error) { return Sizes(root, Long) },
		"absolute paths":   func() ([]Problem, error) { return Paths(root) },
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			problems, err := check()
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				t.Error(p)
			}
		})
	}
	if seen, err := files(root, isGo); err != nil || len(seen) < 10 {
		t.Errorf("saw only %d Go files below the root (%v): the checks looked at the wrong folder", len(seen), err)
	}
}

func TestArrowsCatches(t *testing.T) {
	got, err := Arrows(filepath.Join("testdata", "arrows"), "example", Rules, Cgo)
	expect(t, got, err, []string{
		`gpu/gpu.go:3: gpu -> internal/dtype: the rule is gpu/... -> nothing else of this module`,
		`model/layer.go:7: model -> train: the rule is model/... -> compute, internal/...`,
		`model/layer_test.go:4: model -> cmd/trainer: a test of a package may not rest on a command`,
		`mystery/m.go:3: mystery -> model: mystery has no row in the table of import arrows (internal/tidy/arrows.go)`,
		`train/loop.go:6: train imports "C": cgo is for compute/cpu/simd, compute/cpu/blas, gpu alone`,
		`train/loop.go:9: train -> compute/cpu: the rule is train/... -> model, optim, metric, data, track, compute, internal/...`,
		`train/loop.go:10: train -> computer: the rule is train/... -> model, optim, metric, data, track, compute, internal/...`,
	})
}

func TestDocsCatches(t *testing.T) {
	got, err := Docs(filepath.Join("testdata", "docs"))
	expect(t, got, err, []string{
		`cmd/tool/main.go: the package comment must begin with "Command tool "`,
		`wrong/a.go: the package comment must begin with "Package wrong "`,
		`none: no file has a package comment; say in one what the package is for`,
		`two: more than one package comment, which go doc joins: two/a.go, two/b.go`,
	})
}

func TestPathsCatches(t *testing.T) {
	got, err := Paths(filepath.Join("testdata", "source"))
	const advice = "; take it from a flag, the environment or os.MkdirTemp"
	expect(t, got, err, []string{
		"a.go:4: absolute path /tmp/" + advice,
		"a.go:7: absolute path /home/" + advice,
		"a.go:8: absolute path /root" + advice,
	})
}

func TestSizesCatches(t *testing.T) {
	root := t.TempDir()
	for name, lines := range map[string]int{"short.go": MaxLines, "long.go": MaxLines + 1, "listed.cu": MaxLines + 9, "go.sum": 9999} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(strings.Repeat("x\n", lines)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Sizes(root, map[string]string{"listed.cu": "a table", "short.go": "was long once"})
	expect(t, got, err, []string{
		"long.go: has 401 lines, more than 400; split it by what it does",
		"short.go: is listed as a long file, but is not one; take it off the list",
	})
}

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, pkg string
		want         bool
	}{
		{"...", "anything/at/all", true},
		{"compute", "compute", true},
		{"compute", "compute/cpu", false},
		{"compute", "computer", false},
		{"compute/...", "compute", true},
		{"compute/...", "compute/cpu/simd", true},
		{"compute/...", "computer", false},
	}
	for _, tt := range tests {
		if got := match(tt.pattern, tt.pkg); got != tt.want {
			t.Errorf("match(%q, %q) = %v", tt.pattern, tt.pkg, got)
		}
	}
}

// expect compares problems, line by line and in order, with what should have been found.
func expect(t *testing.T, got []Problem, err error, want []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range got {
		lines = append(lines, p.String())
	}
	if !slices.Equal(lines, want) {
		t.Errorf("found\n  %s\nwant\n  %s", strings.Join(lines, "\n  "), strings.Join(want, "\n  "))
	}
}
