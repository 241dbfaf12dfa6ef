package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"noise2sparse/internal/philox"
)

// The tests here compare with the definitions computed the plain way in float64; tolerances are
// bounds of the rounding errors of float32.

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v within %v", what, got, want, tolerance)
	}
}

func TestSums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 15, 16, 17, 4096, 4097, 100000} {
		x := random(r, n)
		var sum, squares, abs float64
		for _, v := range x {
			sum += float64(v)
			squares += float64(v) * float64(v)
			abs += math.Abs(float64(v))
		}
		near(t, "Sum", Sum(x), sum, 1e-5*abs)
		near(t, "SumSquares", SumSquares(x), squares, 1e-5*squares)
		near(t, "SumAbs", SumAbs(x), abs, 1e-5*abs)
	}
}

// TestOrderOfSums pins the documented order with numbers whose sum depends on it: lanes first.
func TestOrderOfSums(t *testing.T) {
	x := make([]float32, 32)
	x[0], x[1], x[16] = 1<<24, 1, -(1 << 24)
	if got := Sum(x); got != 1 {
		t.Errorf("lane 0 must hold x[0] + x[16] before lane 1 comes in: got %v", got)
	}
	x = make([]float32, 2*Block)
	x[0], x[Block] = 1<<24, 1
	if got := Sum(x); got != 1<<24+1 {
		t.Errorf("blocks must be added in float64: got %v", got)
	}
	x = make([]float32, 16)
	x[0], x[4], x[8], x[12] = 1<<24, 1, -(1 << 24), 1
	if got := Sum(x); got != 2 {
		t.Errorf("lanes l and l+8 must be combined first: got %v", got)
	}
}

func TestCounts(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := []float32{-1, float32(math.Copysign(0, -1)), 0, 2, nan, -inf, inf}
	if p, n := CountPositive(x), CountNegative(x); p != 2 || n != 2 {
		t.Errorf("%d positive and %d negative; want 2 and 2", p, n)
	}
	for _, c := range []struct {
		x    []float32
		want bool
	}{{nil, true}, {x[:4], true}, {x[4:5], false}, {x[5:6], false}, {x[6:], false}, {[]float32{math.MaxFloat32}, true}} {
		if got := AllFinite(c.x); got != c.want {
			t.Errorf("AllFinite(%v) = %v", c.x, got)
		}
	}
	if m := Max(x[:4]); m != 2 {
		t.Errorf("Max = %v", m)
	}
	if m := Max(x); m == m {
		t.Errorf("Max with NaN = %v", m)
	}
	if m := MaxAbs(x[:4]); m != 2 {
		t.Errorf("MaxAbs = %v", m)
	}
}

func TestBiasReLU(t *testing.T) {
	nan := float32(math.NaN())
	y := []float32{ // 3 × 2 of distance 3
		1, -5, 77,
		nan, 0.5, 77,
		-2, 0.25, 77,
	}
	fired, total := []float64{10, 20}, []float64{100, 200}
	BiasReLU(y, 3, []float32{1, -0.5}, 3, 2, fired, total)
	want := []float32{2, 0, 77, nan, 0, 77, 0, 0, 77}
	for i, w := range want {
		if y[i] != w && !(w != w && y[i] != y[i]) {
			t.Errorf("y[%d] = %v, want %v", i, y[i], w)
		}
	}
	if fired[0] != 11 || fired[1] != 20 {
		t.Errorf("fired %v; NaN and 0 must not count", fired)
	}
	if total[0] == total[0] || total[1] != 200 {
		t.Errorf("total %v; NaN must show, the old value must stay", total)
	}
}

func TestReLUBackward(t *testing.T) {
	d := []float32{1, 2, 3, 4, 5, 6}
	db := []float32{0.5, 0, 0}
	ReLUBackward(d, d, []float32{1, 0, -1, 2, 3, float32(math.NaN())}, 3, db, 2, 3)
	for i, w := range []float32{1, 0, 0, 4, 5, 0} {
		if d[i] != w {
			t.Errorf("d[%d] = %v, want %v", i, d[i], w)
		}
	}
	for i, w := range []float32{5.5, 5, 0} {
		if db[i] != w {
			t.Errorf("dbias[%d] = %v, want %v", i, db[i], w)
		}
	}
}

