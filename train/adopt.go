package train

import (
	"fmt"
	"slices"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/track"
)

// Adopted is the state of a run that another program trained.
type Adopted struct {
	Input, Output int           // numbers per sample: in, and out
	Model         []array.Named // all parameters, of any floating-point type
	State         []array.Named // counters, and moments such as "hidden.0.weight/exp_avg": what there is
	Epochs        int           // done
	Steps         uint64        // done
	Evaluations   int           // done
}

// Adopt makes a checkpoint of it for a run with c, which has passed Check. It needs no dataset. unused
// are the tensors of State that such a run does not have; what State lacks begins as in a new run.
func Adopt(b compute.Backend, c Config, a Adopted, versions map[string]string) (snap *track.Snapshot, unused []string, err error) {
	d, err := standIn(c, a)
	if err != nil {
		return nil, nil, err
	}
	e, err := NewEngine(b, c, d, Replace{})
	if err != nil {
		return nil, nil, err
	}
	given, err := widen(b, a.Model)
	if err != nil {
		return nil, nil, err
	}
	if extra := without(given, e.ModelBuffers()); len(extra) > 0 {
		return nil, nil, fmt.Errorf("tensor %s belongs to no parameter of this network", extra[0])
	}
	if err := restore(b, e.ModelBuffers(), given); err != nil {
		return nil, nil, err
	}
	if unused, err = e.adoptState(a.State); err != nil {
		return nil, nil, err
	}
	b.Advance(e.step, int64(a.Steps))
	b.Advance(e.epoch, int64(a.Epochs))
	snap = &track.Snapshot{
		Step: a.Steps, Epoch: a.Epochs, Versions: versions,
		State: loopState{EpochsDone: a.Epochs, StepsDone: a.Steps, Evaluations: a.Evaluations},
	}
	if snap.Model, err = contents(b, e.ModelBuffers()); err != nil {
		return nil, nil, err
	}
	snap.Optimizer, err = contents(b, e.StateBuffers())
	return snap, unused, err
}

// standIn is a dataset of zeros with the shapes that the network asks for.
func standIn(c Config, a Adopted) (*data.Dataset, error) {
	x, err := array.New(dtype.Uint8, c.BatchSize, a.Input)
	if err != nil {
		return nil, err
	}
	d := &data.Dataset{Name: c.Dataset, Train: data.Split{X: x}, Val: data.Split{X: x.Slice(0, 1)}}
	if c.Task == taskClassification {
		d.Classes = max(2, a.Output)
		d.Train.Labels, d.Val.Labels = make([]int32, c.BatchSize), make([]int32, 1)
	}
	return d, nil
}

// adoptState uploads the tensors that fit a buffer, and returns the names of the others.
func (e *Engine) adoptState(state []array.Named) (unused []string, err error) {
	all, err := widen(e.b, state)
	if err != nil {
		return nil, err
	}
	for i, t := range all {
		fits := func(b Buffer) bool {
			return b.Name == t.Name && (array.Array{DType: b.Tensor.DType(), Shape: b.Tensor.Shape()}).String() == t.Array.String()
		}
		if k := slices.IndexFunc(e.StateBuffers(), fits); k >= 0 {
			e.b.Upload(e.StateBuffers()[k].Tensor, t.Array.Bytes)
		} else {
			unused = append(unused, state[i].Name)
		}
	}
	return unused, nil
}

// without are the names of tensors that no buffer has.
func without(tensors []array.Named, buffers []Buffer) []string {
	var names []string
	for _, t := range tensors {
		if !slices.ContainsFunc(buffers, func(b Buffer) bool { return b.Name == t.Name }) {
			names = append(names, t.Name)
		}
	}
	return names
}

// widen converts floating-point tensors to the type that b computes in.
func widen(b compute.Backend, tensors []array.Named) ([]array.Named, error) {
	out := make([]array.Named, len(tensors))
	for i, t := range tensors {
		out[i] = t
		if !t.Array.DType.IsFloat() || t.Array.DType == b.Float() {
			continue
		}
		a, err := array.New(b.Float(), t.Array.Shape...)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", t.Name, err)
		}
		if b.Float() == compute.Float32 {
			copy(a.Bytes, rawBytes(t.Array.Float32s()))
		} else {
			v := make([]float64, t.Array.Len())
			for k := range v {
				v[k] = t.Array.Float64(k)
			}
			copy(a.Bytes, rawBytes(v))
		}
		out[i].Array = a
	}
	return out, nil
}

// contents downloads buffers.
func contents(b compute.Backend, bs []Buffer) ([]array.Named, error) {
	out := describe(bs)
	for i := range out {
		a, err := array.New(out[i].Array.DType, out[i].Array.Shape...)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", out[i].Name, err)
		}
		out[i].Array = a
	}
	download(b, bs, out)
	return out, b.Sync()
}
