package convert

import (
	"fmt"
	"strings"

	"noise2sparse/internal/array"
)

// understand renames the tensors, and finds out which network they belong to.
func (im *Import) understand(tensors []array.Named) error {
	named, err := im.rename(tensors)
	if err != nil {
		return err
	}
	for _, t := range named {
		if IsCounter(t.Name) {
			im.State = append(im.State, t)
			im.counted(t)
			continue
		}
		im.Params = append(im.Params, t)
	}
	if err := im.network(); err != nil {
		return err
	}
	return im.moments()
}

// counted takes the number of epochs done from the counter of an annealed k, where the file does not
// say it otherwise.
func (im *Import) counted(t array.Named) {
	if t.Name != "top_k.epoch_counter" || im.Epoch > 0 || im.Loop != "" || t.Array.Len() != 1 {
		return
	}
	if n := t.Array.Float64(0); n > 0 && n <= maxEpochs {
		im.Epoch = int(n)
		im.note("took the %d epochs of top_k.epoch_counter for the epochs done", im.Epoch)
	}
}

// network infers the fields of `model:`, and checks that the shapes fit each other.
func (im *Import) network() error {
	p := params{}
	for _, t := range im.Params {
		p[t.Name] = t.Array
	}
	if p.onImages() {
		return im.imageNetwork(p)
	}
	if _, ok := p["hidden.0.weight"]; !ok {
		if beta, ok := p["beta"]; ok && beta.Len() == 1 {
			im.override("model.kind=attention")
			return nil
		}
		return fmt.Errorf("there is no tensor hidden.0.weight (net.1.weight in the reference), nor features.0.weight or conv1.weight of a network on images")
	}
	var hidden []string
	first, err := p.matrix("hidden.0.weight", 0, 0)
	if err != nil {
		return err
	}
	im.Input, im.Output = first[1], first[1]
	width := im.Input
	biases := 0
	for i := 0; ; i++ {
		name := fmt.Sprintf("hidden.%d.", i)
		if _, ok := p[name+"weight"]; !ok {
			break
		}
		shape, err := p.matrix(name+"weight", 0, width)
		if err != nil {
			return err
		}
		width = shape[0]
		hidden = append(hidden, fmt.Sprint(width))
		if _, ok := p[name+"bias"]; ok {
			biases++
			if err := p.vector(name+"bias", width); err != nil {
				return err
			}
		}
	}
	im.override("model.hidden=[" + strings.Join(hidden, ", ") + "]")
	if err := im.hiddenBias(p, biases, len(hidden)); err != nil {
		return err
	}
	if err := im.output(p, width, len(hidden)); err != nil {
		return err
	}
	return im.extras(p)
}

// hiddenBias: all hidden layers have a bias vector or none has. A shared bias stands for the first
// layer's.
func (im *Import) hiddenBias(p params, biases, layers int) error {
	_, shared := p["hidden.0.shared_bias"]
	rest := layers
	if shared {
		im.override("model.shared_bias=true")
		rest--
	}
	if biases != 0 && biases != rest {
		return fmt.Errorf("%d of %d hidden layers have a bias; it must be all or none", biases, rest)
	}
	if !shared || rest > 0 {
		im.override(fmt.Sprintf("model.hidden_bias=%t", biases > 0))
	}
	return nil
}

func (im *Import) output(p params, width, layers int) error {
	_, bias := p["output.bias"]
	im.override(fmt.Sprintf("model.output_bias=%t", bias))
	if _, ok := p["output.weight"]; ok {
		shape, err := p.matrix("output.weight", 0, width)
		if err != nil {
			return err
		}
		im.Output = shape[0]
	} else {
		if layers > 1 {
			return fmt.Errorf("there is no tensor output.weight, and with %d hidden layers it can't be tied to the first one", layers)
		}
		im.override("model.tied_weights=true")
	}
	if im.Output != im.Input {
		im.override("task=classification")
	}
	if bias {
		return p.vector("output.bias", im.Output)
	}
	return nil
}

// extras are the parts that most networks lack.
func (im *Import) extras(p params) error {
	if _, ok := p["projection.weight"]; ok {
		if _, err := p.matrix("projection.weight", im.Input, im.Input); err != nil {
			return err
		}
		if im.projection != "" {
			im.override("model.projection=" + im.projection)
		}
	}
	if _, ok := p["hidden.0.log_threshold"]; ok {
		im.override("model.activation=jumprelu")
	}
	for _, kind := range []struct{ tensor, name string }{
		{"inhibition.0.weight", "all_to_all"},
		{"inhibition.0.pool.weight", "interneuron"},
	} {
		if _, ok := p[kind.tensor]; ok {
			im.override("model.inhibition.kind=" + kind.name)
		}
	}
	return nil
}

// params are the parameters by name.
type params map[string]array.Array

// matrix returns the shape of a matrix, which must be rows × cols; 0 is for any number.
func (p params) matrix(name string, rows, cols int) ([]int, error) {
	s := p[name].Shape
	if !p[name].DType.IsFloat() {
		return nil, fmt.Errorf("tensor %s is %v; weights are floating-point numbers", name, p[name])
	}
	if len(s) != 2 || s[0] < 1 || s[1] < 1 || rows > 0 && s[0] != rows || cols > 0 && s[1] != cols {
		any := func(n int) string {
			if n == 0 {
				return "n"
			}
			return fmt.Sprint(n)
		}
		return nil, fmt.Errorf("tensor %s is %v; the layer before it makes it %s×%s", name, p[name], any(rows), any(cols))
	}
	return s, nil
}

func (p params) vector(name string, n int) error {
	if s := p[name].Shape; len(s) != 1 || s[0] != n {
		return fmt.Errorf("tensor %s is %v; its layer has %d neurons", name, p[name], n)
	}
	return nil
}
