package launch

import (
	"encoding/binary"

	"noise2sparse/data"
	"noise2sparse/internal/dtype"
	"noise2sparse/train"
)

// known is what an estimate needs of a dataset: enough samples to build a network and to take a step,
// and how many there are in truth.
type known struct {
	*data.Dataset
	train, val int
	standIn    bool // the dataset is not here
}

// known finds the data of a run, or a stand-in: data of the shape that a registered dataset is known to
// have, so that an experiment's cost can be told before its data are fetched. The stand-in has one
// batch of samples.
func (d *datasets) known(c train.Config) (*known, error) {
	k, err := data.Datasets.Get(c.Dataset)
	if err != nil || k.Value.Facts == nil || k.Value.Available(d.dir) || c.Model.Kind == "attention" || len(c.Data) > 0 {
		set, err := d.get(c)
		if err != nil {
			return nil, err
		}
		return &known{Dataset: set.Dataset, train: set.Train.Len(), val: set.Val.Len()}, nil
	}
	f := k.Value.Facts
	n := f.Train
	if c.DatasetSize != nil {
		n = min(n, *c.DatasetSize)
	}
	set := &data.Dataset{Name: c.Dataset, Classes: f.Classes, Image: f.Image(), Mean: f.Mean, Std: f.Std}
	set.Train = pretend(f, min(n, c.BatchSize))
	set.Val = pretend(f, 1)
	return &known{set, n, f.Val, true}, nil
}

// pretend makes n samples of the known shape: pixels, or numbers from 1 to 2 in float16.
func pretend(f *data.Facts, n int) data.Split {
	s := data.Split{X: data.Array{DType: dtype.Uint8, Shape: append([]int{n}, f.Shape...)}, Labels: make([]int32, n)}
	size := n
	for _, k := range f.Shape {
		size *= k
	}
	if f.Image() != nil {
		s.X.Bytes = make([]byte, size)
		for i := range s.X.Bytes {
			s.X.Bytes[i] = byte(i * 37)
		}
	} else {
		s.X.DType, s.X.Bytes = dtype.Float16, make([]byte, 2*size)
		for i := range size {
			binary.LittleEndian.PutUint16(s.X.Bytes[2*i:], 0x3c00|uint16(i*37)&0x3ff)
		}
	}
	for i := range s.Labels {
		s.Labels[i] = int32(i % f.Classes)
	}
	return s
}
