package compute

// Unit says which vectors of a matrix have the L2 norm 1.
type Unit uint8

// The choices of Unit.
const (
	NotUnit Unit = iota
	UnitRows
	UnitColumns
)

// Constraint is what must hold of a parameter (rows × cols) after each step. The zero value asks
// nothing. NewConstraint makes one that can be restored.
type Constraint struct {
	Positive bool // numbers below 0 become 0
	Unit     Unit // then rows or columns are divided by their norms; one of zeros stays

	norm, inverse Tensor // scratch: a number for each row or column
}

// NewConstraint is a constraint of a parameter of that shape, with the room to restore it.
func NewConstraint(b Backend, shape []int, positive bool, unit Unit) Constraint {
	c := Constraint{Positive: positive, Unit: unit}
	switch unit {
	case UnitRows:
		c.norm, c.inverse = b.Alloc(b.Float(), shape[0], 1), b.Alloc(b.Float(), shape[0], 1)
	case UnitColumns:
		c.norm, c.inverse = b.Alloc(b.Float(), shape[1]), b.Alloc(b.Float(), shape[1])
	}
	return c
}

// Any tells whether it asks anything.
func (c Constraint) Any() bool { return c.Positive || c.Unit != NotUnit }

// Restore moves p to where the constraint allows: signs first, then norms.
//
//	p = max(p, 0);  p = p / ‖p‖  of each row (NormalizeRows) or column (NormalizeColumns)
func (c Constraint) Restore(b Backend, p Tensor) {
	if c.Positive {
		b.Unary(Relu, p, p)
	}
	c.RestoreUnit(b, p)
}

// RestoreUnit restores the norms alone.
func (c Constraint) RestoreUnit(b Backend, p Tensor) {
	switch c.Unit {
	case UnitRows:
		NormalizeRows(b, p, c.norm, c.inverse, p)
	case UnitColumns:
		NormalizeColumns(b, p, c.norm, c.inverse, p)
	}
}
