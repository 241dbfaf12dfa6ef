package optim

import (
	"slices"
	"strings"

	"noise2sparse/compute"
)

// Params are the parameters to step: all of a network's, one behind the other, so that one pass
// treats them all. Gaps between parameters have gradient 0.
type Params struct {
	Values compute.Tensor // [P]
	Grads  compute.Tensor // [P]
	List   []Param
	parts  []compute.Part
}

// Param is one parameter's place in the flat tensors.
type Param struct {
	Name   string
	Lo, Hi int     // elements Lo to Hi (exclusive)
	Shape  []int   // (out × in) for weights, [n] for biases
	LR     float64 // learning rate of its own; 0: its group's
	Frozen bool    // never stepped

	// Constraint is what each step restores, and also where Frozen.
	Constraint compute.Constraint

	group int
}

// View returns p's part of a flat tensor that is laid out like Values.
func (p Param) View(flat compute.Tensor) compute.Tensor {
	return flat.Slice(p.Lo, p.Hi).Reshape(p.Shape...)
}

// bias tells whether p counts as a bias, as in the reference: by its name, or as a vector.
func (p Param) bias() bool { return strings.Contains(p.Name, "bias") || len(p.Shape) < 2 }

// Group is parameters that follow at one rate.
type Group struct {
	LR     float64
	Biases bool // of biases only
}

// group puts each parameter into a group and returns the groups: all at `lr` first, then biases
// where they differ, then parameters with a rate of their own.
func (ps *Params) group(c Config) []Group {
	groups := []Group{{LR: c.LR}}
	if c.BiasLR != nil {
		groups = append(groups, Group{*c.BiasLR, true})
	} else if !c.decayBiases() {
		groups = append(groups, Group{c.LR, true})
	}
	ps.List = slices.Clone(ps.List)
	for i := range ps.List {
		p := &ps.List[i]
		p.group = 0
		switch {
		case p.LR != 0:
			own := Group{p.LR, p.bias()}
			p.group = slices.Index(groups, own)
			if p.group < 0 {
				p.group = len(groups)
				groups = append(groups, own)
			}
		case len(groups) > 1 && groups[1].Biases && (c.BiasLR != nil || !c.decayBiases()) && p.bias():
			p.group = 1
		}
	}
	ps.cut(len(groups))
	return groups
}

// names lists the stepped parameters of each group.
func (ps *Params) names(groups int) [][]string {
	out := make([][]string, groups)
	for _, p := range ps.stepped() {
		out[p.group] = append(out[p.group], p.Name)
	}
	return out
}

// cut finds the parts, as few as can be: parameters of one group and with the same constraint are one,
// gaps between them included, unless rows or columns of their own count. With one group, nothing frozen
// and nothing constrained it is the whole.
func (ps *Params) cut(groups int) {
	apart := func(p Param) bool { return p.Frozen || p.Constraint.Any() }
	ps.parts = nil
	if groups == 1 && !slices.ContainsFunc(ps.List, apart) {
		ps.parts = []compute.Part{{Rows: 1, Cols: ps.Values.Len()}}
		return
	}
	open := false // the last part may go on
	for _, p := range ps.List {
		plain := !p.Frozen && p.Constraint.Unit == compute.NotUnit
		switch last := len(ps.parts) - 1; {
		case p.Frozen && !p.Constraint.Any():
		case open && plain && ps.parts[last].Group == p.group && ps.parts[last].Constraint == p.Constraint:
			ps.parts[last].Cols = p.Hi - ps.parts[last].First
		case plain:
			ps.parts = append(ps.parts, compute.Part{First: p.Lo, Rows: 1, Cols: p.Hi - p.Lo, Group: p.group, Constraint: p.Constraint})
		default:
			rows := p.Shape[0]
			ps.parts = append(ps.parts, compute.Part{
				First: p.Lo, Rows: rows, Cols: (p.Hi - p.Lo) / rows, Group: p.group, Constraint: p.Constraint, Frozen: p.Frozen,
			})
		}
		open = plain
	}
}

// restore restores the constraints of all parameters, for rules whose steps don't.
func (s *Setup) restore() {
	for _, p := range s.Params.List {
		if p.Constraint.Any() {
			p.Constraint.Restore(s.B, p.View(s.Params.Values))
		}
	}
}

// stepped are the parameters that are not frozen.
func (ps *Params) stepped() []Param {
	return slices.DeleteFunc(slices.Clone(ps.List), func(p Param) bool { return p.Frozen })
}

// flat allocates a tensor that is laid out like Values.
func (s *Setup) flat() compute.Tensor { return s.B.Alloc(s.B.Float(), s.Params.Values.Len()) }

// views names a flat tensor's parts.
func (ps *Params) views(name string, flat compute.Tensor) []State {
	var out []State
	for _, p := range ps.List {
		out = append(out, State{p.Name + "/" + name, p.View(flat)})
	}
	return out
}
