package scripts

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// comparison is a folder with compare.py and stand-ins for both sides: PyTorch, which takes 30 ms (60 compiled) and
// fails with a DataLoader, and a trainer that takes 20 ms, 25 with its epochs' begins.
type comparison struct {
	t            *testing.T
	root, python string
}

func newComparison(t *testing.T) comparison {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	c := comparison{t, t.TempDir(), python}
	compare, err := os.ReadFile(filepath.Join("peers", "compare.py"))
	if err != nil {
		t.Fatal(err)
	}
	c.write("scripts/peers/compare.py", string(compare))
	c.write("scripts/peers/torch_ffn.py", `import json, sys
mode = sys.argv[sys.argv.index("--mode") + 1]
if mode == "loader": sys.exit("no workers here")
room = bytearray(64 << 20)
print(json.dumps({"ms_per_step": 60 if mode == "compile" else 30, "torch": "x", "threads": 2, "mode": mode, "argv": sys.argv}))`)
	c.write("trainer", "#!/bin/sh\necho 'a log line' >&2\necho '{\"ms_per_step\": 20, \"ms_per_step_wall\": 25}'\n")
	return c
}

func (c comparison) write(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		c.t.Fatal(err)
	}
}

// run compares three pairs; it returns what was printed, and whether that went well.
func (c comparison) run(args ...string) (string, bool) {
	c.t.Helper()
	cmd := exec.Command(c.python, append([]string{filepath.Join(c.root, "scripts", "peers", "compare.py"), "--pairs", "3"}, args...)...)
	cmd.Env = append(os.Environ(), "NOISE2SPARSE_DATA=")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// The comparison's own arithmetic: no PyTorch needed. The trainer is that of a GPU bundle, beside scripts/.
func TestBenchRatio(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	for name, tt := range map[string]struct {
		args []string
		ok   bool
		says []string
	}{
		"on a CPU":                 {[]string{"--min-ratio", "1.5"}, true, []string{"median ratio 1.50 (from 1.50 to 1.50): the trainer is faster"}},
		"too slow":                 {[]string{"--min-ratio", "1.51"}, false, []string{"the median ratio 1.50 is below 1.51"}},
		"on a GPU, epochs' begins": {[]string{"--gpu", "0"}, true, []string{"median ratio 1.20"}},
		"little memory":            {[]string{"--max-memory-ratio", "1"}, true, nil},
		"much memory":              {[]string{"--max-memory-ratio", "0.001"}, false, []string{"the trainer's peak memory is 0.", "times PyTorch's, above 0.001"}},
		"all on a CPU": {[]string{"--mode", "all", "--min-ratio", "1.6"}, false, []string{
			"no workers here", "compile                   60.0000          20.0000   3.00 (3.00 to 3.00)", "resident                  30.0000 ", "loader           failed",
			"the median ratio 1.50 is below 1.60",
		}},
		"all on a GPU": {[]string{"--mode", "all", "--gpu", "1"}, true, []string{
			"compile                   60.0000          25.0000   2.40", "reduce-overhead           30.0000 ", "graph                     30.0000 ",
		}},
		"a graph on a CPU": {[]string{"--mode", "reduce-overhead"}, false, []string{"need --gpu"}},
	} {
		if out, ok := c.run(tt.args...); ok != tt.ok {
			t.Errorf("%s: ended well: %t, printed %s", name, ok, out)
		} else {
			for _, s := range tt.says {
				if !strings.Contains(out, s) {
					t.Errorf("%s: no %q in %s", name, s, out)
				}
			}
		}
	}
	c.write("trainer", "#!/bin/sh\necho 'no such experiment' >&2\nexit 2\n")
	if out, ok := c.run(); ok || !strings.Contains(out, "ended with 2") || !strings.Contains(out, "no such experiment") {
		t.Errorf("a trainer that fails: ended well: %t, printed %s", ok, out)
	}
}

// On a GPU, where a step is some microseconds, more of them are timed.
func TestBenchSteps(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	for _, tt := range []struct {
		args []string
		want string
	}{{nil, "200"}, {[]string{"--gpu", "0"}, "2000"}, {[]string{"--gpu", "0", "--steps", "7"}, "7"}} {
		out, ok := c.run(append(tt.args, "--json")...)
		var r struct{ PyTorch []struct{ Argv []string } }
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); !ok || err != nil || len(r.PyTorch) != 3 {
			t.Fatalf("%v: %v, printed %s", tt.args, err, out)
		}
		if got := strings.Join(r.PyTorch[0].Argv, " "); !strings.Contains(got, "--steps "+tt.want) {
			t.Errorf("%v: PyTorch was called as %q, want %s steps", tt.args, got, tt.want)
		}
	}
}
