package compute

// ElementRule is an optimizer's step in elementwise form: what becomes of a parameter's number
// follows from that number, its gradient and some numbers of state alone. Its fields are what stays
// over a run; what changes from step to step is a row of Columns numbers.
type ElementRule interface {
	States() int  // numbers of state for each parameter: up to 2
	Columns() int // numbers that change from step to step

	// Scratch is room that Step needs for n parameters on b, or Tensor{}.
	Scratch(b Backend, n int) Tensor

	// Step is the definition: one step of o's tensors, all of one length. clip [1] is the factor on
	// the gradient, row [Columns].
	Step(b Backend, o StepOperands, clip, row Tensor)
}

// StepOperands are what a step of an ElementRule works on. G is undefined afterwards.
type StepOperands struct {
	P, G    Tensor    // parameters and gradients
	State   [2]Tensor // as many as States says
	Scratch Tensor
}

// AdamRule is Adam, with weight decay where Decays, and with a first beta from the row, and weight decay,
// where Moves.
type AdamRule struct {
	Beta1, Beta2  float64 // Beta1 is not used where Moves
	Decays, Moves bool
}

// The columns of AdamRule. Those behind AdamEps are read where the rule says so.
const (
	AdamStepSize  = iota // η / (1 − β1ᵗ)
	AdamRootBC2          // √(1 − β2ᵗ)
	AdamEps              // ε
	AdamDecay            // 1 − η·weight_decay, where Decays or Moves
	AdamBeta1            // β1 and
	AdamOneMinus1        // 1 − β1, where Moves
)

// States implements ElementRule: the moments.
func (AdamRule) States() int { return 2 }

// Columns implements ElementRule.
func (r AdamRule) Columns() int {
	switch {
	case r.Moves:
		return AdamOneMinus1 + 1
	case r.Decays:
		return AdamDecay + 1
	}
	return AdamEps + 1
}

// Scratch implements ElementRule.
func (AdamRule) Scratch(Backend, int) Tensor { return Tensor{} }

// Step implements ElementRule: Adam.
func (r AdamRule) Step(b Backend, o StepOperands, clip, row Tensor) {
	s := AdamScalars{Clip: clip, StepSize: row.At(AdamStepSize), RootBC2: row.At(AdamRootBC2), Eps: row.At(AdamEps)}
	if r.Decays || r.Moves {
		s.Decay = row.At(AdamDecay)
	}
	if r.Moves {
		s.Beta1, s.OneMinus1 = row.At(AdamBeta1), row.At(AdamOneMinus1)
	}
	Adam(b, o.P, o.State[0], o.State[1], o.G, s, r.Beta1, r.Beta2)
}

// SGDRule is SGD, with momentum where Velocity. Its column is the learning rate.
type SGDRule struct {
	Velocity bool
	Momentum float64
}

// States implements ElementRule: the velocity, if any.
func (r SGDRule) States() int {
	if r.Velocity {
		return 1
	}
	return 0
}

// Columns implements ElementRule.
func (SGDRule) Columns() int { return 1 }

// Scratch implements ElementRule.
func (SGDRule) Scratch(Backend, int) Tensor { return Tensor{} }

// Step implements ElementRule: SGD.
func (r SGDRule) Step(b Backend, o StepOperands, clip, row Tensor) {
	SGD(b, o.P, o.State[0], o.G, clip, row.At(0), r.Momentum)
}

// RMSRule is RMSProp. Its columns are the learning rate and ε.
type RMSRule struct{ Keep, Add float64 }

// States implements ElementRule: the squares.
func (RMSRule) States() int { return 1 }

// Columns implements ElementRule.
func (RMSRule) Columns() int { return 2 }

// Scratch implements ElementRule.
func (RMSRule) Scratch(b Backend, n int) Tensor { return Scratch[RMSPropFuser](b, n) }

// Step implements ElementRule: RMSProp.
func (r RMSRule) Step(b Backend, o StepOperands, clip, row Tensor) {
	RMSProp(b, o.P, o.State[0], o.G, o.Scratch, RMSScalars{Clip: clip, LR: row.At(0), Eps: row.At(1)}, r.Keep, r.Add)
}

// SparseAdamRule is SparseAdam. Its columns are the step size and ε.
type SparseAdamRule struct{ Beta1, Beta2 float64 }

// States implements ElementRule: the moments.
func (SparseAdamRule) States() int { return 2 }

// Columns implements ElementRule.
func (SparseAdamRule) Columns() int { return 2 }

// Scratch implements ElementRule.
func (SparseAdamRule) Scratch(b Backend, n int) Tensor { return Scratch[SparseAdamFuser](b, n) }

// Step implements ElementRule: SparseAdam.
func (r SparseAdamRule) Step(b Backend, o StepOperands, clip, row Tensor) {
	s := SparseAdamScalars{Clip: clip, StepSize: row.At(0), Eps: row.At(1)}
	SparseAdam(b, o.P, o.State[0], o.State[1], o.G, o.Scratch, s, r.Beta1, r.Beta2)
}

// SparseSGDRule is SparseSGD. Its column is the learning rate.
type SparseSGDRule struct{ Momentum float64 }

// States implements ElementRule: the velocity.
func (SparseSGDRule) States() int { return 1 }

// Columns implements ElementRule.
func (SparseSGDRule) Columns() int { return 1 }

// Scratch implements ElementRule.
func (SparseSGDRule) Scratch(b Backend, n int) Tensor { return Scratch[SparseSGDFuser](b, n) }

// Step implements ElementRule: SparseSGD.
func (r SparseSGDRule) Step(b Backend, o StepOperands, clip, row Tensor) {
	SparseSGD(b, o.P, o.State[0], o.G, o.Scratch, clip, row.At(0), r.Momentum)
}
