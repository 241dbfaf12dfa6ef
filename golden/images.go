package golden

import (
	"fmt"
	"slices"
	"unsafe"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/model"
)

// imageModel holds the fields of networks on images.
type imageModel struct {
	HiddenDim  int   `json:"hidden_dim"`
	Blocks     int   `json:"blocks"`
	KernelSize int   `json:"kernel_size"`
	PatchSize  int   `json:"patch_size"`
	Stem       int   `json:"stem"`
	Layers     []int `json:"layers"`
	Planes     []int `json:"planes"`
	Expansion  int   `json:"expansion"`
	// WeightSeed is that of the formula for the weights.
	WeightSeed uint64 `json:"weight_seed"`
}

// forwardTolerance is that of cases of kind forward and resnet50_formula.
type forwardTolerance struct {
	Features  TensorBound `json:"features"`
	Logits    TensorBound `json:"logits"`
	Pooled    TensorBound `json:"pooled"`
	GradNorms Bound       `json:"grad_norms"`
}

// kind is our name of the case's architecture.
func (m *Model) kind() string {
	if m.Architecture == "resnet" {
		return "resnet50"
	}
	return m.Architecture
}

// onImages tells whether the case's network is one on images.
func (m *Model) onImages() bool {
	return slices.Contains([]string{"convmixer", "resnet"}, m.Architecture)
}

// images sets the shape of a network on images.
func (m *Model) images(c *model.Config) {
	if m.onImages() {
		c.Activation = "" // that of the layer's kind
	}
	c.ConvMixer = model.ConvMixerConfig{HiddenDim: m.HiddenDim, Depth: m.Blocks, KernelSize: m.KernelSize, PatchSize: m.PatchSize, Crop: true}
	c.ResNet50 = model.ResNetConfig{Stem: m.Stem, Layers: m.Layers, Planes: m.Planes, Expansion: m.Expansion, WidthPerGroup: 64}
}

// geometry is that of samples (n × channels × height × width), nil where they have another shape.
func geometry(shape []int) *data.Image {
	if len(shape) != 4 {
		return nil
	}
	return &data.Image{Channels: shape[1], Height: shape[2], Width: shape[3]}
}

// initial is the recorded tensor that a buffer of the network begins with: a parameter or a running
// statistic.
func (c *Case) initial(name string) string {
	if c.tensors.Has("init_buffer/" + name) {
		return "init_buffer/" + name
	}
	return "init/" + name
}

// watch has stages that a network on images computes in its first training step compared.
func (r *replay) watch(n model.Network) {
	if w, ok := n.(model.Watched); ok {
		w.Watch(func(stage string, y compute.Tensor) {
			if r.step > 0 || r.silent {
				return
			}
			r.stage("act1/"+stage, y, r.c.Tolerance.Act1)
		})
	}
}

// stage compares what a stage has computed, channels last, with the recorded (B × C × H × W).
func (r *replay) stage(name string, y compute.Tensor, bound TensorBound) {
	got := channelsFirst(r.b, y)
	if r.c.tensors.Has(name + "_bn") { // recorded before the ReLU, which is done in the same pass here
		name += "_bn"
		r.rectified(name, got, bound)
	} else {
		r.tensor(name, got, bound)
	}
}

// rectified compares a ReLU's output with its recorded input.
func (r *replay) rectified(name string, got compute.Tensor, bound TensorBound) {
	want, err := r.c.tensors.Get(name)
	if err != nil || want.Len() != got.Len() {
		r.report.fail(name, fmt.Sprintf("the case has %v, the network %v (%v)", want, got, err))
		return
	}
	v := want.Float32s()
	for i := range v {
		v[i] = max(v[i], 0)
	}
	r.within(name, r.floats(got), v, bound)
}

// channelsFirst is images (b × H × W × C) in the order of datasets; what is no image stays as it is.
func channelsFirst(b compute.Backend, y compute.Tensor) compute.Tensor {
	if y.Rank() != 4 {
		return y
	}
	n, h, w, c := y.Dim(0), y.Dim(1), y.Dim(2), y.Dim(3)
	t := b.Alloc(b.Float(), n, c, h*w)
	b.Transpose(t, y.Reshape(n, h*w, c))
	return t
}

// count compares a whole number that belongs to the network, such as batches tracked.
func (r *replay) count(name string, t compute.Tensor) {
	want, err := r.c.integers(name)
	if err != nil || len(want) != 1 || t.Len() != 1 {
		r.report.fail(name, fmt.Sprintf("the case has %v, the network %v (%v)", want, t, err))
		return
	}
	got := []int64{0}
	r.b.Download(unsafe.Slice((*byte)(unsafe.Pointer(&got[0])), 8), t)
	r.number(name, float64(got[0]), float64(want[0]), exact)
}
