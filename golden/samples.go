package golden

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
)

// dataset is the case's samples.
func (c *Case) dataset() (*data.Dataset, error) {
	d := &data.Dataset{Name: c.Name}
	var err error
	if d.Train, err = c.split(""); err != nil {
		return nil, err
	}
	if c.tensors.Has("val_x") {
		if d.Val, err = c.validation(); err != nil {
			return nil, err
		}
	}
	d.Image = geometry(d.Train.X.Shape)
	if d.Train.Labels != nil {
		d.Classes = c.Model.OutputSize
	}
	return d, nil
}

// split is the case's training samples, or with the prefix val_ its validation samples.
func (c *Case) split(prefix string) (data.Split, error) {
	x, err := c.tensors.Get(prefix + "x")
	if err != nil || !c.tensors.Has(prefix+"labels") {
		return data.Split{X: x}, err
	}
	labels, err := c.integers(prefix + "labels")
	return data.Split{X: x, Labels: labels}, err
}

// validation is the case's validation samples, batch after batch in the recorded order: rows may come
// more than once, and not all need to come.
func (c *Case) validation() (data.Split, error) {
	s, err := c.split("val_")
	if err != nil || !c.tensors.Has("val_batch_index") {
		return s, err
	}
	rows, err := c.integers("val_batch_index")
	if err != nil {
		return s, err
	}
	in := data.Split{X: array.Array{DType: s.X.DType, Shape: append([]int{len(rows)}, s.X.Shape[1:]...)}}
	for _, row := range rows {
		if row < 0 || int(row) >= s.X.Rows() {
			return s, fmt.Errorf("val_batch_index names row %d of val_x, which has %d", row, s.X.Rows())
		}
		in.X.Bytes = append(in.X.Bytes, s.X.Row(int(row))...)
		if s.Labels != nil {
			in.Labels = append(in.Labels, s.Labels[row])
		}
	}
	return in, nil
}

// integers reads a tensor of whole numbers.
func (c *Case) integers(name string) ([]int32, error) {
	a, err := c.tensors.Get(name)
	if err != nil {
		return nil, err
	}
	v, err := a.Int64s()
	if err != nil {
		return nil, err
	}
	out := make([]int32, len(v))
	for i, x := range v {
		out[i] = int32(x)
	}
	return out, nil
}

func (r *replay) load() error {
	index, err := r.c.tensors.Get("batch_index")
	if err != nil {
		return err
	}
	for i := range index.Rows() {
		row, err := index.Slice(i, i+1).Reshape(index.RowLen())
		if err != nil {
			return err
		}
		r.indices = append(r.indices, row)
	}
	if r.c.tensors.Has("val_batch_index") {
		rows, err := r.c.integers("val_batch_index")
		if err != nil {
			return err
		}
		r.valRows = len(rows)
	} else if r.c.tensors.Has("val_x") {
		x, err := r.c.tensors.Get("val_x")
		if err != nil {
			return err
		}
		r.valRows = x.Rows()
	}
	if r.noise, err = r.source("noise", "val_noise"); err != nil {
		return err
	}
	r.noise.seen = func(noised compute.Tensor) { r.tensor("act1/noised", noised, r.c.Tolerance.Act1) }
	r.metricNoise, err = r.source("noise_metric", "val_noise_metric")
	return err
}
