//go:build cgo && linux

package cuda

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
)

// bench is a backend with operands that are the same on every backend.
type bench struct {
	compute.Backend
	dt  compute.DType
	rng *rand.Rand
}

// numbers is a tensor of normal numbers.
func (w *bench) numbers(shape ...int) compute.Tensor {
	t := w.Alloc(w.dt, shape...)
	w.Upload(t, w.encode(t.Len(), func() float64 { return w.rng.NormFloat64() }))
	return t
}

func (w *bench) encode(n int, next func() float64) []byte {
	var raw []byte
	for range n {
		if v := next(); w.dt == compute.Float32 {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
		} else {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		}
	}
	return raw
}

func (w *bench) scalar(v float64) compute.Tensor {
	t := w.Alloc(w.dt, 1)
	w.Fill(t, v)
	return t
}

func (w *bench) counter(v float64) compute.Tensor {
	t := w.Alloc(compute.Int64, 1)
	w.Fill(t, v)
	return t
}

// bitCases are operations whose results are the CPU's, bit by bit. Each returns what it wrote.
var bitCases = map[string]func(w *bench) []compute.Tensor{
	"AddNoise gaussian":    noiseCase(compute.Gaussian, 0.8),
	"AddNoise laplace":     noiseCase(compute.Laplace, 1.3),
	"AddNoise exponential": noiseCase(compute.Exponential, 0.37),
	"AddNoise poisson":     noiseCase(compute.Poisson, 3.7),
	"AddNoise poisson 256": noiseCase(compute.Poisson, compute.MaxPoissonRate),
	"Uniform": func(w *bench) []compute.Tensor {
		x := w.Alloc(w.dt, 10007)
		w.Uniform(x, -0.3, 1.7, 5<<40+3, compute.PurposeInit)
		return []compute.Tensor{x}
	},
	"KeepMask": func(w *bench) []compute.Tensor {
		x := w.Alloc(w.dt, 10007)
		w.KeepMask(x, 0.3, 5<<40+3, compute.PurposeDropout, w.counter(1<<34+1))
		return []compute.Tensor{x}
	},
	"Shuffle": func(w *bench) []compute.Tensor {
		x := w.Alloc(compute.Int32, 1000)
		w.Shuffle(x, 50001, 5<<40+3, w.counter(1<<33), w.counter(7), 1000)
		return []compute.Tensor{x}
	},
	"TakeBatch gaussian":    batchCase(compute.Gaussian, 0.8, 64),
	"TakeBatch laplace":     batchCase(compute.Laplace, 1.3, 33),
	"TakeBatch exponential": batchCase(compute.Exponential, 0.37, 128),
	"TakeBatch poisson":     batchCase(compute.Poisson, 3.7, 256),
	"Axpby": func(w *bench) []compute.Tensor {
		x, y := w.numbers(1003), w.numbers(1003)
		w.Axpby(0.1, x, 0.7, y)
		return []compute.Tensor{y}
	},
	"TopKMask": func(w *bench) []compute.Tensor {
		x, y, t := w.numbers(7, 5001), w.Alloc(w.dt, 7, 5001), w.Alloc(w.dt, 7)
		w.TopKMask(y, t, x, w.scalar(37))
		return []compute.Tensor{y, t}
	},
	"Adam":          stepperCase(compute.AdamRule{Beta1: 0.9, Beta2: 0.999}, 1e-3, 0.1, 1e-8),
	"Adam decaying": stepperCase(compute.AdamRule{Beta1: 0.9, Beta2: 0.999, Decays: true}, 1e-3, 0.1, 1e-8, 0.99),
	"Adam changing": stepperCase(compute.AdamRule{Beta2: 0.999, Moves: true}, 1e-3, 0.1, 1e-8, 1, 0.7, 0.3),
	"SGD":           stepperCase(compute.SGDRule{}, 1e-3),
	"SGD momentum":  stepperCase(compute.SGDRule{Velocity: true, Momentum: 0.9}, 1e-3),
	"RMSProp":       stepperCase(compute.RMSRule{Keep: 0.9, Add: 0.1}, 1e-3, 1e-8),
	"SparseAdam":    stepperCase(compute.SparseAdamRule{Beta1: 0.9, Beta2: 0.999}, 1e-3, 1e-8),
	"SparseSGD":     stepperCase(compute.SparseSGDRule{Momentum: 0.9}, 1e-3),
	"Augment": func(w *bench) []compute.Tensor {
		x, y := w.numbers(9, 3, 8, 7), w.Alloc(w.dt, 9, 3, 8, 7)
		w.Augment(y, x, compute.Augmentation{Pad: 2, Flip: true, Seed: 1 << 40, Purpose: compute.PurposeAugment}, w.counter(1<<33))
		return []compute.Tensor{y}
	},
	"Depthwise": func(w *bench) []compute.Tensor {
		x, y, k := w.numbers(2, 6, 5, 19), w.Alloc(w.dt, 2, 6, 5, 19), w.numbers(19, 1, 3, 3)
		w.Depthwise(y, x, k, w.numbers(19))
		return []compute.Tensor{y}
	},
}