// TestCutting: sums over rows do not depend on cuts between columns or at multiples of RowBlock.
func TestCutting(t *testing.T) {
	const rows, cols = 40, 50
	x := random(rand.New(rand.NewPCG(2, 2)), rows*cols)
	whole := make([]float64, cols)
	ColSums(whole, x, cols, rows, cols)
	parts := make([]float64, cols)
	for _, j := range []int{0, 7, 30} {
		end := map[int]int{0: 7, 7: 30, 30: cols}[j]
		ColSums(parts[j:end], x[j:], cols, 24, end-j)
		ColSums(parts[j:end], x[24*cols+j:], cols, rows-24, end-j)
	}
	for j := range whole {
		if whole[j] != parts[j] {
			t.Fatalf("column %d: %v in parts, %v whole", j, parts[j], whole[j])
		}
		want := 0.0
		for i := range rows {
			want += float64(x[i*cols+j])
		}
		near(t, "column sum", whole[j], want, 1e-5)
	}
}

func TestMSE(t *testing.T) {
	const rows, cols, ld = 11, 5000, 5001
	r := rand.New(rand.NewPCG(3, 3))
	out, target := random(r, rows*ld), random(r, rows*ld)
	grad, squares, db := make([]float32, rows*ld), make([]float64, rows), make([]float32, cols)
	total := MSE(grad, out, target, ld, 0.5, rows, cols, squares, db)
	var sum float64
	for i := range rows {
		var row float64
		for j := range cols {
			d := float64(out[i*ld+j] - target[i*ld+j])
			row += d * d
			near(t, "gradient", float64(grad[i*ld+j]), 0.5*d, 0)
		}
		near(t, "row", squares[i], row, 1e-5*row)
		sum += squares[i]
		if grad[i*ld+cols] != 0 {
			t.Error("written beside the window")
		}
	}
	near(t, "total", total, sum, 0)
	want := make([]float32, cols)
	ColSums(want, grad, ld, rows, cols)
	for j := range want {
		near(t, "dbias", float64(db[j]), float64(want[j]), 0)
	}
}

// TestAdam follows the formula in float64 for many steps.
func TestAdam(t *testing.T) {
	const n, lr, b1, b2, eps = 100, 1e-3, 0.9, 0.999, 1e-8
	r := rand.New(rand.NewPCG(4, 4))
	p, m, v := random(r, n), make([]float32, n), make([]float32, n)
	p64, m64, v64 := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range p {
		p64[i] = float64(p[i])
	}
	for step := 1; step <= 50; step++ {
		g := random(r, n)
		bc1, bc2 := 1-math.Pow(b1, float64(step)), 1-math.Pow(b2, float64(step))
		Adam(p, m, v, g, &AdamStep[float32]{
			Clip: 0.5, Beta1: b1, OneMinus1: 1 - b1, Beta2: b2, OneMinus2: 1 - b2,
			StepSize: float32(lr / bc1), RootBC2: float32(math.Sqrt(bc2)), Eps: eps, Decay: 1,
		})
		for i := range p64 {
			gi := 0.5 * float64(g[i])
			m64[i] = b1*m64[i] + (1-b1)*gi
			v64[i] = b2*v64[i] + (1-b2)*gi*gi
			p64[i] -= lr * (m64[i] / bc1) / (math.Sqrt(v64[i]/bc2) + eps)
		}
	}
	for i := range p {
		near(t, "parameter", float64(p[i]), p64[i], 2e-6)
		near(t, "first moment", float64(m[i]), m64[i], 1e-6)
		near(t, "second moment", float64(v[i]), v64[i], 1e-6)
	}
}

