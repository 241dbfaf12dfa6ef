//go:build cgo && linux

package runner

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/gpu"
)

// bench is a test with the kernels of testdata/ on the runner.
type bench struct {
	*testing.T
	x      *gpu.Context
	module *gpu.Module
	stream *gpu.Stream
}

// open builds the runner of testdata/ and begins a context on it.
func open(t *testing.T) *bench {
	t.Helper()
	if os.Getenv("NOISE2SPARSE_SLOW") != "1" {
		t.Skip("builds a runner of its own, twice more with sanitizers: set NOISE2SPARSE_SLOW=1, as scripts/test-cuda does")
	}
	dir := dirOfTests(t)
	for name, value := range Environment(dir) {
		t.Setenv(name, value)
	}
	t.Setenv("RUNNER_RECORD", filepath.Join(dir, "launches"))
	x, err := gpu.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(filepath.Join(dir, "kernels.image"))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, x: x}
	t.Cleanup(func() { _ = x.Close() })
	if b.module, err = x.LoadModule(image); err != nil {
		t.Fatal(err)
	}
	if b.stream, err = x.NewStream(); err != nil {
		t.Fatal(err)
	}
	return b
}

// built is the folder with the runner of testdata/, for all tests.
var built string

func dirOfTests(t *testing.T) string {
	t.Helper()
	if built == "" {
		dir, err := os.MkdirTemp("", "runner")
		if err != nil {
			t.Fatal(err)
		}
		built = dir
		build(t)
	}
	return built
}

// build runs scripts/cuda-runner on testdata/.
func build(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(compiler()); err != nil {
		t.Skip(err)
	}
	c := exec.Command("../../scripts/cuda-runner", append([]string{built}, args...)...)
	c.Env = append(os.Environ(), "RUNNER_KERNELS="+filepath.Join(must(os.Getwd()), "testdata"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// words puts numbers into device memory.
func (b *bench) words(v ...uint32) gpu.Ptr {
	b.Helper()
	raw := make([]byte, 4*len(v))
	for i, w := range v {
		binary.LittleEndian.PutUint32(raw[4*i:], w)
	}
	p, err := b.x.Alloc(int64(len(raw)))
	if err == nil {
		err = b.stream.Upload(p, raw)
	}
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// launch runs a kernel and returns what Sync says.
func (b *bench) launch(name string, blocks, threads, shared int, args ...gpu.Ptr) error {
	b.Helper()
	k, err := b.module.Kernel(name)
	if err != nil {
		b.Fatal(err)
	}
	var words []uint64
	for _, a := range args {
		words = append(words, uint64(a))
	}
	if err := k.Launch(b.stream, gpu.Dim{X: blocks}, gpu.Dim{X: threads}, shared, words); err != nil {
		b.Fatal(err)
	}
	return b.stream.Sync()
}

func (b *bench) read(p gpu.Ptr, n int) []uint32 {
	b.Helper()
	raw := make([]byte, 4*n)
	if err := b.stream.Download(raw, p); err != nil {
		b.Fatal(err)
	}
	out := make([]uint32, n)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	return out
}

func TestBarriersAndWarps(t *testing.T) {
	b := open(t)
	x := make([]uint32, 128)
	for i := range x {
		x[i] = uint32(i)
	}
	in, out := b.words(x...), b.words(make([]uint32, 128)...)
	if err := b.launch("reverse", 2, 64, 4*64, out, in); err != nil {
		t.Fatal(err)
	}
	for i, v := range b.read(out, 128) {
		if want := uint32(i/64*64 + 63 - i%64); v != want {
			t.Fatalf("reverse: element %d is %d, want %d", i, v, want)
		}
	}
	ones := make([]uint32, 128)
	for i := range ones {
		ones[i] = 0x3F800000 // 1.0
	}
	if err := b.launch("sum", 1, 128, 0, out, b.words(ones...)); err != nil {
		t.Fatal(err)
	}
	if got := b.read(out, 1)[0]; got != 0x43000000 { // 128.0
		t.Errorf("sum is %#x, want 128", got)
	}
	if err := b.launch("votes", 1, 32, 0, out, b.words(append([]uint32{1, 0, 1}, make([]uint32, 29)...)...)); err != nil {
		t.Fatal(err)
	}
	if got := b.read(out, 1)[0]; got != 5 {
		t.Errorf("votes are %#b, want 101", got)
	}
}

// TestMistakesAreFound: what a device would hang or go wrong on is an error that says where.
func TestMistakesAreFound(t *testing.T) {
	for kernel, want := range map[string]string{
		"diverged": "__syncthreads was reached by 32 of 64 threads",
		"absent":   "waits with mask ffffffff",
	} {
		t.Run(kernel, func(t *testing.T) {
			b := open(t)
			err := b.launch(kernel, 1, 64, 0, b.words(make([]uint32, 64)...))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", kernel, err, want)
			}
			if again := b.stream.Sync(); again == nil {
				t.Error("the fault did not stay")
			}
		})
	}
}

// TestSanitizers: replayed under sanitizers, mistakes that went unnoticed are found, and kernels without
// one pass.
func TestSanitizers(t *testing.T) {
	for _, c := range []struct {
		kernel, sanitizer, want string
		blocks, shared          int
	}{
		{"reverse", "thread", "", 4, 256}, // grids that were not recorded before
		{"reverse", "address", "", 3, 256},
		{"unsynced", "thread", "data race", 1, 256},
		{"overlapping", "thread", "data race", 2, 0},
		{"outside", "address", "heap-buffer-overflow", 1, 0},
	} {
		t.Run(c.kernel+" "+c.sanitizer, func(t *testing.T) {
			b := open(t)
			record := os.Getenv("RUNNER_RECORD")
			_ = os.Remove(record)
			x := make([]uint32, 64*c.blocks)
			args := []gpu.Ptr{b.words(x...), b.words(x...)}
			if c.kernel == "overlapping" {
				args = args[:1]
			}
			if err := b.launch(c.kernel, c.blocks, 64, c.shared, args...); err != nil {
				t.Fatal(err)
			}
			build(t, c.sanitizer)
			run := exec.Command(filepath.Join(built, "replay-"+c.sanitizer), record)
			run.Env = append(os.Environ(), "RUNNER_WORKERS=2")
			out, err := run.CombinedOutput()
			if c.want == "" && err != nil || c.want != "" && !strings.Contains(string(out), c.want) {
				t.Errorf("%v, want %q in\n%.2000s", err, c.want, out)
			}
		})
	}
}
