package data

import (
	"math"
	"runtime"
	"testing"
)

func generate(t testing.TB, name string, seed uint64, params map[string]float64) *Dataset {
	t.Helper()
	d, err := Load(Options{Name: name, Seed: seed, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGeneratedDataDependOnTheSeedAlone(t *testing.T) {
	for _, name := range []string{"sparse-codes", "dead-leaves"} {
		small := map[string]float64{"samples": 1000}
		first := generate(t, name, 5, small).SHA256()
		old := runtime.GOMAXPROCS(1)
		one := generate(t, name, 5, small).SHA256()
		runtime.GOMAXPROCS(7)
		seven := generate(t, name, 5, small).SHA256()
		runtime.GOMAXPROCS(old)
		if first != one || first != seven {
			t.Errorf("%s: the number of threads shows", name)
		}
		if generate(t, name, 6, small).SHA256() == first {
			t.Errorf("%s: the seed does not show", name)
		}
		if generate(t, name, 6, map[string]float64{"samples": 1000, "seed": 5}).SHA256() != first {
			t.Errorf("%s: the parameter seed is not taken", name)
		}
	}
}

// Generated data are part of published results: the same parameters must give the same bits, on
// every machine and in every version. Where a change is meant, say so in the release notes.
func TestGeneratedBitsNeverChange(t *testing.T) {
	for name, want := range map[string]string{
		"sparse-codes": "966e41e3fd976698d2ec7141b59959da759e72c1fb197513c623565114f3fe01",
		"dead-leaves":  "d200030def53e3f10d978e6c1c59e9000c3ba0b39de1fdbd106c888cbae9f716",
	} {
		p := map[string]float64{"samples": 300}
		if name == "sparse-codes" {
			p["noise"] = 0.1
		}
		if got := generate(t, name, 5, p).SHA256(); got != want {
			t.Errorf("%s: hash %s, want %s", name, got, want)
		}
	}
}

// Each sample must be an exact combination of `active` elements with weights in [0.5, 1.5): with
// a dictionary of at most dim elements the codes follow from the samples by least squares.
func TestSparseCodesAreSparse(t *testing.T) {
	const dim, atoms, active = 24, 8, 3
	d := generate(t, "sparse-codes", 1, map[string]float64{"samples": 200, "dim": dim, "atoms": atoms, "active": active})
	dict := d.Dictionary.Float32s()
	for i := range atoms {
		norm := 0.0
		for _, v := range dict[i*dim : (i+1)*dim] {
			norm += float64(v) * float64(v)
		}
		if math.Abs(norm-1) > 1e-6 {
			t.Errorf("element %d has a squared norm of %v", i, norm)
		}
	}
	x := d.Train.X.Float32s()
	for n := range d.Train.Len() {
		code := leastSquares(dict, x[n*dim:(n+1)*dim], atoms, dim)
		on := 0
		for _, c := range code {
			if math.Abs(c) > 1e-4 {
				on++
				if c < 0.4999 || c > 1.5001 {
					t.Fatalf("sample %d has a weight of %v", n, c)
				}
			}
		}
		if on != active {
			t.Fatalf("sample %d is made of %d elements: %v", n, on, code)
		}
	}
}

// leastSquares solves (D Dᵀ) c = D x by Gaussian elimination.
func leastSquares(dict, x []float32, atoms, dim int) []float64 {
	m := make([][]float64, atoms)
	for i := range m {
		m[i] = make([]float64, atoms+1)
		for k := range dim {
			for j := range atoms {
				m[i][j] += float64(dict[i*dim+k]) * float64(dict[j*dim+k])
			}
			m[i][atoms] += float64(dict[i*dim+k]) * float64(x[k])
		}
	}
	for i := range m { // positive definite: no pivoting
		for j := range m {
			if j == i {
				continue
			}
			f := m[j][i] / m[i][i]
			for k := range m[j] {
				m[j][k] -= f * m[i][k]
			}
		}
	}
	c := make([]float64, atoms)
	for i := range c {
		c[i] = m[i][atoms] / m[i][i]
	}
	return c
}

func TestNoiseWithinSparseCodes(t *testing.T) {
	p := map[string]float64{"samples": 2000, "active": 1, "noise": 0.5}
	with := generate(t, "sparse-codes", 3, p)
	sum := 0.0
	for _, v := range with.Train.X.Float32s() {
		sum += float64(v) * float64(v)
	}
	// E x² = E c² / dim + noise², with E c² = 1 + 1/12.
	want := (1+1.0/12)/64 + 0.25
	if got := sum / float64(with.Train.X.Len()); math.Abs(got-want) > 0.005 {
		t.Errorf("mean square %v, want %v", got, want)
	}
}

// Neighbouring pixels of dead leaves are mostly of one disc, distant ones are not; grey levels
// are uniform, so their variance is at most 1/12.
func TestDeadLeavesLookNatural(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	d := generate(t, "dead-leaves", 2, map[string]float64{"samples": 2000, "center": 0, "size": 32})
	if *d.Image != (Image{1, 32, 32}) {
		t.Errorf("image %v", d.Image)
	}
	x := d.Train.X.Float32s()
	mean, variance := 0.0, 0.0
	for _, v := range x {
		if v < 0 || v > 1 {
			t.Fatalf("a value of %v", v)
		}
		mean += float64(v) / float64(len(x))
	}
	apart := map[int]float64{1: 0, 4: 0, 16: 0}
	for n := range d.Train.Len() {
		img := x[n*1024 : (n+1)*1024]
		for row := range 32 {
			for col := range 16 {
				a := float64(img[row*32+col]) - mean
				variance += a * a
				for k := range apart {
					apart[k] += a * (float64(img[row*32+col+k]) - mean)
				}
			}
		}
	}
	c1, c4, c16 := apart[1]/variance, apart[4]/variance, apart[16]/variance
	if math.Abs(mean-0.5) > 0.03 || c1 < 0.8 || c4 > c1-0.1 || c16 > c4-0.1 || c16 < 0 {
		t.Errorf("mean %.3f, correlation at 1, 4, 16 pixels: %.3f %.3f %.3f", mean, c1, c4, c16)
	}
	centred := generate(t, "dead-leaves", 2, map[string]float64{"samples": 100, "scale": 3})
	for n := range centred.Train.Len() {
		sum := 0.0
		for _, v := range centred.Train.X.Slice(n, n+1).Float32s() {
			sum += float64(v)
		}
		if math.Abs(sum) > 1e-3 {
			t.Fatalf("patch %d has a sum of %v", n, sum)
		}
	}
}

func TestRecoveredAtoms(t *testing.T) {
	dict := floats(t, []float32{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3)
	encoder := floats(t, []float32{5, 1, 0, 0, 0, 0}, 2, 3)    // near the first element; a zero row
	decoder := floats(t, []float32{0, 1, -2, 1, 0.1, 0}, 3, 2) // near the second, negated; (1, 1, 0)
	r, err := RecoveredAtoms(dict, encoder, decoder, RecoveredThreshold)
	if err != nil || r.Count != 2 || r.Atoms != 3 || math.Abs(r.Fraction-2.0/3) > 1e-12 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := RecoveredAtoms(dict, encoder, Array{}, 0.9); err != nil || r.Count != 1 || math.Abs(float64(r.Similarity[0])-5/math.Sqrt(26)) > 1e-6 {
		t.Errorf("the encoder alone: %+v, %v", r, err)
	}
	if _, err := RecoveredAtoms(dict, floats(t, []float32{1, 2}, 1, 2), Array{}, 0.9); err == nil {
		t.Error("an encoder of another width was accepted")
	}
	if _, err := RecoveredAtoms(dict, Array{}, floats(t, []float32{1, 2}, 2, 1), 0.9); err == nil {
		t.Error("a decoder of another width was accepted")
	}
}

func BenchmarkDeadLeaves(b *testing.B) {
	for range b.N {
		generate(b, "dead-leaves", 5, nil)
	}
}
