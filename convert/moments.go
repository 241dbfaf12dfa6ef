package convert

import (
	"fmt"
	"slices"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/pickle"
)

// optimizerState is where a checkpoint holds the optimizer: optimizer_states of Lightning, a list,
// or "optimizer" of hand-written loops.
type optimizerState struct {
	root    *pickle.Dict
	tensors map[string]array.Array // by their ways
}

// moments maps the optimizer's state to parameters. PyTorch numbers parameters through all groups;
// inside a group they stand in the order of the state dict, which repeats that of construction. The
// second group of the reference holds biases and other vectors. Whether their shapes fit is found out
// when they meet the optimizer.
func (im *Import) moments() error {
	if im.optimizer == nil {
		return nil
	}
	way, state := im.optimizer.find()
	if state == nil {
		im.note("it holds no optimizer state: moments begin at 0")
		return nil
	}
	order, why := im.order(at(state, "param_groups"))
	if why != "" {
		im.note("the optimizer's state is left out: %s", why)
		return nil
	}
	im.rates(at(state, "param_groups"))
	return im.take(way, at(state, "state"), order)
}

func (o *optimizerState) find() (way string, state any) {
	if l, ok := at(o.root, "optimizer_states").(*pickle.List); ok && len(l.Items) > 0 {
		return "optimizer_states.0", l.Items[0]
	}
	for _, key := range []string{"optimizer", "optimizer_state_dict"} {
		if d, ok := at(o.root, key).(*pickle.Dict); ok {
			return key, d
		}
	}
	return "", nil
}

// order is the names of the parameters by PyTorch's numbers, or why they are not known.
func (im *Import) order(groups any) (names []string, why string) {
	l, ok := groups.(*pickle.List)
	if !ok || len(l.Items) == 0 || len(l.Items) > 2 {
		return nil, "it has no parameter groups, or more than two"
	}
	sizes := make([]int, len(l.Items))
	for i, g := range l.Items {
		if ids, ok := at(g, "params").(*pickle.List); ok {
			sizes[i] = len(ids.Items)
		}
	}
	params := slices.DeleteFunc(slices.Clone(im.Params), func(t array.Named) bool { return isStatistic(t.Name) })
	if im.Loop != "" && len(sizes) == 1 && sizes[0] <= len(params) {
		params = params[:sizes[0]] // trained ones come first in a file of this program
	}
	var first, second []string
	for _, t := range params {
		if len(sizes) == 2 && (len(t.Array.Shape) == 1 || strings.Contains(t.Name, "bias")) {
			second = append(second, t.Name)
		} else {
			first = append(first, t.Name)
		}
	}
	want := []int{len(first), len(second)}[:len(sizes)]
	if !slices.Equal(sizes, want) {
		return nil, fmt.Sprintf("its groups have %v parameters, the network %v", sizes, want)
	}
	return append(first, second...), ""
}

// take collects the tensors, and the step that Adam counts.
func (im *Import) take(way string, state any, order []string) error {
	d, _ := state.(*pickle.Dict)
	if d == nil || len(d.Entries) == 0 {
		im.note("the optimizer has not stepped yet: moments begin at 0")
		return nil
	}
	for i, name := range order {
		entries, _ := numberedEntry(d, i).(*pickle.Dict)
		if entries == nil {
			continue
		}
		for _, e := range entries.Entries {
			key, _ := e.Key.(string)
			a, isTensor := im.optimizer.tensors[fmt.Sprintf("%s.state.%d.%s", way, i, key)]
			if key == "step" {
				if err := im.count(name, e.Value, a, isTensor); err != nil {
					return err
				}
				continue
			}
			if !isTensor {
				continue
			}
			im.Moments = append(im.Moments, array.Named{Name: name + "/" + key, Array: a})
		}
	}
	return nil
}

// numberedEntry is the entry under a whole number.
func numberedEntry(d *pickle.Dict, i int) any {
	v, _ := d.Get(int64(i))
	return v
}

// count takes the optimizer's own count of steps, on which bias corrections rest, for the run's.
func (im *Import) count(name string, v any, a array.Array, isTensor bool) error {
	step := -1.0
	switch x := v.(type) {
	case int64:
		step = float64(x)
	case float64:
		step = x
	}
	if isTensor && a.Len() == 1 {
		step = a.Float64(0)
	}
	if step < 0 || step != float64(uint64(step)) {
		return fmt.Errorf("the optimizer's step of %s is no whole number", name)
	}
	if n := uint64(step); n != im.Step {
		if im.Step != 0 {
			im.note("the optimizer counts %d steps and the run %d; taken is the optimizer's number, on which the bias correction rests", n, im.Step)
		}
		im.Step = n
	}
	return nil
}

// rates takes the settings of the first group, and of a second one its rate. The learning rate is
// initial_lr where a scheduler changes it. A checkpoint with a configuration says all of it there.
func (im *Import) rates(groups any) {
	if im.Config != "" {
		return
	}
	all := groups.(*pickle.List).Items
	for _, r := range []struct{ theirs, ours string }{
		{"lr", "lr"},
		{"initial_lr", "lr"},
		{"betas", "betas"},
		{"eps", "eps"},
		{"momentum", "momentum"},
		{"alpha", "alpha"},
		{"weight_decay", "weight_decay"},
	} {
		v := at(all[0], r.theirs)
		if zero := v == int64(0) || v == 0.0; zero && r.ours != "lr" {
			continue // the part is not in use
		}
		if text, ok := yaml(v); ok {
			im.override("optimizer." + r.ours + "=" + text)
		}
	}
	if text, ok := yaml(at(all[len(all)-1], "lr")); ok && len(all) == 2 {
		im.override("optimizer.bias_lr=" + text)
	}
}
