package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// libraries are those that can be tested here.
func libraries(t *testing.T) []library {
	libs := []library{goBLAS{}}
	if lib, err := openBLAS(); err == nil {
		libs = append(libs, lib)
	} else {
		t.Logf("OpenBLAS is not tested: %v", err)
	}
	return append(libs, natives()...)
}

// reference is the definition, in float64.
func reference(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	for i := range m {
		for j := range n {
			var s float64
			for l := range k {
				s += a[origin(transA, i, l, lda)] * b[origin(transB, l, j, ldb)]
			}
			old := 0.0
			if beta != 0 {
				old = beta * c[i*ldc+j]
			}
			c[i*ldc+j] = alpha*s + old
		}
	}
}

// operands are random matrices with distances that exceed their widths; beta 0 must hide NaN in c.
func operands(r *rand.Rand, transA, transB bool, m, n, k int, beta float64) (a, b, c []float64, lda, ldb, ldc int) {
	lda, ldb, ldc = k+3, n+1, n+2
	rowsA, rowsB := m, k
	if transA {
		lda, rowsA = m+3, k
	}
	if transB {
		ldb, rowsB = k+1, n
	}
	a, b, c = make([]float64, rowsA*lda), make([]float64, rowsB*ldb), make([]float64, m*ldc)
	for _, x := range [][]float64{a, b, c} {
		for i := range x {
			x[i] = float64(float32(r.NormFloat64()))
		}
	}
	if beta == 0 {
		for i := range c {
			c[i] = math.NaN()
		}
	}
	return a, b, c, lda, ldb, ldc
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func TestGemm(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, lib := range libraries(t) {
		for _, s := range [][3]int{{1, 1, 1}, {1, 5, 3}, {7, 1, 9}, {16, 16, 16}, {65, 193, 257}, {130, 70, 300}, {3, 200, 600}} {
			for flags := range 4 {
				for _, beta := range []float64{0, 1, -0.5} {
					t.Run(fmt.Sprintf("%s/%v/%d/%v", lib.info().Library, s, flags, beta), func(t *testing.T) {
						compare(t, r, lib, flags&1 != 0, flags&2 != 0, s[0], s[1], s[2], 1.5, beta)
					})
				}
			}
		}
	}
}

func compare(t *testing.T, r *rand.Rand, lib library, ta, tb bool, m, n, k int, alpha, beta float64) {
	a, b, c, lda, ldb, ldc := operands(r, ta, tb, m, n, k, beta)
	a32, b32, c32, c64 := narrow(a), narrow(b), narrow(c), append([]float64(nil), c...)
	old := append([]float64(nil), c...)
	reference(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	lib.gemm32(ta, tb, m, n, k, float32(alpha), a32, lda, b32, ldb, float32(beta), c32, ldc)
	lib.gemm64(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c64, ldc)
	scale := 10 * math.Sqrt(float64(k)) // typical size of a sum, with room for its tail
	for i := range m * ldc {
		if i%ldc >= n {
			if c64[i] != old[i] && beta != 0 {
				t.Fatalf("element %d beside the matrix was written", i)
			}
			continue
		}
		if !(math.Abs(c64[i]-c[i]) <= 4e-15*scale) {
			t.Fatalf("float64 element %d is %v, want %v", i, c64[i], c[i])
		}
		if !(math.Abs(float64(c32[i])-c[i]) <= 5e-7*scale) {
			t.Fatalf("float32 element %d is %v, want %v", i, c32[i], c[i])
		}
	}
}

func TestEmptyProducts(t *testing.T) {
	c := []float32{1, 2, 3, 4}
	Gemm32(false, false, 0, 2, 2, 1, nil, 2, c, 2, 0, nil, 2)
	Gemm32(false, false, 2, 2, 0, 1, nil, 0, nil, 2, 2, c, 2)
	for i, v := range c {
		if v != 2*float32(i+1) {
			t.Fatalf("depth 0, beta 2: c = %v", c)
		}
	}
	Gemm32(false, false, 2, 2, 1, 0, c, 1, c, 2, 0, c, 2)
	if c[0] != 0 || c[3] != 0 {
		t.Fatalf("alpha 0, beta 0: c = %v", c)
	}
}

func TestShortSlicesPanic(t *testing.T) {
	x := make([]float32, 12)
	for _, c := range []struct{ la, lb, lc, lda, ldb, ldc int }{
		{11, 12, 9, 4, 3, 3}, {12, 11, 9, 4, 3, 3}, {12, 12, 8, 4, 3, 3}, {12, 12, 9, 3, 3, 3}, {12, 12, 9, 4, 2, 3}, {12, 12, 9, 4, 3, 2},
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), "m=3 n=3 k=4") {
					t.Errorf("%+v: panic %v", c, r)
				}
			}()
			Gemm32(false, false, 3, 3, 4, 1, x[:c.la], c.lda, x[:c.lb], c.ldb, 0, make([]float32, c.lc), c.ldc)
		}()
	}
}

