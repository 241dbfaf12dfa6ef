package data

import (
	"encoding/binary"
	"errors"
	"fmt"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

// maxClasses is the largest number of classes. Larger labels are most likely no labels.
const maxClasses = 1 << 16

// finish brings the samples into one of the four element types, finds the geometry and the
// number of classes, and checks everything that Dataset promises.
func (d *Dataset) finish() error {
	for _, s := range d.splits() {
		if err := s.checkShape(); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		if err := checkFinite(s.X, s.first); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		x, err := narrow(s.X, s.first)
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		s.X = x
	}
	t, v := d.Train.X, d.Val.X
	if fmt.Sprint(t.Shape[1:]) != fmt.Sprint(v.Shape[1:]) {
		return fmt.Errorf("training samples are %s and validation samples %s: their shapes differ beyond the first dimension",
			array.ShapeString(t.Shape), array.ShapeString(v.Shape))
	}
	if t.DType != v.DType {
		return fmt.Errorf("training samples are %v and validation samples %v: convert one of the files", t.DType, v.DType)
	}
	if (d.Train.Labels == nil) != (d.Val.Labels == nil) {
		return errors.New("only one of the training and the validation samples have labels")
	}
	if err := d.findGeometry(); err != nil {
		return err
	}
	if err := d.checkLabels(); err != nil {
		return err
	}
	for _, s := range d.splits() {
		s.file, s.first = "", 0 // from here on rows may be left out
	}
	return nil
}

// namedSplit is a split with the word for it in messages.
type namedSplit struct {
	*Split
	what string
}

func (s namedSplit) String() string {
	if s.file != "" {
		return s.file + ": " + s.what + " samples"
	}
	return s.what + " samples"
}

func (d *Dataset) splits() []namedSplit {
	return []namedSplit{{&d.Train, "training"}, {&d.Val, "validation"}}
}

func (s *Split) checkShape() error {
	if err := s.X.Check(); err != nil {
		return err
	}
	if n := len(s.X.Shape); n < 2 || n > 4 {
		return fmt.Errorf("%v is not samples × values, × height × width, or × channels × height × width", s.X)
	}
	if s.X.Rows() == 0 {
		return errors.New("there are none: the dataset is empty")
	}
	if s.X.RowLen() == 0 {
		return fmt.Errorf("%v: each has no values", s.X)
	}
	if s.Labels != nil && len(s.Labels) != s.X.Rows() {
		return fmt.Errorf("%d samples and %d labels", s.X.Rows(), len(s.Labels))
	}
	return nil
}

// findGeometry sets Image by the shape, and adds the axis of a lone channel.
func (d *Dataset) findGeometry() error {
	shape := d.Train.X.Shape
	if len(shape) == 3 {
		for _, s := range d.splits() {
			s.X.Shape = []int{s.X.Shape[0], 1, s.X.Shape[1], s.X.Shape[2]}
		}
		shape = d.Train.X.Shape
	}
	if len(shape) != 4 {
		return nil
	}
	channels := func(n int) bool { return n == 1 || n == 3 || n == 4 }
	if channels(shape[3]) && !channels(shape[1]) {
		return fmt.Errorf("samples of %s look like height × width × channels; save them as channels × height × width", array.ShapeString(shape[1:]))
	}
	if d.Image == nil {
		d.Image = &Image{shape[1], shape[2], shape[3]}
	}
	return nil
}

// checkLabels infers the number of classes where it is not known, and names the first row whose
// label is out of range.
func (d *Dataset) checkLabels() error {
	if d.Train.Labels == nil {
		d.Classes = 0
		return nil
	}
	limit, known := d.Classes, d.Classes > 0
	if !known {
		limit = maxClasses
	}
	for _, s := range d.splits() {
		for row, l := range s.Labels {
			if l < 0 || int(l) >= limit {
				return fmt.Errorf("%s: label %d in row %d is out of range; labels go from 0 to %d", s, l, s.first+row, limit-1)
			}
			if !known {
				d.Classes = max(d.Classes, int(l)+1)
			}
		}
	}
	return nil
}

// checkFinite names the first row and column with NaN or infinity. first is the number of a's first row.
func checkFinite(a Array, first int) error {
	i := firstNonFinite(a)
	if i < 0 {
		return nil
	}
	n := a.RowLen()
	return fmt.Errorf("%v in row %d, column %d (counted from 0): every value must be finite", a.Float64(i), first+i/n, i%n)
}

// firstNonFinite is the index of the first NaN or infinity: all exponent bits set. -1: none.
func firstNonFinite(a Array) int {
	le := binary.LittleEndian
	switch b := a.Bytes; a.DType {
	case dtype.Float16, dtype.BFloat16:
		mask := uint16(0x7c00)
		if a.DType == dtype.BFloat16 {
			mask = 0x7f80
		}
		for i := 0; i+2 <= len(b); i += 2 {
			if le.Uint16(b[i:])&mask == mask {
				return i / 2
			}
		}
	case dtype.Float32:
		const mask = 0x7f800000
		for i := 0; i+4 <= len(b); i += 4 {
			if le.Uint32(b[i:])&mask == mask {
				return i / 4
			}
		}
	case dtype.Float64:
		const mask = 0x7ff << 52
		for i := 0; i+8 <= len(b); i += 8 {
			if le.Uint64(b[i:])&mask == mask {
				return i / 8
			}
		}
	}
	return -1
}

// narrow converts what networks are not fed with to float32: float64, bool, and integers other
// than uint8. Values beyond float32 are named. first is the number of a's first row.
func narrow(a Array, first int) (Array, error) {
	switch a.DType {
	case dtype.Float16, dtype.BFloat16, dtype.Float32, dtype.Uint8:
		return a, nil
	}
	b, err := array.FromFloat32s(a.Float32s(), a.Shape...)
	if err != nil {
		return a, err
	}
	if i := firstNonFinite(b); i >= 0 {
		n := a.RowLen()
		return a, fmt.Errorf("%v in row %d, column %d is beyond the range of float32", a.Float64(i), first+i/n, i%n)
	}
	return b, nil
}

// toLabels takes an integer vector for labels.
func toLabels(a Array) ([]int32, error) {
	v, err := a.Int64s()
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	labels := make([]int32, len(v))
	for i, l := range v {
		if l < 0 || l >= maxClasses {
			return nil, fmt.Errorf("label %d in row %d is out of range; labels go from 0 to %d at most", l, i, maxClasses-1)
		}
		labels[i] = int32(l)
	}
	return labels, nil
}