// stepperCase is an optimizer's step over parts of which one is kept positive, and one a matrix.
func stepperCase(rule compute.ElementRule, row ...float64) func(w *bench) []compute.Tensor {
	return func(w *bench) []compute.Tensor {
		const n = 5003
		s := compute.NewStepper(w.Backend, rule, w.numbers(n), w.numbers(n), []compute.Part{
			{Rows: 1, Cols: 3001},
			{First: 3001, Rows: 7, Cols: 31, Constraint: compute.Constraint{Positive: true}},
			{First: 3300, Rows: 1, Cols: n - 3300, Constraint: compute.Constraint{Positive: true}, Frozen: true},
		})
		s.State = [2]compute.Tensor{w.numbers(n), w.squares(n)}
		if _, ok := rule.(compute.RMSRule); ok {
			s.State[0] = s.State[1]
		}
		for i := rule.States(); i < 2; i++ {
			s.State[i] = compute.Tensor{}
		}
		rows := w.Alloc(w.dt, 1, len(row))
		for i, v := range row {
			w.Fill(rows.Flat().At(i), v)
		}
		s.Step(w.Backend, w.scalar(0.3), rows)
		results := []compute.Tensor{s.P}
		return append(results, s.State[:rule.States()]...)
	}
}

// squares are numbers that are not negative.
func (w *bench) squares(n int) compute.Tensor {
	t := w.numbers(n)
	w.Unary(compute.Square, t, t)
	return t
}

func noiseCase(kind compute.NoiseKind, amount float64) func(w *bench) []compute.Tensor {
	return func(w *bench) []compute.Tensor {
		x, y := w.numbers(97, 103), w.Alloc(w.dt, 97, 103)
		n := compute.Noise{Kind: kind, Amount: w.scalar(amount), Seed: 5<<40 + 3, Purpose: compute.PurposeTraining}
		w.AddNoise(y, x, n, w.counter(1<<34+9))
		return []compute.Tensor{y}
	}
}

// batchCase takes the last, smaller batch of 1,003 samples, with normalisation and noise.
func batchCase(kind compute.NoiseKind, amount float64, cols int) func(w *bench) []compute.Tensor {
	return func(w *bench) []compute.Tensor {
		samples := w.Alloc(compute.Uint8, 1003, cols)
		raw := make([]byte, samples.Bytes())
		for i := range raw {
			raw[i] = byte(w.rng.Uint32())
		}
		w.Upload(samples, raw)
		const rows = 1003 - 2*400
		t := compute.Batch{
			Row: w.Alloc(w.dt, 1, 5), Table: w.numbers(3, 5), Number: w.counter(2),
			Index: w.Alloc(compute.Int32, rows), Stride: 400, Seed: 5<<40 + 3, Epoch: w.counter(1 << 33),
			Clean: w.Alloc(w.dt, rows, cols), Samples: samples,
			Normal: w.Alloc(w.dt, rows, cols), Mean: w.numbers(cols), Std: w.numbers(cols),
			Noisy: w.Alloc(w.dt, rows, cols), Step: w.counter(1<<34 + 9),
			Noise: compute.Noise{Kind: kind, Amount: w.scalar(amount), Seed: 7, Purpose: compute.PurposeTraining},
		}
		compute.TakeBatch(w.Backend, t)
		return []compute.Tensor{t.Row, t.Index, t.Clean, t.Normal, t.Noisy}
	}
}

// TestSameBitsAsCPU: random numbers, choices and the optimizers' steps do not depend on the backend.
func TestSameBitsAsCPU(t *testing.T) {
	needRunner(t)
	for _, dt := range []compute.DType{compute.Float32, compute.Float64} {
		cpu, gpu := openOn(t, "cpu", dt), openOn(t, "cuda:0", dt)
		for name, run := range bitCases {
			t.Run(fmt.Sprintf("%s/%v", name, dt), func(t *testing.T) {
				want, got := bitsOn(cpu, run), bitsOn(gpu, run)
				for i := range want {
					if !bytes.Equal(want[i], got[i]) {
						t.Errorf("result %d differs: %d of %d elements", i, differing(want[i], got[i], dt.Size()), len(want[i])/dt.Size())
					}
				}
			})
		}
	}
}

func openOn(t *testing.T, device string, dt compute.DType) compute.Backend {
	t.Helper()
	b, err := compute.Open(device, compute.Options{Float: dt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// bitsOn runs a case with operands of its own.
func bitsOn(b compute.Backend, run func(w *bench) []compute.Tensor) [][]byte {
	w := &bench{b, b.Float(), rand.New(rand.NewPCG(1, 2))}
	var all [][]byte
	for _, r := range run(w) {
		raw := make([]byte, r.Bytes())
		b.Download(raw, r)
		all = append(all, raw)
	}
	return all
}

func differing(a, b []byte, size int) int {
	n := 0
	for i := 0; i < len(a); i += size {
		if !bytes.Equal(a[i:min(i+size, len(a))], b[i:min(i+size, len(b))]) {
			n++
		}
	}
	return n
}