func TestCrossEntropy(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name    string
		z       []float64
		label   int32
		loss    float64
		correct int
		grad    []float64
	}{
		{"even", []float64{0, 0}, 0, math.Ln2, 1, []float64{-0.5, 0.5}},
		{"tie goes to the lowest", []float64{0, 0}, 1, math.Ln2, 0, []float64{0.5, -0.5}},
		{"sure", []float64{1000, 0, -1000}, 0, 0, 1, []float64{0, 0, 0}},
		{"wrong", []float64{1000, 0}, 1, 1000, 0, []float64{1, -1}},
		{"three", []float64{math.Log(1), math.Log(2), math.Log(5)}, 1, math.Log(4), 0, []float64{0.125, 0.25 - 1, 0.625}},
		{"not a number", []float64{math.NaN(), 0}, 0, math.NaN(), 0, nil},
		{"infinite", []float64{inf, 0}, 0, math.NaN(), 0, nil},
		{"label out of range", []float64{1, 2}, 2, math.NaN(), 0, []float64{0, 0}},
	} {
		grad := make([]float64, len(c.z))
		loss, correct := CrossEntropy(grad, c.z, []int32{c.label}, 1, len(c.z), 2)
		if math.IsNaN(c.loss) != math.IsNaN(loss) || math.Abs(loss-c.loss) > 1e-12 || correct != c.correct {
			t.Errorf("%s: loss %v, correct %d; want %v, %d", c.name, loss, correct, c.loss, c.correct)
		}
		for j, g := range c.grad {
			near(t, c.name+": gradient", grad[j], 2*g, 1e-12)
		}
		if again, _ := CrossEntropy(nil, c.z, []int32{c.label}, 1, len(c.z), 2); again != loss && loss == loss {
			t.Errorf("%s: loss %v without gradient", c.name, again)
		}
	}
}

func TestAxpbyDoesNotReadOldValues(t *testing.T) {
	y := []float32{float32(math.NaN())}
	Axpby(y, 2, []float32{3}, 0)
	if y[0] != 6 {
		t.Errorf("got %v, want 6", y[0])
	}
	Axpby(y, 2, []float32{3}, 0.5)
	if y[0] != 9 {
		t.Errorf("got %v, want 9", y[0])
	}
}

func TestFloat16(t *testing.T) {
	for h, want := range map[uint16]float64{
		0x0000: 0, 0x3C00: 1, 0xC000: -2, 0x7BFF: 65504, 0x0001: 0x1p-24, 0x03FF: 1023 * 0x1p-24,
		0x0400: 0x1p-14, 0x3555: 0.333251953125, 0x7C00: math.Inf(1), 0xFC00: math.Inf(-1),
	} {
		if got := float64(Float16(h)); got != want {
			t.Errorf("Float16(%#04x) = %v, want %v", h, got, want)
		}
	}
	if v := Float16(0x8000); v != 0 || !math.Signbit(float64(v)) {
		t.Errorf("Float16(-0) = %v", v)
	}
	if v := Float16(0x7C01); v == v {
		t.Errorf("Float16(NaN) = %v", v)
	}
}

func TestGather(t *testing.T) {
	dst := make([]float64, 4)
	GatherUint8(dst, []uint8{0, 255, 51, 102}, []int32{1, 0}, 2)
	for i, w := range []float64{0.2, 0.4, 0, 1} {
		if dst[i] != w {
			t.Errorf("dst[%d] = %v, want %v", i, dst[i], w)
		}
	}
	if i := CheckIndex([]int32{0, 4, 5, -1}, 5); i != 2 {
		t.Errorf("CheckIndex found position %d, want 2", i)
	}
	if i := CheckIndex([]int32{-1}, 5); i != 0 {
		t.Errorf("CheckIndex found position %d, want 0", i)
	}
	defer func() {
		if recover() == nil {
			t.Error("a row out of range was gathered")
		}
	}()
	Gather(dst, []float32{1, 2}, []int32{1}, 2)
}

func TestWindowsThatDoNotFitPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"short":  func() { ColSums(make([]float32, 2), make([]float32, 5), 2, 3, 2) },
		"narrow": func() { BiasReLU(make([]float32, 9), 2, nil, 2, 3, nil, nil) },
		"first":  func() { FillUniform(make([]float32, 4), 2, 0, 1, philox.Stream{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
