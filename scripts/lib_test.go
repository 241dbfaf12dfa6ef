package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shell runs lines of sh behind lib.sh, in a folder, and returns what they print.
func shell(t *testing.T, folder, lines string, env ...string) string {
	t.Helper()
	touch(t, "lib.sh")
	lib, err := filepath.Abs("lib.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", ". "+lib+"\n"+lines)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", lines, err)
	}
	return strings.TrimSpace(string(out))
}

// Tests run in the folders of their packages, so the folders of data have to be absolute.
func TestAbsoluteFolders(t *testing.T) {
	t.Parallel()
	const print = `absolute_folders; echo "$NOISE2SPARSE_DATA $GOLDEN_DIR"`
	dir := t.TempDir()
	if got, want := shell(t, dir, print, "NOISE2SPARSE_DATA=some/data", "GOLDEN_DIR=/cases"), dir+"/some/data /cases"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := shell(t, dir, print, "NOISE2SPARSE_DATA=", "GOLDEN_DIR=../cases"), dir+"/../cases"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A step may take what it wants, or what all steps together have left.
func TestStepSeconds(t *testing.T) {
	t.Parallel()
	const print = `[ -z "$END" ] || STEPS_END=$(($(date +%s) + END)); step_seconds 300`
	for end, want := range map[string][]string{"": {"300"}, "1000": {"300"}, "100": {"100", "99"}, "-5": {"-5", "-6"}} {
		got := shell(t, ".", print, "END="+end, "STEPS_END=")
		if got != want[0] && got != want[len(want)-1] {
			t.Errorf("an end in %q s: %s s, want %v", end, got, want)
		}
	}
}

// A step for which no time is left has failed, and says so.
func TestStepsOutOfTime(t *testing.T) {
	t.Parallel()
	touch(t, "lib.sh", "test-cuda", "test-engines")
	for script, want := range map[string]string{
		"test-cuda":    "== headers\nFAIL headers: left out: the time for all steps together is over\n0 steps passed, 1 failed\n",
		"test-engines": "FAIL: building the tests of cmd/trainer: LEFT OUT: the time for all steps together is over\n",
	} {
		cmd := exec.Command("./"+script, map[string][]string{"test-cuda": {"headers"}}[script]...)
		cmd.Env = append(os.Environ(), "STEPS_END=1000", "CXX=true")
		if out, err := cmd.CombinedOutput(); err == nil || string(out) != want {
			t.Errorf("%s: %v, said %q, want %q", script, err, out, want)
		}
	}
}

// The loader's list is asked by any of the names that ldconfig has; what LD_LIBRARY_PATH alone leads to is found too.
func TestFindLibrary(t *testing.T) {
	t.Parallel()
	m := bare(t, "1000", "")
	m.has("ldconfig", `printf '\tlibcuda.so (libc6) => /old\n\tlibcuda.so.1 (libc6,x86-64) => /usr/lib/libcuda.so.1\n'`)
	for _, tt := range []struct{ name, path, want string }{
		{"libcuda.so.1", "", "/usr/lib/libcuda.so.1"},
		{"none.so libcuda.so.1", "", "/usr/lib/libcuda.so.1"},
		{"there.so", "/nowhere:" + m.bin, m.bin + "/there.so"},
		{"none.so", m.bin, "none"},
	} {
		m.has("there.so", "")
		if got := shell(t, ".", "find_library "+tt.name+" || echo none", "PATH="+m.bin, "LD_LIBRARY_PATH="+tt.path); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Of golden cases the smallest of each kind come first, then the smallest, as many as there is room for.
func TestSmallestCases(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, size := range map[string]int{"ffn_a": 1000, "ffn_b": 2000, "ffn_c": 50000, "ae_a": 20000, "ae_b": 30000} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "case.json"), make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A folder itself counts some thousand bytes.
	got := strings.ReplaceAll(shell(t, ".", "smallest_cases "+dir+" 40000"), dir, "")
	if want := "/ffn_a/\n/ae_a/\n/ffn_b/"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
