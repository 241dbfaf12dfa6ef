package scripts

import (
	"os"
	"os/exec"
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

// The comparison's own arithmetic, with stand-ins that report 30 and 20 ms: no PyTorch needed.
func TestBenchRatio(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	root := t.TempDir()
	peers := filepath.Join(root, "scripts", "peers")
	if err := os.MkdirAll(peers, 0o755); err != nil {
		t.Fatal(err)
	}
	compare, err := os.ReadFile(filepath.Join("peers", "compare.py"))
	if err != nil {
		t.Fatal(err)
	}
	trainer := filepath.Join(root, "trainer")
	for name, text := range map[string]string{
		filepath.Join(peers, "compare.py"):   string(compare),
		filepath.Join(peers, "torch_ffn.py"): `print('{"ms_per_step": 30, "torch": "x", "threads": 2, "mode": "resident"}')`,
		trainer:                              "#!/bin/sh\necho 'a log line' >&2\necho '{\"ms_per_step\": 20}'\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) (string, error) {
		cmd := exec.Command(python, append([]string{filepath.Join(peers, "compare.py"), "--pairs", "3", "--trainer", trainer}, args...)...)
		cmd.Env = append(os.Environ(), "NOISE2SPARSE_DATA=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("--min-ratio", "1.5"); err != nil || !strings.Contains(out, "median ratio 1.50 (from 1.50 to 1.50): the trainer is faster") {
		t.Errorf("%v, printed %s", err, out)
	}
	if out, err := run("--min-ratio", "1.51"); err == nil || !strings.Contains(out, "the median ratio 1.50 is below 1.51") {
		t.Errorf("a ratio below --min-ratio: %v, printed %s", err, out)
	}
	if err := os.WriteFile(trainer, []byte("#!/bin/sh\necho 'no such experiment' >&2\nexit 2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := run(); err == nil || !strings.Contains(out, "ended with 2") || !strings.Contains(out, "no such experiment") {
		t.Errorf("a trainer that fails: %v, printed %s", err, out)
	}
}
