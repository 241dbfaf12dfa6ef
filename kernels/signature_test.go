package kernels

import (
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	got, err := parse("x.cu", `
		// extern "C" __global__ void not_this(int n) {}
		template <class T> __device__ void f(T* y) {}
		extern "C" __global__ void __launch_bounds__(256) one(const float* __restrict__ x /* [n] */, float *y, // out
			int64_t n, uint32_t purpose) { f(y); }
		extern "C" __global__ void two() {}`)
	want := "[{one x.cu [const float* x float* y long long n unsigned purpose]} {two x.cu []}]"
	if err != nil || fmt.Sprint(got) != want {
		t.Errorf("parse: %v, %v, want %s", got, err, want)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`__global__ void f(int n) {}`:                         "not declared as",
		`extern "C" __global__ void f(float** x) {}`:          "points to pointers",
		`extern "C" __global__ void f(struct Noise n) {}`:     "neither a pointer nor",
		`extern "C" __global__ void f(int) {}`:                "has no name",
		`extern "C" __global__ void f(bool accumulate) {}`:    "neither a pointer nor",
		`extern "C" __global__ void f(const size_t count) {}`: "neither a pointer nor",
	} {
		if _, err := parse("x.cu", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestSignatures: the sources are all understood, and every file has a kernel.
func TestSignatures(t *testing.T) {
	all, err := Signatures()
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for name, s := range all {
		has[s.File] = true
		for _, p := range s.Params {
			if p.Size() == 0 {
				t.Errorf("%s: parameter %v has no size", name, p)
			}
		}
	}
	for _, file := range names("*.cu") {
		if !has[file] {
			t.Errorf("%s has no kernel", file)
		}
	}
}

// TestImageIsNamedWhereItIsMissing: a build without kernels, and an image that isn't there, say what to do.
func TestImageIsNamedWhereItIsMissing(t *testing.T) {
	t.Setenv(EnvImage, t.TempDir()+"/absent.fatbin")
	if _, err := Image(); err == nil || !strings.Contains(err.Error(), EnvImage) {
		t.Errorf("an absent image: %v", err)
	}
	t.Setenv(EnvImage, "")
	if _, err := compiled.ReadFile("fatbin/kernels.fatbin"); err == nil {
		t.Skip("this build has kernels")
	}
	if _, err := Image(); err == nil || !strings.Contains(err.Error(), "make cuda") {
		t.Errorf("a build without kernels: %v", err)
	}
}
