package scripts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkout copies the scripts into a folder of their own, since build writes bin/ beside them.
func checkout(t *testing.T, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scripts")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "lib.sh") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goBuilds is a Go that notes how it was called and makes the file that -o names.
const goBuilds = `echo "CGO_ENABLED=$CGO_ENABLED CC=$CC $*" >"$BIN/go.log"
while [ "$1" != -o ]; do shift; done
echo binary >"$2"`

func TestBuild(t *testing.T) {
	tests := []struct {
		name     string
		programs map[string]string
		called   []string // parts of how Go is called
		says     string
	}{
		{"with a compiler", map[string]string{"gcc": "exit 0"}, []string{"CGO_ENABLED=1 CC=gcc build"}, "build: bin/trainer unknown"},
		{"with clang alone", map[string]string{"clang": "exit 0"}, []string{"CGO_ENABLED=1 CC=clang build"}, ""},
		{"without a compiler", nil, []string{"CGO_ENABLED=0 "}, "without a C compiler (CGO_ENABLED=0)"},
		{"with a compiler that lacks headers", map[string]string{"gcc": "exit 1"}, []string{"CGO_ENABLED=0 "}, "several times slower"},
		{"in a repository", map[string]string{"gcc": "exit 0", "git": "echo v1.2-3-gabc"}, []string{"-X main.version=v1.2-3-gabc"}, "build: bin/trainer v1.2-3-gabc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := checkout(t, "build")
			m := bare(t, "1000", "")
			m.has("go", goBuilds)
			for name, body := range tt.programs {
				m.has(name, body)
			}
			out, exit := m.run(filepath.Join(dir, "build"))
			if exit != 0 || !strings.Contains(out, tt.says) {
				t.Errorf("exit status %d, said %q; want 0 and %q", exit, out, tt.says)
			}
			log, err := os.ReadFile(filepath.Join(m.bin, "go.log"))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.called {
				if !strings.Contains(string(log), s) {
					t.Errorf("go was called as %q; want %q in it", log, s)
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "..", "bin", "trainer")); err != nil {
				t.Error(err)
			}
		})
	}
}

// A build that fails leaves the trainer of the last one in place.
func TestFailedBuildKeepsTheOldBinary(t *testing.T) {
	dir := checkout(t, "build")
	m := bare(t, "1000", "")
	m.has("go", goBuilds)
	m.run(filepath.Join(dir, "build"))
	m.has("go", `while [ "$1" != -o ]; do shift; done; echo half >"$2"; exit 1`)
	if out, exit := m.run(filepath.Join(dir, "build")); exit == 0 {
		t.Errorf("exit status 0 after a failed build, said %q", out)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "..", "bin", "trainer")); err != nil || string(got) != "binary\n" {
		t.Errorf("bin/trainer holds %q, %v", got, err)
	}
}

func TestBenchSaysHowToGetPyTorch(t *testing.T) {
	dir := checkout(t, "bench-vs-pytorch")
	m := bare(t, "1000", "")
	out, exit := m.run(filepath.Join(dir, "bench-vs-pytorch"))
	if exit != 1 || !strings.Contains(out, "no Python with PyTorch found") || !strings.Contains(out, "--install") {
		t.Errorf("exit status %d, said %q", exit, out)
	}
}
