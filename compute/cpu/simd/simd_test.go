package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"noise2sparse/compute/cpu/kernel"
	"noise2sparse/internal/philox"
)

// forEachLevel runs a test with every instruction set that this machine has.
func forEachLevel(t *testing.T, f func(t *testing.T)) {
	if Best() == None {
		t.Skip("no vector instructions, or a build without cgo: the kernels themselves run")
	}
	defer func(l Level) { _ = Use(l) }(Active())
	for l := AVX2; l <= Best(); l++ {
		if err := Use(l); err != nil {
			t.Fatal(err)
		}
		t.Run(l.String(), f)
	}
}

// lengths cover no, one and many vectors, every rest, and sums over more than one block.
func lengths() []int {
	n := []int{4096, 4097, 8191, 8192 + 37, 100003}
	for i := range 200 {
		n = append(n, i)
	}
	return n
}

// values are normal numbers of many sizes, among them every special one if asked for.
func values(r *rand.Rand, n int, special bool) []float32 {
	odd := []float32{
		0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)),
		float32(math.NaN()), math.SmallestNonzeroFloat32, -1e-40, math.MaxFloat32, -1, 1,
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * math.Exp(3*r.NormFloat64()))
		if special && r.IntN(20) == 0 {
			x[i] = odd[r.IntN(len(odd))]
		}
	}
	return x
}

// same fails the test where bits differ; any NaN equals any other.
func same[T float32 | float64](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range want {
		g, w := float64(got[i]), float64(want[i])
		if math.Float64bits(g) != math.Float64bits(w) && !(math.IsNaN(g) && math.IsNaN(w)) {
			t.Fatalf("%s: element %d of %d is %v, the kernel's %v", what, i, len(want), g, w)
		}
	}
}

func clone[T any](x []T) []T { return append([]T(nil), x...) }

func TestElementwise(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, n := range lengths() {
			x, y := values(r, n, true), values(r, n, true)
			type call struct {
				name string
				simd func(z []float32)
				want func(z []float32)
			}
			for _, c := range []call{
				{"Add", func(z []float32) { Add(z, x, y) }, func(z []float32) { kernel.Add(z, x, y) }},
				{"Sub", func(z []float32) { Sub(z, x, y) }, func(z []float32) { kernel.Sub(z, x, y) }},
				{"Mul", func(z []float32) { Mul(z, x, y) }, func(z []float32) { kernel.Mul(z, x, y) }},
				{"Scale", func(z []float32) { Scale(z, 0.3, x) }, func(z []float32) { kernel.Scale(z, 0.3, x) }},
				{"Axpy", func(z []float32) { Axpy(z, -0.7, x) }, func(z []float32) { kernel.Axpy(z, -0.7, x) }},
				{"Axpby", func(z []float32) { Axpby(z, 0.1, x, 0.9) }, func(z []float32) { kernel.Axpby(z, 0.1, x, 0.9) }},
				{"Axpby 0", func(z []float32) { Axpby(z, 0.1, x, 0) }, func(z []float32) { kernel.Axpby(z, 0.1, x, 0) }},
			} {
				got, want := clone(y), clone(y)
				c.simd(got)
				c.want(want)
				same(t, c.name, got, want)
			}
		}
	})
}

func TestAdam(t *testing.T) {
	s := kernel.AdamStep[float32]{
		Clip: 0.37, Beta1: 0.9, OneMinus1: 0.1, Beta2: 0.999, OneMinus2: 0.001,
		StepSize: 1e-3, RootBC2: 0.0316, Eps: 1e-8, Decay: 0.996,
	}
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, n := range lengths() {
			p, m, v, g := values(r, n, true), values(r, n, true), values(r, n, true), values(r, n, true)
			for i := range v {
				v[i] = float32(math.Abs(float64(v[i])))
			}
			p2, m2, v2 := clone(p), clone(m), clone(v)
			Adam(p, m, v, g, &s)
			kernel.Adam(p2, m2, v2, g, &s)
			same(t, "p", p, p2)
			same(t, "m", m, m2)
			same(t, "v", v, v2)
		}
	})
}

func TestReductions(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, n := range lengths() {
			for _, special := range []bool{false, true} {
				x := values(r, n, special)
				same(t, "sums", []float64{SumSquares(x), Sum(x), SumAbs(x)},
					[]float64{kernel.SumSquares(x), kernel.Sum(x), kernel.SumAbs(x)})
				if g, w := CountPositive(x), kernel.CountPositive(x); g != w {
					t.Errorf("CountPositive of %d: %d, want %d", n, g, w)
				}
				if g, w := CountNegative(x), kernel.CountNegative(x); g != w {
					t.Errorf("CountNegative of %d: %d, want %d", n, g, w)
				}
				if g, w := AllFinite(x), kernel.AllFinite(x); g != w {
					t.Errorf("AllFinite of %d: %v, want %v", n, g, w)
				}
			}
		}
	})
}

