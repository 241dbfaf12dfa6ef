// Package pickle reads Python pickles (protocols 2 to 5) as data. It runs no code: a class or
// function is only what the caller's FindClass makes of its name, and what FindClass does not
// know is refused by name. Stack, memo and allocations are bounded by the size of the pickle,
// which is itself limited, so a hostile file costs at most a few hundred megabytes.
//
// Source: the opcode descriptions of CPython's Lib/pickletools.py.
package pickle

import (
	"bufio"
	"fmt"
	"io"
)

const (
	// MaxBytes is the longest pickle that is read. The description of a tensor takes about 150
	// bytes, so this is a hundred thousand tensors; their contents lie outside the pickle.
	MaxBytes = 16 << 20
	// MaxOps is the largest number of instructions of one pickle.
	MaxOps = 2 << 20
)

// Decoder reads one or more pickles that follow each other.
type Decoder struct {
	// FindClass turns a global name into a value (often a *Callable). Its error should say what
	// is allowed.
	FindClass func(module, name string) (any, error)
	// PersistentLoad turns a persistent id into a value; nil refuses persistent ids.
	PersistentLoad func(id any) (any, error)
	// MaxBytes is the longest pickle that is read; 0 stands for the constant MaxBytes.
	MaxBytes int64
	// RawStrings makes a []byte of those of Python 2's strings that are not UTF-8: it had no type of
	// its own for bytes. Without it they are refused.
	RawStrings bool

	r    *bufio.Reader
	off  int64 // bytes consumed
	size int64 // bytes behind r
	end  int64 // where the current pickle must have ended

	stack []any
	marks []int
	memo  map[uint32]any
	given int64 // to functions, see charge
}

// NewDecoder reads from r, behind which lie size bytes. It may read ahead of what it decodes;
// Offset tells how far the pickles reach.
func NewDecoder(r io.Reader, size int64) *Decoder {
	return &Decoder{r: bufio.NewReader(r), size: size}
}

// Offset is the number of bytes that the pickles decoded so far take.
func (d *Decoder) Offset() int64 { return d.off }

// Error is a failure to decode, with the offset of the instruction at fault.
type Error struct {
	Offset int64
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d of the pickle: %v", e.Offset, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Decode reads the next pickle and returns its value. Errors are of type *Error.
func (d *Decoder) Decode() (any, error) {
	d.stack, d.marks, d.memo = nil, nil, map[uint32]any{}
	d.end, d.given = min(d.size, d.off+d.limit()), 0
	defer func() { d.stack, d.marks, d.memo = nil, nil, nil }()
	for n := 0; ; n++ {
		at := d.off
		if n == MaxOps {
			return nil, &Error{at, fmt.Errorf("more than %d instructions", MaxOps)}
		}
		op, err := d.byte()
		if err != nil {
			return nil, &Error{at, err}
		}
		if n == 0 && op != opProto {
			return nil, &Error{at, fmt.Errorf("starts with 0x%02x: not a pickle of protocol 2 to 5", op)}
		}
		if op == opStop {
			v, err := d.pop()
			if err == nil && (len(d.stack) > 0 || len(d.marks) > 0) {
				err = fmt.Errorf("%d values are left over at its end", len(d.stack))
			}
			if err != nil {
				return nil, &Error{at, err}
			}
			return v, nil
		}
		if err := d.step(op); err != nil {
			return nil, &Error{at, err}
		}
	}
}

// limit is the longest pickle that is read.
func (d *Decoder) limit() int64 {
	if d.MaxBytes > 0 {
		return d.MaxBytes
	}
	return MaxBytes
}

func (d *Decoder) push(v any) { d.stack = append(d.stack, v) }

// floor is the height of the stack below which the current mark's values must not reach.
func (d *Decoder) floor() int {
	if len(d.marks) == 0 {
		return 0
	}
	return d.marks[len(d.marks)-1]
}

func (d *Decoder) pop() (any, error) {
	top, err := d.top()
	if err == nil {
		d.stack = d.stack[:len(d.stack)-1]
	}
	return top, err
}

func (d *Decoder) top() (any, error) {
	if len(d.stack) <= d.floor() {
		return nil, fmt.Errorf("takes a value from an empty stack")
	}
	return d.stack[len(d.stack)-1], nil
}

// popMark removes the topmost mark and returns a copy of the values above it.
func (d *Decoder) popMark() (Tuple, error) {
	if len(d.marks) == 0 {
		return nil, fmt.Errorf("refers to a mark that was never set")
	}
	k := d.floor()
	v := append(Tuple{}, d.stack[k:]...)
	d.stack = d.stack[:k]
	d.marks = d.marks[:len(d.marks)-1]
	return v, nil
}

// popN removes n values and returns a copy of them, in the order of pushing.
func (d *Decoder) popN(n int) (Tuple, error) {
	k := len(d.stack) - n
	if k < d.floor() {
		return nil, fmt.Errorf("takes %d values from a stack of %d", n, len(d.stack)-d.floor())
	}
	v := append(Tuple{}, d.stack[k:]...)
	d.stack = d.stack[:k]
	return v, nil
}
