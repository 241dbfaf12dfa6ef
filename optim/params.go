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
	spans  []span
}

// Param is one parameter's place in the flat tensors.
type Param struct {
	Name   string
	Lo, Hi int     // elements Lo to Hi (exclusive)
	Shape  []int   // (out × in) for weights, [n] for biases
	LR     float64 // learning rate of its own; 0: its group's
	Frozen bool    // never stepped

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

// span is a run of neighbouring elements of one group, gaps included.
type span struct{ lo, hi, group int }

// of returns the span's part of a flat tensor.
func (s span) of(flat compute.Tensor) compute.Tensor { return flat.Slice(s.lo, s.hi) }

// row returns the span's numbers in a step's part of the schedule.
func (s span) row(rows compute.Tensor) compute.Tensor { return rows.Slice(s.group, s.group+1).Flat() }

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

// cut finds the spans. With one group and nothing frozen it is the whole, so that one pass does.
func (ps *Params) cut(groups int) {
	frozen := func(p Param) bool { return p.Frozen }
	ps.spans = nil
	if groups == 1 && !slices.ContainsFunc(ps.List, frozen) {
		ps.spans = []span{{0, ps.Values.Len(), 0}}
		return
	}
	open := false // the last span may go on
	for _, p := range ps.List {
		switch last := len(ps.spans) - 1; {
		case p.Frozen:
			open = false
		case open && ps.spans[last].group == p.group:
			ps.spans[last].hi = p.Hi
		default:
			ps.spans = append(ps.spans, span{p.Lo, p.Hi, p.group})
			open = true
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

// maybe is of for a tensor that may be absent.
func (s span) maybe(flat compute.Tensor) compute.Tensor {
	if !flat.Valid() {
		return flat
	}
	return s.of(flat)
}