// TestTilesCoverTheProduct: every element is in exactly one tile, and tiles follow from the shape.
func TestTilesCoverTheProduct(t *testing.T) {
	for _, s := range [][3]int{{0, 5, 1}, {1, 1, 1}, {63, 65, 10}, {512, 1000, 256}, {512, 256, 1000}, {1000, 256, 512}, {336, 1000, 256}, {1024, 10000, 256}, {10000, 3, 64}, {1, 10000, 1}} {
		m, n := s[0], s[1]
		seen := make([]int, m*n)
		tiles := Tiles(m, n, s[2])
		for i := range tiles.Len() {
			q := tiles.At(i)
			for r := q.Row; r < q.Row+q.Rows; r++ {
				for c := q.Col; c < q.Col+q.Cols; c++ {
					seen[r*n+c]++
				}
			}
		}
		for i, v := range seen {
			if v != 1 {
				t.Fatalf("%v: element (%d, %d) is in %d tiles", s, i/n, i%n, v)
			}
		}
	}
}

// TestTileShapes pins the tiles of usual products: changing them changes results.
func TestTileShapes(t *testing.T) {
	for _, c := range []struct{ m, n, k, rows, cols, count int }{
		{512, 1000, 256, 256, 256, 8},
		{512, 256, 1000, 128, 128, 8},
		{1000, 256, 512, 256, 128, 8},
		{1024, 10000, 256, 512, 512, 40},
		{10000, 256, 1024, 512, 256, 20},
		{32, 64, 32, 32, 64, 1},
		{1, 100000, 100, 16, 512, 196},
	} {
		tiles := Tiles(c.m, c.n, c.k)
		if tiles.rows != c.rows || tiles.cols != c.cols || tiles.Len() != c.count {
			t.Errorf("%d×%d×%d: %d tiles of %d × %d, want %d of %d × %d", c.m, c.n, c.k, tiles.Len(), tiles.rows, tiles.cols, c.count, c.rows, c.cols)
		}
	}
}

// TestConcurrentCalls: many goroutines multiply at once, and each tile has the bits it has alone.
func TestConcurrentCalls(t *testing.T) {
	const m, n, k = 300, 520, 256
	r := rand.New(rand.NewPCG(3, 4))
	a, b, _, lda, ldb, _ := operands(r, false, true, m, n, k, 0)
	a32, b32 := narrow(a), narrow(b)
	tiles := Tiles(m, n, k)
	multiply := func(c []float32, i int) {
		q := tiles.At(i)
		Gemm32(false, true, q.Rows, q.Cols, k, 1, a32[q.Row*lda:], lda, b32[q.Col*ldb:], ldb, 0, c[q.Row*n+q.Col:], n)
	}
	alone := make([]float32, m*n)
	for i := range tiles.Len() {
		multiply(alone, i)
	}
	for range 5 {
		together := make([]float32, m*n)
		var wg sync.WaitGroup
		for i := range tiles.Len() {
			wg.Go(func() { multiply(together, i) })
		}
		wg.Wait()
		for i := range alone {
			if alone[i] != together[i] {
				t.Fatalf("element %d is %v together, %v alone", i, together[i], alone[i])
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	x, y, z := make([]float32, 128*128), make([]float32, 128*128), make([]float32, 128*128)
	for _, lib := range libraries(t) {
		if n := testing.AllocsPerRun(10, func() { lib.gemm32(false, true, 128, 128, 128, 1, x, 128, y, 128, 0, z, 128) }); n != 0 {
			t.Errorf("%s allocates %v times a product", lib.info().Library, n)
		}
	}
	if n := testing.AllocsPerRun(10, func() {
		tiles := Tiles(128, 128, 128)
		q := tiles.At(0)
		Gemm32(false, false, q.Rows, q.Cols, 128, 1, x, 128, y, 128, 0, z, 128)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestChoice runs this test binary again with the environment variable set, since a process
// chooses its library once.
func TestChoice(t *testing.T) {
	if os.Getenv("BLAS_TEST_CHOICE") != "" {
		fmt.Printf("%s|%s|%v\n", Describe().Library, Warning(), os.Getenv("OPENBLAS_CORETYPE")+os.Getenv("OPENBLAS_NUM_THREADS"))
		return
	}
	broken := t.TempDir() + "/libbroken.so"
	if err := os.WriteFile(broken, []byte("not a library"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ value, library, warning string }{
		{"none", "gonum|", "|"},
		{"/nowhere/libopenblas.so", "gonum|", "/nowhere/libopenblas.so"},
		{broken, "gonum|", "libbroken.so"},
		{"", Describe().Library + "|", Warning() + "|"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestChoice$")
		cmd.Env = append(os.Environ(), "BLAS_TEST_CHOICE=1", EnvLibrary+"="+c.value)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		line, _, _ := strings.Cut(string(out), "\n")
		withoutCgo := strings.Contains(line, "without cgo")
		if !strings.HasPrefix(line, c.library) || !withoutCgo && !strings.Contains(line, c.warning) {
			t.Errorf("%s=%q: %q, want %q and %q", EnvLibrary, c.value, line, c.library, c.warning)
		}
	}
}

func TestCoreType(t *testing.T) {
	known := map[string]bool{"": true, "ZEN": true, "SKYLAKEX": true, "HASWELL": true}
	for _, family := range []int{0, 0x17, 0x19, 0x1A} {
		if core := coreType(family); !known[core] {
			t.Errorf("family %#x: core type %q", family, core)
		}
	}
	if a, b := coreType(0), coreType(0x17); (a == "") != (b == "") {
		t.Errorf("a processor with AVX2 needs a core type whoever made it: %q, %q", a, b)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		info Info
		want string
	}{
		{Info{Library: "OpenBLAS", Version: "0.3.21", Core: "SkylakeX"}, "OpenBLAS 0.3.21 (SkylakeX)"},
		{Info{Library: "gonum"}, "gonum"},
	} {
		if got := c.info.Name(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
