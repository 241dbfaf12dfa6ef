package convert

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/npy"
	"noise2sparse/internal/pickle"
	"noise2sparse/internal/safetensors"
	"noise2sparse/internal/torchfile"
	"noise2sparse/optim"
)

// The formats that Export writes.
var formats = []string{"safetensors", "pt", "npz"}

// Format is the format of that name, or where it is "" the one that a file's ending means.
func Format(name, file string) (string, error) {
	given := name
	if given == "" {
		_, given, _ = cutLast(file, ".")
	}
	if !slices.Contains(formats, given) {
		return "", fmt.Errorf("the format is %q; give one of %s", given, strings.Join(formats, ", "))
	}
	return given, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// Export is a trained network, as it goes into a file.
type Export struct {
	Params []array.Named // in our names, with running statistics
	State  []array.Named // of the network, not trained, such as "top_k.epoch_counter"
	Epoch  int
	Step   uint64

	// Reference gives the tensors the reference's names.
	Reference bool
	// ProjectFirst tells that a projection comes before the noise; for the reference's names.
	ProjectFirst bool
	// Training is what a .pt file holds beside the parameters; nil: they alone.
	Training *Training
}

// Training is what it takes to go on training, beside the parameters.
type Training struct {
	State     []array.Named // all of a checkpoint's: moments such as "hidden.0.weight/exp_avg", counters, sums
	Optimizer optim.Config
	Loop      string // where the loop was, as JSON
	Config    string // an experiment file
	Version   string // of this program
}

// Write writes the file. A .pt is a state dict, a dict of tensors; with Training it is a dict laid
// out like a checkpoint of PyTorch Lightning.
func (x *Export) Write(w io.Writer, format string) error {
	tensors := slices.Clone(x.Params)
	for _, t := range x.State {
		if !x.Reference || refName(t.Name, 0, 0, 0) != "" { // the reference has no other
			tensors = append(tensors, t)
		}
	}
	if x.Reference {
		var err error
		if tensors, err = Reference(tensors, x.ProjectFirst); err != nil {
			return err
		}
	}
	switch format {
	case "safetensors":
		return safetensors.Write(w, tensors, map[string]string{
			"format": "pt", "epoch": strconv.Itoa(x.Epoch), "step": strconv.FormatUint(x.Step, 10),
		})
	case "npz":
		return npy.WriteZip(w, tensors)
	}
	dict := &pickle.Dict{}
	for _, t := range tensors {
		dict.Set(t.Name, t.Array)
	}
	if x.Training == nil {
		return torchfile.Write(w, dict)
	}
	return torchfile.Write(w, x.checkpoint(dict))
}

// checkpoint is the layout of PyTorch Lightning: epoch is the number of the last epoch, from 0.
func (x *Export) checkpoint(stateDict *pickle.Dict) *pickle.Dict {
	t := x.Training
	state := &pickle.Dict{}
	for _, s := range t.State {
		if x.owner(s.Name) < 0 {
			state.Set(s.Name, s.Array)
		}
	}
	return entries(
		"epoch", max(0, x.Epoch-1),
		"global_step", int64(x.Step),
		"state_dict", stateDict,
		"optimizer_states", &pickle.List{Items: []any{entries(
			"state", x.optimizerState(),
			"param_groups", &pickle.List{Items: []any{x.group()}},
		)}},
		"lr_schedulers", &pickle.List{},
		own, entries("epochs_done", x.Epoch, "loop", t.Loop, "config", t.Config, "version", t.Version, "state", state),
	)
}

// optimizerState is torch.optim's: by the parameter's number, its step (as a tensor, since
// PyTorch 1.12) and its moments. Parameters without moments have no entry.
func (x *Export) optimizerState() *pickle.Dict {
	all := &pickle.Dict{}
	for i, p := range x.trained() {
		one := &pickle.Dict{}
		for _, s := range x.Training.State {
			if moment, ok := strings.CutPrefix(s.Name, p.Name+"/"); ok {
				one.Set(moment, s.Array)
			}
		}
		if len(one.Entries) > 0 {
			step, _ := array.FromFloat32s([]float32{float32(x.Step)}) // a scalar always fits
			one.Set("step", step)
			all.Set(int64(i), one)
		}
	}
	return all
}

// trained are the parameters without what is only measured: those that torch.optim numbers.
func (x *Export) trained() []array.Named {
	return slices.DeleteFunc(slices.Clone(x.Params), func(p array.Named) bool { return isStatistic(p.Name) })
}

// owner is the index of the parameter whose moment a tensor of state is; -1: of none.
func (x *Export) owner(state string) int {
	return slices.IndexFunc(x.Params, func(p array.Named) bool { return strings.HasPrefix(state, p.Name+"/") })
}

// group is the one parameter group, with the settings that torch.optim has under the same names.
func (x *Export) group() *pickle.Dict {
	c, ids := x.Training.Optimizer, &pickle.List{}
	for i := range x.trained() {
		ids.Items = append(ids.Items, i)
	}
	or := func(v *float64, otherwise float64) float64 {
		if v == nil {
			return otherwise
		}
		return *v
	}
	return entries(
		"lr", c.LR, "betas", pickle.Tuple{c.Betas[0], c.Betas[1]}, "eps", or(c.Eps, 1e-8),
		"weight_decay", or(c.WeightDecay, 0), "amsgrad", false, "params", ids,
	)
}

// entries makes a dict of keys and values in turn.
func entries(kv ...any) *pickle.Dict {
	d := &pickle.Dict{}
	for i := 0; i < len(kv); i += 2 {
		d.Set(kv[i], kv[i+1])
	}
	return d
}