// TestColumns compares the kernels over windows, with rows and columns around every block size.
func TestColumns(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for _, rows := range []int{1, 2, 7, 8, 9, 16, 37} {
			for _, cols := range []int{1, 3, 15, 16, 17, 31, 64, 100, 4200} {
				for _, gap := range []int{0, 5} {
					t.Run(fmt.Sprintf("%dx%d+%d", rows, cols, gap), func(t *testing.T) { compareColumns(t, r, rows, cols, cols+gap) })
				}
			}
		}
	})
}

func compareColumns(t *testing.T, r *rand.Rand, rows, cols, ld int) {
	n := rows * ld
	x, target, bias := values(r, n, true), values(r, n, true), values(r, cols, true)
	got, want := values(r, cols, false), []float32(nil)
	want = clone(got)
	ColSums(got, x, ld, rows, cols)
	kernel.ColSums(want, x, ld, rows, cols)
	same(t, "ColSums", got, want)

	got64, want64 := make([]float64, cols), make([]float64, cols)
	fired, wantFired := make([]float64, cols), make([]float64, cols)
	ColSums64(got64, x, ld, rows, cols)
	kernel.ColSums(want64, x, ld, rows, cols)
	same(t, "ColSums64", got64, want64)

	y, wantY := clone(x), clone(x)
	AddBias(y, ld, bias, rows, cols)
	kernel.AddBias(wantY, ld, bias, rows, cols)
	same(t, "AddBias", y, wantY)

	for _, b := range [][]float32{nil, bias} {
		y, wantY = clone(x), clone(x)
		BiasReLU(y, ld, b, rows, cols, fired, got64)
		kernel.BiasReLU(wantY, ld, b, rows, cols, wantFired, want64)
		same(t, "BiasReLU", y, wantY)
		same(t, "fired", fired, wantFired)
		same(t, "total", got64, want64)
		BiasReLU(y, ld, b, rows, cols, nil, nil)
		kernel.BiasReLU(wantY, ld, b, rows, cols, nil, nil)
		same(t, "BiasReLU without counting", y, wantY)
	}
	for _, db := range [][]float32{nil, got} {
		wantDB := clone(db)
		d, wantD := clone(target), clone(target)
		ReLUBackward(d, d, y, ld, db, rows, cols)
		kernel.ReLUBackward(wantD, wantD, wantY, ld, wantDB, rows, cols)
		same(t, "ReLUBackward", d, wantD)
		same(t, "dbias", db, wantDB)

		squares, wantSquares := make([]float64, rows), make([]float64, rows)
		total := MSE(d, x, target, ld, 0.25, rows, cols, squares, db)
		wantTotal := kernel.MSE(wantD, x, target, ld, 0.25, rows, cols, wantSquares, wantDB)
		same(t, "MSE", append(squares, total), append(wantSquares, wantTotal))
		same(t, "MSE gradient", d, wantD)
		same(t, "MSE dbias", db, wantDB)
	}
	same(t, "MSE in evaluation", []float64{MSE(nil, x, target, ld, 1, rows, cols, nil, nil)},
		[]float64{kernel.MSE(nil, x, target, ld, 1, rows, cols, nil, nil)})
}

// TestGather converts every bit pattern of the 8- and 16-bit types.
func TestGather(t *testing.T) {
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, cols := range []int{1, 7, 16, 33, 256, 1000} {
			rows := 65536/cols + 1
			words, bytes, floats := make([]uint16, rows*cols), make([]uint8, rows*cols), values(r, rows*cols, true)
			for i := range words {
				words[i], bytes[i] = uint16(i), uint8(i)
			}
			index := make([]int32, rows)
			for i := range index {
				index[i] = int32(rows - 1 - i)
			}
			got, want := make([]float32, rows*cols), make([]float32, rows*cols)
			GatherUint8(got, bytes, index, cols)
			kernel.GatherUint8(want, bytes, index, cols)
			same(t, "uint8", got, want)
			GatherFloat16(got, words, index, cols)
			kernel.GatherFloat16(want, words, index, cols)
			same(t, "float16", got, want)
			GatherBFloat16(got, words, index, cols)
			kernel.GatherBFloat16(want, words, index, cols)
			same(t, "bfloat16", got, want)
			Gather(got, floats, index, cols)
			kernel.Gather(want, floats, index, cols)
			same(t, "float32", got, want)
		}
	})
}

