package compute

import "encoding/binary"

// Part is a piece of a flat tensor of parameters: (Rows × Cols) elements from First on, which are
// stepped at one rate and held by one constraint.
type Part struct {
	First, Rows, Cols int
	Group             int // the row of scalars that its step takes
	Constraint        Constraint
	Frozen            bool // no step: only the constraint is restored
}

// of is the part's place in a flat tensor, (Rows × Cols); Tensor{} stays Tensor{}.
func (p *Part) of(flat Tensor) Tensor {
	if !flat.Valid() {
		return flat
	}
	return flat.Slice(p.First, p.First+p.Rows*p.Cols).Reshape(p.Rows, p.Cols)
}

// Stepper steps all parameters by an optimizer's elementwise rule, and restores what must hold of
// them.
type Stepper struct {
	Rule  ElementRule
	P, G  Tensor    // [n]: parameters and gradients
	State [2]Tensor // [n] each, as many as the rule has
	Parts []Part    // apart from each other

	Scratch Tensor // [n], where the composition needs it
	Table   Tensor // Int64: what a StepFuser wants to know of the parts; Tensor{}: b fuses none
}

// StepFuser is a backend that does a Stepper's step in one pass over the parameters.
type StepFuser interface {
	// StepTable describes parts to Step. nil: there is no such pass for the rule.
	StepTable(rule ElementRule, parts []Part) []int64
	Step(s *Stepper, clip, rows Tensor)
}

// NewStepper allocates the state, zero, and whatever else the steps need. p and g are [n].
func NewStepper(b Backend, rule ElementRule, p, g Tensor, parts []Part) *Stepper {
	s := &Stepper{Rule: rule, P: p, G: g, Parts: parts}
	for i := range rule.States() {
		s.State[i] = b.Alloc(b.Float(), p.Len())
	}
	if f, ok := b.(StepFuser); ok {
		if table := f.StepTable(rule, parts); table != nil {
			s.Table = b.Alloc(Int64, len(table))
			raw := make([]byte, 0, s.Table.Bytes())
			for _, v := range table {
				raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
			}
			b.Upload(s.Table, raw)
			return s
		}
	}
	s.Scratch = rule.Scratch(b, p.Len())
	return s
}

// Step does, with each part that is not frozen, the rule's step, and with all of them what restores
// the part's constraint. clip [1] is the factor on the gradients, which are undefined afterwards; rows
// (groups × Columns) holds what changes from step to step. It allocates nothing.
func (s *Stepper) Step(b Backend, clip, rows Tensor) {
	if s.Table.Valid() {
		b.(StepFuser).Step(s, clip, rows)
		return
	}
	s.StepComposed(b, clip, rows)
}

// StepComposed is the definition of Step.
func (s *Stepper) StepComposed(b Backend, clip, rows Tensor) {
	for i := range s.Parts {
		p := &s.Parts[i]
		if !p.Frozen {
			o := StepOperands{
				P: p.of(s.P), G: p.of(s.G), State: [2]Tensor{p.of(s.State[0]), p.of(s.State[1])}, Scratch: p.of(s.Scratch),
			}
			s.Rule.Step(b, o, clip, rows.Slice(p.Group, p.Group+1).Flat())
		}
		p.Constraint.Restore(b, p.of(s.P))
	}
}

// Value is the part's place in the parameters, (Rows × Cols).
func (s *Stepper) Value(p *Part) Tensor { return p.of(s.P) }
