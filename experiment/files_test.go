package experiment

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/problem"
	"noise2sparse/train"
)

var update = flag.Bool("update", false, "write the .txt files from what the program says; read them before you commit them")

// TestGoodFiles loads testdata/good/NAME.yaml; NAME.txt lists each job with the values that are
// not the defaults.
func TestGoodFiles(t *testing.T) {
	forFiles(t, "testdata/good", func(t *testing.T, path string) string {
		e, err := Load(path, nil)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return describe(e)
	})
}

// TestBadFiles loads testdata/bad/NAME.yaml; NAME.txt holds all that is wrong with it.
func TestBadFiles(t *testing.T) {
	forFiles(t, "testdata/bad", func(t *testing.T, path string) string {
		_, err := Load(path, nil)
		var e *problem.Error
		if !errors.As(err, &e) {
			t.Fatalf("got the error %v, want a *problem.Error", err)
		}
		return err.Error() + "\n"
	})
}

func forFiles(t *testing.T, dir string, what func(*testing.T, string) string) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			got, expected := what(t, path), strings.TrimSuffix(path, ".yaml")+".txt"
			if *update {
				if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(expected)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant (%s):\n%s", got, expected, want)
			}
		})
	}
}

// describe lists an experiment's jobs with the values that are not the defaults.
func describe(e *Experiment) string {
	var defaults train.Config
	strict.SetDefaults(&defaults)
	usual := map[string]bool{}
	for _, line := range strings.Split(strict.Canonical(defaults), "\n") {
		usual[line] = true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (base %s)\n", e.Name, e.Purpose, e.Base)
	for _, j := range e.Jobs() {
		fmt.Fprintf(&b, "%s\n", j.ID[:len(j.ID)-len("-12345678")])
		for _, line := range strings.Split(strict.Canonical(j.Config), "\n") {
			if !usual[line] {
				fmt.Fprintf(&b, "  %s\n", line)
			}
		}
	}
	return b.String()
}
