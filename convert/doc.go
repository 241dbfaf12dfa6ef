// Package convert turns the parameters of runs into files that other programs read, and other
// programs' files into runs: PyTorch Lightning checkpoints of the reference, bare state dicts of
// PyTorch, safetensors and npz.
//
// Two sets of names are known. Ours are those of checkpoints: hidden.0.weight. The reference's come
// from the places of modules in its torch.nn.Sequential: net.1.weight. Names tells them apart and
// translates in both directions.
package convert

import (
	"noise2sparse/internal/array"
	"noise2sparse/model"
)

// Import is what a file says of a run. Tensors are in our names and of the file's element types.
type Import struct {
	Path   string
	Format string // "PyTorch Lightning checkpoint"

	// Input and Output are the numbers per sample: in, and out. Input is 0 where the weights do not tell:
	// for attention, whose memory is the dataset, and for networks on images of any size.
	Input, Output int
	Images        *Images       // of a network on images, else nil
	Params        []array.Named // tensors of the network, trained or not, in the file's order
	State         []array.Named // counters that are known not to be trained: "top_k.activation_counters"
	Moments       []array.Named // of the optimizer: "hidden.0.weight/exp_avg"

	Epoch int    // epochs done
	Step  uint64 // optimizer steps done

	Loop      string   // where this program's loop was, as JSON; "": another program wrote the file
	Config    string   // an experiment file that the file carries, or ""
	Overrides []string // what settings and tensors say of the experiment: "model.hidden=[1000]"
	Notes     []string // what was left out or is doubtful, a sentence each

	optimizer  *optimizerState // nil without one
	projection string          // before_noise or after_noise, where the reference's names show it
}

// Images is what the weights of a network on images tell of it.
type Images struct {
	Channels int
	Model    model.Config // kind and shape
}

func (im *Import) override(s string) { im.Overrides = append(im.Overrides, s) }
