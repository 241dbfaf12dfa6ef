package model_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"noise2sparse/internal/problem"
	"noise2sparse/model"
)

func auxConfig(weight float64) model.Config {
	c := jumpConfig(1, 1)
	c.Activation, c.Hidden, c.BatchTopK.K = "batch_topk", []int{8}, 2
	if weight > 0 {
		c.AuxK = &model.AuxKConfig{K: 2, Weight: weight, DeadAfterSteps: 3}
	}
	return c
}

// auxRun passes a batch four times through a network whose neurons 5 to 7 are too weak to win, so
// that they are dead by the fourth, and returns it with the inputs, and the gradients of the fourth.
func auxRun(t *testing.T, weight float64) (n *auxNet) {
	t.Helper()
	const d, batch = 4, 6
	n = &auxNet{d: d, batch: batch, neurons: 8}
	b := openFloat64(t)
	net, err := model.New(b, auxConfig(weight), model.Spec{Input: d, Output: d, Batch: batch, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	n.values = map[string][]float64{}
	for _, p := range net.Params().List {
		v := values(b, p.Value)
		if p.Name != "output.weight" && p.Name != "output.bias" {
			for i := range v {
				if neuron := i * n.neurons / len(v); neuron >= 5 {
					v[i] *= 1e-3
				}
			}
			upload(b, p.Value, v)
		}
		n.values[p.Name] = v
	}
	n.x = normals(rand.New(rand.NewPCG(8, 8)), batch*d)
	in := tensor(b, n.x, batch, d)
	for range 4 {
		n.out = values(b, net.Forward(in, model.Train))
		dout := make([]float64, len(n.out))
		for i := range dout {
			dout[i] = 2 / float64(d*batch) * (n.out[i] - n.x[i])
		}
		net.Backward(tensor(b, dout, batch, d))
	}
	n.gradients = map[string][]float64{}
	for _, p := range net.Params().List {
		n.gradients[p.Name] = values(b, p.Grad)
	}
	return n
}

type auxNet struct {
	d, batch, neurons int
	x, out            []float64
	values, gradients map[string][]float64
}

// loss is the auxiliary loss of neurons 5 to 7 with the error of out, by its definition.
func (n *auxNet) loss() float64 {
	w, bias, v := n.values["hidden.0.weight"], n.values["hidden.0.bias"], n.values["output.weight"]
	var sum float64
	for s := range n.batch {
		z := make([]float64, n.neurons)
		for i := 5; i < 8; i++ {
			z[i] = bias[i]
			for k := range n.d {
				z[i] += w[i*n.d+k] * n.x[s*n.d+k]
			}
			z[i] = max(z[i], 0)
		}
		weakest := 5 // of three, two speak
		for i := 6; i < 8; i++ {
			if z[i] < z[weakest] {
				weakest = i
			}
		}
		z[weakest] = 0
		for k := range n.d {
			r := n.out[s*n.d+k] - n.x[s*n.d+k]
			for i := 5; i < 8; i++ {
				r += z[i] * v[k*n.neurons+i]
			}
			sum += r * r
		}
	}
	return sum / float64(n.batch*n.d)
}

// What AuxK adds to the gradients is the derivative of its loss, with the error held fixed.
func TestAuxKGradients(t *testing.T) {
	const weight, h = 0.7, 1e-5
	with, without := auxRun(t, weight), auxRun(t, 0)
	for name, p := range with.values {
		moved := false
		for i := range p {
			old := p[i]
			p[i] = old + h
			above := with.loss()
			p[i] = old - h
			want := weight * (above - with.loss()) / (2 * h)
			p[i] = old
			got := with.gradients[name][i] - without.gradients[name][i]
			if math.Abs(got-want) > 1e-8 {
				t.Errorf("%s[%d]: %v was added to the gradient, finite difference %v", name, i, got, want)
			}
			moved = moved || want != 0
		}
		if !moved && name != "output.bias" {
			t.Errorf("%s: nothing was added: this test checks nothing", name)
		}
	}
}

func TestAuxKRefused(t *testing.T) {
	for _, change := range []func(*model.Config){
		func(c *model.Config) { c.Activation = "relu" },
		func(c *model.Config) { c.TiedWeights = true },
		func(c *model.Config) { c.AuxK.K = 9 },
		func(c *model.Config) { c.AuxK.Weight = math.NaN() },
		func(c *model.Config) { c.AuxK.DeadAfterSteps = 0 },
	} {
		c := auxConfig(1)
		change(&c)
		var ps problem.List
		c.Check(&ps)
		if got := fmt.Sprint(ps.All()); len(ps.All()) != 1 || !strings.Contains(got, "auxk") {
			t.Errorf("problems %s", got)
		}
	}
}
