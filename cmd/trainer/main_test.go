package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/gpu"
	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	npyfile "noise2sparse/internal/npy"
	"noise2sparse/internal/safetensors"
)

// TestMain lets a test start this binary as the trainer, for what only a process of its own shows.
func TestMain(m *testing.M) {
	if os.Getenv("TRAINER_TEST_MAIN") == "1" {
		os.Exit(run(os.Args, os.Stdout, os.Stderr))
	}
	os.Setenv("TRAINER_TEST_MAIN", "1") // the workers of a sweep are this binary too
	os.Unsetenv("NOISE2SPARSE_DATA")
	os.Setenv(gpu.EnvLibraries, "none") // the processor is what computes by default, whatever this machine has
	os.Exit(m.Run())
}

// answer is what a command said.
type answer struct {
	code        int
	out, errOut string
}

// trainer runs a command in this process.
func trainer(t *testing.T, args ...string) answer {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	stdout, stderr := open("out"), open("err")
	code := run(append([]string{"trainer"}, args...), stdout, stderr)
	read := func(f *os.File) string {
		f.Close()
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return answer{code, read(stdout), read(stderr)}
}

// errorLines are the lines of standard error that tell of an error: those of the command itself, and
// what is logged as one or as a warning.
func errorLines(errOut string) []string {
	var out []string
	for l := range strings.Lines(errOut) {
		if strings.HasPrefix(l, "trainer: ") && !strings.HasPrefix(l, "trainer: stopping") || strings.Contains(l, `"level":"error"`) || strings.Contains(l, `"level":"warn"`) {
			out = append(out, strings.TrimSpace(l))
		}
	}
	return out
}

// must runs a command that has to succeed.
func must(t *testing.T, args ...string) answer {
	t.Helper()
	a := trainer(t, args...)
	if a.code != exitDone {
		t.Fatalf("trainer %s: exit code %d\n%s%s", strings.Join(args, " "), a.code, a.out, a.errOut)
	}
	return a
}

// tiny is an experiment that takes a moment, with more flags behind it.
func tiny(out string, more ...string) []string {
	return append([]string{
		"run", "--exp", "quickstart", "--out", out, "--set", "data.samples=200", "--set", "data.size=4",
		"--set", "model.hidden=[8]", "--set", "batch_size=64", "--set", "epochs=3", "--set", "noise.sigma=0.3",
	}, more...)
}

// lastJSON decodes the last line of stdout.
func (a answer) lastJSON(t *testing.T, v any) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(a.out, "\n"), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), v); err != nil {
		t.Fatalf("the last line of stdout is no JSON object: %v\n%s", err, a.out)
	}
	if len(lines) != 1 {
		t.Errorf("--json: stdout holds more than one line:\n%s", a.out)
	}
}

// npy is a file of float32 values (rows × cols) that value makes.
func npy(t *testing.T, path string, rows, cols int, value func(i int) float32) string {
	t.Helper()
	v := make([]float32, rows*cols)
	for i := range v {
		v[i] = value(i)
	}
	a, err := array.FromFloat32s(v, rows, cols)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := npyfile.Write(&b, a); err != nil {
		t.Fatal(err)
	}
	return write(t, path, b.Bytes())
}

// labelled is a safetensors file of samples of two values with a label each.
func labelled(t *testing.T, path string, rows int, label func(row int) int64) string {
	t.Helper()
	x, err := array.New(dtype.Float32, rows, 2)
	if err != nil {
		t.Fatal(err)
	}
	y, err := array.New(dtype.Int64, rows)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		binary.LittleEndian.PutUint64(y.Bytes[8*i:], uint64(label(i)))
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, []array.Named{{Name: "x", Array: x}, {Name: "y", Array: y}}, nil); err != nil {
		t.Fatal(err)
	}
	return write(t, path, b.Bytes())
}

func write(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func wave(i int) float32 { return float32(math.Sin(float64(i))) }

// glob is the one path that matches.
func glob(t *testing.T, pattern ...string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s matches %v, want one path (%v)", filepath.Join(pattern...), found, err)
	}
	return found[0]
}
