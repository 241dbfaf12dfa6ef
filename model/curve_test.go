package model_test

import (
	"math"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/model"
)

// curves are the smooth activations by their formulas in PyTorch's documentation.
var curves = map[string]func(x float64) float64{
	"gelu":    func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) },
	"sigmoid": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"tanh":    math.Tanh,
	"leaky_relu": func(x float64) float64 {
		return math.Max(x, 0) + 0.01*math.Min(x, 0)
	},
	"silu": func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	"elu": func(x float64) float64 {
		if x > 0 {
			return x
		}
		return math.Expm1(x)
	},
	"softplus": func(x float64) float64 {
		if x > 20 {
			return x
		}
		return math.Log1p(math.Exp(x))
	},
	"identity": func(x float64) float64 { return x },
}

// points are far out, near and at the places where curves bend.
var points = []float64{-90, -30, -3, -1, -0.5, -1e-3, 0, 1e-3, 0.7, 1, 2.5, 19.9, 20.1, 30, 90}

// slopesAtKinks are derivatives at 0 where the curve has a kink: PyTorch's.
var slopesAtKinks = map[string]float64{"relu": 0, "leaky_relu": 0.01, "elu": 1}

// TestCurves: values, slopes by central differences, counts of active neurons and sums.
func TestCurves(t *testing.T) {
	for name, f := range curves {
		t.Run(name, func(t *testing.T) {
			b := openFloat64(t)
			const threshold = 0.5
			entry, err := model.Activations.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			n := len(points)
			act := entry.Value(b, model.LayerSpec{Batch: 1, Width: n, Threshold: threshold})
			shifted := make([]float64, n) // the bias moves them back
			bias := make([]float64, n)
			for i, x := range points {
				bias[i] = 0.25 * float64(i%2)
				shifted[i] = x - bias[i]
			}
			pre, post := tensor(b, shifted, 1, n), b.Alloc(compute.Float64, 1, n)
			activity := model.NewActivity(b, n)
			act.Forward(b, post, pre, tensor(b, bias, n), activity)
			dpost := make([]float64, n)
			for i := range dpost {
				dpost[i] = 2
			}
			d, dbias := tensor(b, dpost, 1, n), b.Alloc(compute.Float64, n)
			act.Backward(b, d, dbias, d, post, pre)
			y, dx, db := values(b, post), values(b, d), values(b, dbias)
			fired, total := values(b, activity.Fired), values(b, activity.Total)
			for i, x := range points {
				want := f(x)
				if math.Abs(y[i]-want) > 1e-14*math.Max(1, math.Abs(want)) {
					t.Errorf("f(%v) is %v, want %v", x, y[i], want)
				}
				slope := (f(x+1e-5) - f(x-1e-5)) / 2e-5
				if k, ok := slopesAtKinks[name]; ok && x == 0 {
					slope = k
				}
				if math.Abs(dx[i]-2*slope) > 1e-8 || db[i] != dx[i] {
					t.Errorf("gradient at %v is %v, of the bias %v, want %v", x, dx[i], db[i], 2*slope)
				}
				if active := math.Abs(want) > threshold; (fired[i] == 1) != active || total[i] != y[i] {
					t.Errorf("at %v fired is %v, total %v; want active %v, total %v", x, fired[i], total[i], active, y[i])
				}
			}
		})
	}
}

// withConstants are activations with fields of their own in the configuration: jumprelu_test.go.
var withConstants = map[string]bool{"jumprelu": true, "batch_topk": true}

// TestActivationGradients: whole networks with each activation.
func TestActivationGradients(t *testing.T) {
	for _, name := range model.Activations.Names() {
		if withConstants[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			checkGradients(t, gradientCase{
				config: model.Config{Kind: "ffn", Hidden: []int{6, 5}, Activation: name, HiddenBias: true, OutputBias: true},
				input:  4, output: 3, batch: 7, seed: 3,
			})
			if _, ok := curves[name]; !ok && name != "relu" {
				t.Errorf("%s is not in the table of curves", name)
			}
		})
	}
}

// Above 20 softplus is the identity, and its slope exactly 1, which no difference quotient would show.
func TestSoftplusSlopeAbove20(t *testing.T) {
	b := openFloat64(t)
	x := tensor(b, []float64{19.9, 20, 20.1, 30}, 1, 4)
	y := b.Alloc(compute.Float64, 1, 4)
	b.Unary(compute.SoftplusSlope, y, x)
	got := values(b, y)
	if got[0] >= 1 || got[1] >= 1 || got[2] != 1 || got[3] != 1 {
		t.Errorf("slopes at 19.9, 20, 20.1 and 30 are %v; want two below 1, and 1 twice", got)
	}
}
