package train

import (
	"math"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/model"
)

// pattern is noise that is the same in every pass: element j of row i has pattern[(5i + j) mod n].
type pattern struct {
	b     compute.Backend
	given compute.Tensor
	v     []float64
}

func (p *pattern) On(model.Mode) bool { return true }

func (p *pattern) Add(dst, src compute.Tensor, _ model.Mode) {
	p.v = p.v[:0]
	for i := range src.Len() {
		p.v = append(p.v, 3*math.Sin(float64(i*i%37)))
	}
	given := p.given.Head(src.Rows())
	uploadFloats(p.b, given, p.v)
	p.b.Binary(compute.Add, dst, src, given)
}

// nearestOwn counts the rows of q that are nearest to the row of x with their own number.
func nearestOwn(q, x []float64) (hits float64) {
	for i := 0; i < len(q); i += width {
		nearest, least := -1, math.Inf(1)
		for j := 0; j < len(x); j += width {
			var d2 float64
			for c := range width {
				d2 += (q[i+c] - x[j+c]) * (q[i+c] - x[j+c])
			}
			if d2 < least {
				nearest, least = j, d2
			}
		}
		if nearest == i {
			hits++
		}
	}
	return hits
}

// Clean samples are the normalised ones, inputs are normalised, projected and noised in this order, and
// outputs are compared with the normalised samples too.
func TestClosestNormalizedProjectedAndNoised(t *testing.T) {
	b, err := compute.Open("cpu", compute.Options{Float: compute.Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	noise := &pattern{b: b, given: b.Alloc(compute.Float64, 8, width)}
	const mean, std = 0.4, 0.25
	for _, projection := range []string{"none", "before_noise"} {
		c := smallConfig(func(c *Config) {
			c.Model.Projection, c.Metrics.Extra = projection, []string{"closest_target"}
			c.Model.InputNormalization = &model.NormalizationConfig{Mean: []float64{mean}, Std: []float64{std}, Target: "raw"}
		})
		var e *Engine
		var noised, reconstructed float64
		look := func() {
			x, out := numbers(e, e.Input()), numbers(e, e.out)
			for i := range x {
				x[i] = (x[i] - mean) / std
			}
			q := append([]float64(nil), x...)
			if projection != "none" {
				p := numbers(e, e.Net.Params().List[0].Value)
				for i := range q {
					row := x[i/width*width:]
					q[i] = 0
					for j := range width {
						q[i] += p[i%width*width+j] * row[j]
					}
				}
			}
			for i := range q {
				q[i] += noise.v[i]
			}
			noised += nearestOwn(q, x)
			reconstructed += nearestOwn(out, x)
		}
		e, err = NewEngine(b, c, &data.Dataset{Name: "test", Train: data.Split{X: grains(t, 20)}}, Replace{
			MetricNoise: noise, Hooks: Hooks{AfterBackward: look},
		})
		if err != nil {
			t.Fatal(err)
		}
		e.BeginEpoch(0, 0)
		e.Steps(0, e.StepsPerEpoch())
		got := e.MeasureTraining(e.StepsPerEpoch()).Closest
		if got.Noised != noised || got.Reconstructed != reconstructed {
			t.Errorf("projection %s: %v and %v of 20 are nearest to their own sample, want %v and %v", projection, got.Noised, got.Reconstructed, noised, reconstructed)
		}
		if noised == 0 || noised == 20 {
			t.Errorf("projection %s: %v of 20 tells nothing", projection, noised)
		}
	}
}
