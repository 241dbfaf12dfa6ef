package convert

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"noise2sparse/internal/pickle"
)

// norm are the tensors of a batch normalisation, in PyTorch's order.
func norm(shapes map[string][]int, name string, channels int) []string {
	var order []string
	for _, part := range []string{"weight", "bias", "running_mean", "running_var"} {
		shapes[name+"."+part] = []int{channels}
		order = append(order, name+"."+part)
	}
	shapes[name+".num_batches_tracked"] = nil
	return append(order, name+".num_batches_tracked")
}

// convMixerDict is a state dict of a ConvMixer in PyTorch's order.
func convMixerDict(depth int) (shapes map[string][]int, order []string) {
	shapes = map[string][]int{}
	conv := func(name string, shape ...int) {
		shapes[name+".weight"], shapes[name+".bias"] = shape, shape[:1]
		order = append(order, name+".weight", name+".bias")
	}
	conv("features.0", 8, 3, 2, 2)
	order = append(order, norm(shapes, "features.2", 8)...)
	for i := range depth {
		at := fmt.Sprintf("features.%d.", 3+i)
		conv(at+"0.fn.0", 8, 1, 5, 5)
		order = append(order, norm(shapes, at+"0.fn.2", 8)...)
		conv(at+"1", 8, 8, 1, 1)
		order = append(order, norm(shapes, at+"3", 8)...)
	}
	conv("classifier", 7, 8)
	return shapes, order
}

// resNetDict is torchvision's state dict of stages of bottleneck blocks, whose inner width is a
// quarter of what they give, times wider.
func resNetDict(layers []int, wider int) (shapes map[string][]int, order []string) {
	shapes = map[string][]int{}
	conv := func(conv, bn string, out, in, k int) {
		shapes[conv+".weight"] = []int{out, in, k, k}
		order = append(order, conv+".weight")
		order = append(order, norm(shapes, bn, out)...)
	}
	conv("conv1", "bn1", 8, 3, 7)
	in := 8
	for i, blocks := range layers {
		planes := 4 << i
		for j := range blocks {
			at := fmt.Sprintf("layer%d.%d.", i+1, j)
			conv(at+"conv1", at+"bn1", wider*planes, in, 1)
			conv(at+"conv2", at+"bn2", wider*planes, wider*planes, 3)
			conv(at+"conv3", at+"bn3", 4*planes, wider*planes, 1)
			if j == 0 {
				conv(at+"downsample.0", at+"downsample.1", 4*planes, in, 1)
			}
			in = 4 * planes
		}
	}
	shapes["fc.weight"], shapes["fc.bias"] = []int{10, in}, []int{10}
	return shapes, append(order, "fc.weight", "fc.bias")
}

// State dicts of networks on images are known by names and shapes, wrapped or not, and Order is theirs.
func TestImageNetworks(t *testing.T) {
	for name, c := range map[string]struct {
		dict      func() (map[string][]int, []string)
		overrides string
		output    int
	}{
		"convmixer": {
			func() (map[string][]int, []string) { return convMixerDict(9) },
			"task=classification model.kind=convmixer model.convmixer.hidden_dim=8 model.convmixer.depth=9 model.convmixer.kernel_size=5 model.convmixer.patch_size=2", 7,
		},
		"resnet": {
			func() (map[string][]int, []string) { return resNetDict([]int{1, 12, 2}, 1) },
			"task=classification model.kind=resnet50 model.resnet50.stem=8 model.resnet50.layers=[1, 12, 2] model.resnet50.planes=[4, 8, 16] model.resnet50.width_per_group=64", 10,
		},
		"wide resnet": {
			func() (map[string][]int, []string) { return resNetDict([]int{1}, 2) },
			"task=classification model.kind=resnet50 model.resnet50.stem=8 model.resnet50.layers=[1] model.resnet50.planes=[4] model.resnet50.width_per_group=128", 10,
		},
	} {
		t.Run(name, func(t *testing.T) {
			shapes, order := c.dict()
			tensors := zeros(t, shapes, order...)
			for i := range tensors {
				tensors[i].Name = "module." + tensors[i].Name
			}
			im := understood(t, tensors)
			if got := strings.Join(im.Overrides, " "); got != c.overrides {
				t.Errorf("overrides\n%s, want\n%s", got, c.overrides)
			}
			if im.Output != c.output || im.Input != 0 || im.Images == nil || im.Images.Channels != 3 {
				t.Errorf("%d outputs, %d inputs, %+v", im.Output, im.Input, im.Images)
			}
			if got := names(im.Params); !slices.Equal(got, order) {
				t.Errorf("names %v", got)
			}
			sorted := slices.Clone(order)
			slices.Sort(sorted)
			slices.SortStableFunc(sorted, func(a, b string) int { return strings.Compare(Order(a), Order(b)) })
			if !slices.Equal(sorted, order) {
				t.Errorf("Order gives %v", sorted)
			}
			same, err := Reference(im.Params, false)
			if err != nil || !slices.Equal(names(same), order) {
				t.Errorf("the reference's names: %v (%v)", names(same), err)
			}
		})
	}
}

// Blocks of two convolutions, as in ResNet-18, are refused by name.
func TestBasicBlocksAreRefused(t *testing.T) {
	shapes, order := resNetDict([]int{1}, 1)
	for _, part := range append([]string{"layer1.0.conv3.weight"}, norm(shapes, "layer1.0.bn3", 16)...) {
		delete(shapes, part)
		order = slices.DeleteFunc(order, func(n string) bool { return n == part })
	}
	err := (&Import{}).understand(zeros(t, shapes, order...))
	if err == nil || !strings.Contains(err.Error(), "layer1.0.conv3.weight") || !strings.Contains(err.Error(), "bottleneck") {
		t.Errorf("error %v", err)
	}
}

// torch.optim numbers what is trained: running statistics, which stand among the parameters in a state
// dict, have no number, neither going out nor coming in.
func TestMomentsOfImageNetworks(t *testing.T) {
	shapes, order := convMixerDict(1)
	im := understood(t, zeros(t, shapes, order...))
	x := &Export{Params: im.Params, Training: &Training{}}
	trained := x.trained()
	if len(trained) != 14 { // 4 layers of weight and bias, 3 normalisations
		t.Fatalf("%d tensors are trained: %v", len(trained), names(trained))
	}
	ids := make([]any, len(trained))
	for i := range ids {
		ids[i] = int64(i)
	}
	group := entries("params", &pickle.List{Items: ids})
	got, why := im.order(&pickle.List{Items: []any{group}})
	if why != "" || !slices.Equal(got, names(trained)) {
		t.Errorf("numbers mean %v (%s), want %v", got, why, names(trained))
	}
	im.Loop = "{}" // a file of this program
	if got, why := im.order(&pickle.List{Items: []any{group}}); why != "" || !slices.Equal(got, names(trained)) {
		t.Errorf("in a file of this program numbers mean %v (%s)", got, why)
	}
}
