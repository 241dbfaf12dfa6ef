package train

import (
	"encoding/json"
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
	Like          *data.Dataset // what is known of the dataset where samples are images: their size, mean and deviation
	Model         []array.Named // all parameters, of any floating-point type, and what else belongs to the network
	State         []array.Named // counters, and moments such as "hidden.0.weight/exp_avg": what there is
	Epochs        int           // done
	Steps         uint64        // done
	// Loop is the loop's state in a checkpoint of this program, of which State is all then; empty:
	// it stands at the end of an epoch.
	Loop json.RawMessage
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
	params, state := e.sortOut(a.Model)
	for i, t := range params {
		if !slices.ContainsFunc(e.ModelBuffers(), func(b Buffer) bool { return b.Name == t.Name }) {
			return nil, nil, fmt.Errorf("tensor %s belongs to no parameter of this network", t.Name)
		}
		if params[i].Array, err = widen(t, b.Float()); err != nil {
			return nil, nil, err
		}
	}
	if err := restore(b, e.ModelBuffers(), params); err != nil {
		return nil, nil, err
	}
	loop := loopState{EpochsDone: a.Epochs, StepsDone: a.Steps}
	if len(a.Loop) > 0 {
		if err := json.Unmarshal(a.Loop, &loop); err != nil {
			return nil, nil, fmt.Errorf("the state of the loop: %w", err)
		}
	} else {
		for range a.Epochs { // what changes with epochs has changed
			e.Net.EndEpoch()
		}
		b.Advance(e.step, int64(a.Steps))
		b.Advance(e.epoch, int64(a.Epochs))
	}
	if unused, err = e.adoptState(append(state, a.State...)); err != nil {
		return nil, nil, err
	}
	snap = &track.Snapshot{Step: loop.StepsDone, Epoch: loop.EpochsDone, Versions: versions, State: loop}
	if snap.Model, err = contents(b, e.ModelBuffers()); err != nil {
		return nil, nil, err
	}
	snap.Optimizer, err = contents(b, e.StateBuffers())
	return snap, unused, err
}

// sortOut tells parameters from tensors of state.
func (e *Engine) sortOut(tensors []array.Named) (params, state []array.Named) {
	for _, t := range tensors {
		if slices.ContainsFunc(e.StateBuffers(), func(b Buffer) bool { return b.Name == t.Name }) {
			state = append(state, t)
		} else {
			params = append(params, t)
		}
	}
	return params, state
}

// standIn is a dataset of zeros with the shapes that the network asks for.
func standIn(c Config, a Adopted) (*data.Dataset, error) {
	x, err := array.New(dtype.Uint8, c.BatchSize, a.Input)
	if err != nil {
		return nil, err
	}
	d := &data.Dataset{Name: c.Dataset, Image: a.Like.Image, Mean: a.Like.Mean, Std: a.Like.Std, Train: data.Split{X: x}, Val: data.Split{X: x.Slice(0, 1)}}
	if c.Task == taskClassification {
		d.Classes = max(2, a.Output)
		d.Train.Labels, d.Val.Labels = make([]int32, c.BatchSize), make([]int32, 1)
	}
	return d, nil
}

// adoptState uploads the tensors that fit a buffer, and returns the names of the others.
func (e *Engine) adoptState(state []array.Named) (unused []string, err error) {
	buffers := e.StateBuffers()
	for _, t := range state {
		k := slices.IndexFunc(buffers, func(b Buffer) bool { return b.Name == t.Name })
		if k < 0 {
			unused = append(unused, t.Name)
			continue
		}
		a, err := widen(t, buffers[k].Tensor.DType())
		if err != nil {
			return nil, err
		}
		if !fits(buffers[k], a) {
			unused = append(unused, t.Name)
			continue
		}
		e.b.Upload(buffers[k].Tensor, a.Bytes)
	}
	return unused, nil
}

// fits tells whether a can be the buffer's content: of its type and shape, or one number like it.
func fits(b Buffer, a array.Array) bool {
	if a.DType != b.Tensor.DType() {
		return false
	}
	return slices.Equal(a.Shape, b.Tensor.Shape()) || a.Len() == 1 && b.Tensor.Len() == 1
}

// widen converts a tensor of one floating-point type to another; others stay as they are.
func widen(t array.Named, to compute.DType) (array.Array, error) {
	if !t.Array.DType.IsFloat() || t.Array.DType == to || !to.IsFloat() {
		return t.Array, nil
	}
	a, err := array.New(to, t.Array.Shape...)
	if err != nil {
		return a, fmt.Errorf("tensor %s: %w", t.Name, err)
	}
	if to == compute.Float32 {
		copy(a.Bytes, rawBytes(t.Array.Float32s()))
		return a, nil
	}
	v := make([]float64, t.Array.Len())
	for k := range v {
		v[k] = t.Array.Float64(k)
	}
	copy(a.Bytes, rawBytes(v))
	return a, nil
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
