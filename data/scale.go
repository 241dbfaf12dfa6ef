package data

import (
	"fmt"

	"noise2sparse/internal/array"
)

// The scalings of Options.Scaling.
const (
	ScalingNone   = "none"
	ScalingMinMax = "min_max"
)

// CheckScaling tells what is wrong with the name of a scaling.
func CheckScaling(name string) error {
	switch name {
	case ScalingNone, ScalingMinMax, "":
		return nil
	}
	return fmt.Errorf("is %q; give %s or %s", name, ScalingNone, ScalingMinMax)
}

// scale maps each of a sample's values j to [0, 1] by what it is in the training samples:
//
//	x_j = (x_j − min_j) / (max_j − min_j)
//
// A value that never changes there becomes 0 (plus what it changes in validation). Validation samples
// pass through the same map, so some may lie outside [0, 1]. Results are float32; a dictionary no
// longer describes them.
func (d *Dataset) scale(name string) error {
	if err := CheckScaling(name); err != nil {
		return fmt.Errorf("scaling %w", err)
	}
	if name != ScalingMinMax {
		return nil
	}
	low, width := ranges(d.Train.X)
	var err error
	if d.Train.X, err = scaled(d.Train.X, low, width); err != nil {
		return err
	}
	d.Val.X, err = scaled(d.Val.X, low, width)
	d.Dictionary = nil
	return err
}

// ranges returns the least of each value over all rows, and the distance to the largest; 1 where that
// is 0.
func ranges(x Array) (low, width []float32) {
	n := x.RowLen()
	row, high := make([]float32, n), make([]float32, n)
	low, width = make([]float32, n), make([]float32, n)
	for i := range x.Rows() {
		x.WidenTo(row, i*n)
		for j, v := range row {
			if i == 0 {
				low[j], high[j] = v, v
			}
			low[j], high[j] = min(low[j], v), max(high[j], v)
		}
	}
	for j := range width {
		if width[j] = high[j] - low[j]; width[j] == 0 {
			width[j] = 1
		}
	}
	return low, width
}

// scaled returns x, mapped, as float32.
func scaled(x Array, low, width []float32) (Array, error) {
	n := x.RowLen()
	out := make([]float32, x.Len())
	for i := range x.Rows() {
		row := out[i*n : (i+1)*n]
		x.WidenTo(row, i*n)
		for j, v := range row {
			row[j] = (v - low[j]) / width[j]
		}
	}
	return array.FromFloat32s(out, x.Shape...)
}
