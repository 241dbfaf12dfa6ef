package computetest

import (
	"strings"

	"noise2sparse/compute"
)

// misuse is a call with operands that don't fit each other.
type misuse struct {
	op       string   // name that the panic must contain
	mentions []string // shapes that the panic must contain
	call     func()
}

// mustPanic checks that each call panics with a text that names the operation and the shapes, and
// that nothing ran: the backend is still without an error.
func (e *env) mustPanic(cases []misuse) {
	e.Helper()
	for _, c := range cases {
		text, ok := expectPanic(c.call)
		if !ok {
			e.fail("%s with %v did not panic", c.op, c.mentions)
			continue
		}
		for _, part := range append([]string{c.op}, c.mentions...) {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(part)) {
				e.fail("%s with %v panicked with %q, which does not contain %q", c.op, c.mentions, text, part)
				break
			}
		}
	}
	if err := e.b.Sync(); err != nil {
		e.fail("Sync after refused calls: %v", err)
	}
}

// zeros is a tensor for calls that must not get as far as reading it.
func (e *env) zeros(shape ...int) compute.Tensor { return e.b.Alloc(e.dt, shape...) }

// otherFloat is the float type that the backend's is not.
func (e *env) otherFloat() compute.DType {
	if e.dt == compute.Float32 {
		return compute.Float64
	}
	return compute.Float32
}

func checkElementwisePanics(e *env) {
	b := e.b
	x, wide := e.zeros(2, 3), e.zeros(2, 4)
	other := b.Alloc(e.otherFloat(), 2, 3)
	whole := b.Alloc(compute.Int32, 2, 3)
	counter := b.Alloc(compute.Int64, 1)
	e.mustPanic([]misuse{
		{"Unary", []string{"[2 3]", "[2 4]"}, func() { b.Unary(compute.Abs, x, wide) }},
		{"Unary", []string{"float32", "float64"}, func() { b.Unary(compute.Abs, x, other) }},
		{"Unary", []string{"int32"}, func() { b.Unary(compute.Abs, whole, whole) }},
		{"Binary", []string{"[2 3]", "[2 4]"}, func() { b.Binary(compute.Add, x, wide, wide) }},
		{"Binary", []string{"[2 3]", "[2 4]"}, func() { b.Binary(compute.Add, x, x, wide) }},
		{"Binary", []string{"[2 3]", "[2]"}, func() { b.Binary(compute.Add, x, x, e.zeros(2)) }},
		{"Binary", []string{"[2 3]", "[3 1]"}, func() { b.Binary(compute.Add, x, x, e.zeros(3, 1)) }},
		{"Binary", []string{"float32", "float64"}, func() { b.Binary(compute.Add, x, x, other) }},
		{"Axpby", []string{"[2 3]", "[2 4]"}, func() { b.Axpby(1, x, 1, wide) }},
		{"Axpby", []string{"float32", "float64"}, func() { b.Axpby(1, x, 1, other) }},
		{"Advance", []string{"int32"}, func() { b.Advance(whole, 1) }},
		{"NoteNonFinite", []string{"[2 3]"}, func() { b.NoteNonFinite(x, x, counter) }},
		{"Copy", []string{"[2 3]", "[2 4]"}, func() { b.Copy(x, wide) }},
		{"Copy", []string{"int32"}, func() { b.Copy(x, whole) }},
	})
}
