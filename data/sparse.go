package data

import (
	"fmt"
	"math"

	"noise2sparse/internal/array"
	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

func init() {
	Datasets.Register(registry.Entry[Kind]{
		Name: "sparse-codes",
		Doc:  "generated: sparse non-negative combinations of a known dictionary, so that recovery can be counted",
		Value: Kind{
			Generated: true,
			Params: []Param{
				{Name: "samples", Default: 20000, Min: 10, Max: 1e7, Integer: true, Doc: "training samples; a tenth as many are added for validation"},
				{Name: "dim", Default: 64, Min: 1, Max: 1 << 16, Integer: true, Doc: "values of a sample"},
				{Name: "atoms", Default: 64, Min: 1, Max: 1 << 16, Integer: true, Doc: "elements of the dictionary"},
				{Name: "active", Default: 3, Min: 1, Max: 1 << 16, Integer: true, Doc: "elements that a sample is made of"},
				{Name: "noise", Default: 0, Min: 0, Max: 1e3, Doc: "standard deviation of the noise within the data, per value"},
				seedParam,
			},
			check: checkSparse,
			load:  makeSparse,
		},
	})
}

// maxGenerated is the largest number of values of a generated dataset.
const maxGenerated = 1 << 30

func checkSparse(p params, ps *problem.List) {
	if p["active"] > p["atoms"] {
		ps.Addf("active", "is %v; the dictionary has only %v elements", p["active"], p["atoms"])
	}
	if n := p["samples"] * 1.1 * p["dim"]; n > maxGenerated {
		ps.Addf("samples", "times dim is %.3g values; at most %d are generated", n, maxGenerated)
	}
	if n := p["atoms"] * p["dim"]; n > maxGenerated {
		ps.Addf("atoms", "times dim is %.3g values; at most %d are generated", n, maxGenerated)
	}
}

// makeSparse draws x = Σ_j c_j D_j + noise·n over `active` distinct elements j of the dictionary,
// with c_j uniform in [0.5, 1.5) and n of unit variance. The rows of D (atoms × dim) have random
// directions and unit norm. Samples are numbered through both splits.
func makeSparse(o Options, p params) (*Dataset, error) {
	dim, atoms, seed := p.int("dim"), p.int("atoms"), p.seed(o)
	dict := makeDictionary(newRandom(seed, 0), atoms, dim)
	train := p.int("samples")
	val := max(1, train/10)
	x := make([]float32, (train+val)*dim)
	parallel(train+val, 256, func(lo, hi int) {
		row := make([]float64, dim)
		var chosen []int
		for i := lo; i < hi; i++ {
			r := newRandom(seed, 1+i)
			clear(row)
			chosen = distinct(r, chosen[:0], p.int("active"), atoms)
			for _, j := range chosen {
				c := 0.5 + r.float()
				for k, v := range dict[j*dim : (j+1)*dim] {
					row[k] += float64(c * float64(v))
				}
			}
			for k := range row {
				if s := p["noise"]; s > 0 {
					row[k] += float64(s * r.normal())
				}
				x[i*dim+k] = float32(row[k])
			}
		}
	})
	d, err := splitGenerated(x, train, val, dim)
	if err != nil {
		return nil, err
	}
	a, err := array.FromFloat32s(dict, atoms, dim)
	d.Dictionary = &a
	return d, err
}

// makeDictionary draws rows of unit norm and (nearly) uniform direction.
func makeDictionary(r random, atoms, dim int) []float32 {
	dict := make([]float32, atoms*dim)
	row := make([]float64, dim)
	for i := range atoms {
		norm := 0.0
		for norm == 0 {
			for k := range row {
				row[k] = r.normal()
				norm += float64(row[k] * row[k])
			}
		}
		norm = math.Sqrt(norm)
		for k, v := range row {
			dict[i*dim+k] = float32(v / norm)
		}
	}
	return dict
}

// distinct appends k distinct numbers below n (Floyd's algorithm; k is small).
func distinct(r random, to []int, k, n int) []int {
	for j := n - k; j < n; j++ {
		v := r.intn(j + 1)
		for _, c := range to {
			if c == v {
				v = j
				break
			}
		}
		to = append(to, v)
	}
	return to
}

// splitGenerated makes a dataset of rows, the first ones for training.
func splitGenerated(x []float32, train, val int, shape ...int) (*Dataset, error) {
	a, err := array.FromFloat32s(x, append([]int{train + val}, shape...)...)
	if err != nil {
		return nil, fmt.Errorf("generated data: %w", err)
	}
	return &Dataset{Train: Split{X: a.Slice(0, train)}, Val: Split{X: a.Slice(train, train+val)}}, nil
}