func TestNoise(t *testing.T) {
	streams := []philox.Stream{{}, {Seed: math.MaxUint64, Purpose: math.MaxUint32, Step: math.MaxUint64}, {Seed: 5, Purpose: 1, Step: 1 << 33}}
	forEachLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(11, 12))
		for _, d := range []struct {
			kind   kernel.NoiseKind
			amount float64
		}{{kernel.Gaussian, 0.8}, {kernel.Laplace, 0.3}, {kernel.Exponential, 7}, {kernel.Poisson, 0.1}, {kernel.Poisson, 5}, {kernel.Poisson, 256}} {
			var nz kernel.Noise
			if err := nz.Set(d.kind, d.amount); err != nil {
				t.Fatal(err)
			}
			for _, n := range append(lengths(), 1<<20+3) {
				s := streams[n%len(streams)]
				first := []int{0, 64, 4 * n, philox.MaxElements - (n+3)/4*4}[n%4]
				src := values(r, n, false)
				got, want := make([]float32, n), make([]float32, n)
				AddNoise(got, src, first, &nz, s)
				kernel.AddNoise(want, src, first, &nz, s)
				same(t, d.kind.String(), got, want)
			}
			alone, want := make([]float32, 300), make([]float32, 300)
			AddNoise(alone, nil, 0, &nz, streams[2])
			kernel.AddNoise(want, nil, 0, &nz, streams[2])
			same(t, "noise alone", alone, want)
		}
		for _, n := range lengths() {
			got, want := make([]float32, n), make([]float32, n)
			FillUniform(got, 4*n, -0.3, 0.7, streams[2])
			kernel.FillUniform(want, 4*n, -0.3, 0.7, streams[2])
			same(t, "uniform", got, want)
		}
	})
}

// TestNothingOutside: kernels write nothing beside their window.
func TestNothingOutside(t *testing.T) {
	const rows, cols, ld = 9, 21, 40
	forEachLevel(t, func(t *testing.T) {
		y := make([]float32, rows*ld+40)
		for i := range y {
			y[i] = -5
		}
		at := y[13:]
		BiasReLU(at, ld, nil, rows, cols, nil, nil)
		Scale(y[rows*ld+20:][:7], 2, y[rows*ld+20:])
		for i, v := range y {
			r, c := (i-13)/ld, (i-13)%ld
			inside := i >= 13 && r < rows && c < cols
			scaled := i >= rows*ld+20 && i < rows*ld+27
			if inside && v != 0 || !inside && !scaled && v != -5 {
				t.Fatalf("element %d is %v", i, v)
			}
		}
	})
}

func TestPanicsInsteadOfWritingBeyond(t *testing.T) {
	x := make([]float32, 100)
	for name, f := range map[string]func(){
		"Add":      func() { Add(x, x[:99:99], x) },
		"BiasReLU": func() { BiasReLU(x, 10, nil, 11, 10, nil, nil) },
		"bias":     func() { BiasReLU(x, 10, x[:9:9], 10, 10, nil, nil) },
		"Gather":   func() { GatherUint8(x, make([]uint8, 100), []int32{0, 10}, 10) },
		"negative": func() { GatherUint8(x, make([]uint8, 100), []int32{-1, 0, 0, 0, 0, 0, 0}, 10) },
		"noise":    func() { AddNoise(x, x, 2, &kernel.Noise{}, philox.Stream{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			f()
		}()
	}
}

// TestNothingWasFused: a compiler that fuses products and sums would silently cost the fastest
// instruction set.
func TestNothingWasFused(t *testing.T) {
	if Best() != hardware() {
		t.Errorf("%v is used where the processor has %v: the compiler's flags allow it to fuse", Best(), hardware())
	}
}

func TestUse(t *testing.T) {
	if err := Use(Best() + 1); err == nil {
		t.Error("an instruction set beyond the best was accepted")
	}
	if err := Use(None); err != nil {
		t.Error(err)
	}
	if err := Use(Best()); err != nil || Active() != Best() {
		t.Errorf("Use(Best()): %v, active %v", err, Active())
	}
}

func TestNoAllocation(t *testing.T) {
	x := make([]float32, 4096)
	acc := make([]float64, 64)
	var nz kernel.Noise
	if err := nz.Set(kernel.Gaussian, 1); err != nil {
		t.Fatal(err)
	}
	s := kernel.AdamStep[float32]{RootBC2: 1, Decay: 1}
	if n := testing.AllocsPerRun(10, func() {
		AddNoise(x, x, 0, &nz, philox.Stream{Seed: 1})
		BiasReLU(x, 64, nil, 64, 64, acc, acc)
		Adam(x, x, x, x, &s)
		MSE(x, x, x, 64, 1, 64, 64, nil, nil)
		SumSquares(x)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
