package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"noise2sparse/model"
)

// imageNames is the form of the names in networks on images, which are the reference's and
// torchvision's: features.3.0.fn.0.weight, layer1.0.bn1.running_mean.
var imageNames = regexp.MustCompile(`^(features\.\d+(\.\d+(\.fn\.\d+)?)?|classifier|conv1|bn1|layer\d+\.\d+\.(conv\d|bn\d|downsample\.\d)|fc)\.(weight|bias|running_mean|running_var|num_batches_tracked)$`)

// statistics are the tensors of a batch normalisation that are not trained, in PyTorch's order.
var statistics = []string{"running_mean", "running_var", "num_batches_tracked"}

// isStatistic tells whether a tensor of a network on images is measured, not trained.
func isStatistic(name string) bool {
	return imageNames.MatchString(name) && slices.Contains(statistics, name[strings.LastIndexByte(name, '.')+1:])
}

// onImages tells by the names whether the tensors are those of a network on images.
func (p params) onImages() bool {
	_, convMixer := p["features.0.weight"]
	_, resNet := p["conv1.weight"]
	return convMixer || resNet
}

// imageNetwork reads off the shapes which network on images it is.
func (im *Import) imageNetwork(p params) error {
	im.override("task=classification")
	head := "classifier.weight"
	var err error
	if _, ok := p["features.0.weight"]; ok {
		err = im.convMixer(p)
	} else {
		head = "fc.weight"
		err = im.resNet(p)
	}
	if err != nil {
		return err
	}
	shape, err := p.shape(head, 2)
	im.Output = shape[0]
	return err
}

func (im *Import) convMixer(p params) error {
	stem, err := p.shape("features.0.weight", 4)
	if err != nil {
		return err
	}
	depth := 0
	for {
		if _, ok := p[fmt.Sprintf("features.%d.0.fn.0.weight", 3+depth)]; !ok {
			break
		}
		depth++
	}
	kernel, err := p.shape("features.3.0.fn.0.weight", 4)
	if err != nil {
		return err
	}
	c := model.ConvMixerConfig{HiddenDim: stem[0], Depth: depth, KernelSize: kernel[3], PatchSize: stem[3]}
	im.Images = &Images{Channels: stem[1], Model: model.Config{Kind: "convmixer", ConvMixer: c}}
	im.override("model.kind=convmixer")
	im.override(fmt.Sprintf("model.convmixer.hidden_dim=%d", c.HiddenDim))
	im.override(fmt.Sprintf("model.convmixer.depth=%d", c.Depth))
	im.override(fmt.Sprintf("model.convmixer.kernel_size=%d", c.KernelSize))
	im.override(fmt.Sprintf("model.convmixer.patch_size=%d", c.PatchSize))
	return nil
}

// resNet takes blocks for such as give four times their planes, as torchvision's do: from the shapes
// alone planes and expansion can't be told apart, and mean the same.
func (im *Import) resNet(p params) error {
	stem, err := p.shape("conv1.weight", 4)
	if err != nil {
		return err
	}
	c := model.ResNetConfig{Stem: stem[0], Expansion: 4}
	for stage := 1; ; stage++ {
		first := fmt.Sprintf("layer%d.0.", stage)
		if _, ok := p[first+"conv1.weight"]; !ok {
			break
		}
		inner, err := p.shape(first+"conv1.weight", 4)
		if err != nil {
			return err
		}
		outer, err := p.shape(first+"conv3.weight", 4)
		if err != nil {
			return fmt.Errorf("%w; only bottleneck blocks, of three convolutions, are known here", err)
		}
		if outer[0]%c.Expansion != 0 || inner[0]*64%(outer[0]/c.Expansion) != 0 {
			return fmt.Errorf("%sconv1 and conv3 give %d and %d channels, which fit no model.resnet50.width_per_group", first, inner[0], outer[0])
		}
		blocks := 0
		for {
			if _, ok := p[fmt.Sprintf("layer%d.%d.conv1.weight", stage, blocks)]; !ok {
				break
			}
			blocks++
		}
		planes := outer[0] / c.Expansion
		c.Layers, c.Planes, c.WidthPerGroup = append(c.Layers, blocks), append(c.Planes, planes), inner[0]*64/planes
	}
	if len(c.Layers) == 0 {
		return fmt.Errorf("there is a tensor conv1.weight, but no layer1.0.conv1.weight: no residual network of bottleneck blocks")
	}
	im.Images = &Images{Channels: stem[1], Model: model.Config{Kind: "resnet50", ResNet50: c}}
	im.override("model.kind=resnet50")
	im.override(fmt.Sprintf("model.resnet50.stem=%d", c.Stem))
	im.override("model.resnet50.layers=" + integers(c.Layers))
	im.override("model.resnet50.planes=" + integers(c.Planes))
	im.override(fmt.Sprintf("model.resnet50.width_per_group=%d", c.WidthPerGroup))
	return nil
}

func integers(v []int) string { return strings.ReplaceAll(fmt.Sprint(v), " ", ", ") }

// shape is that of a tensor of so many dimensions, none of them 0.
func (p params) shape(name string, rank int) ([]int, error) {
	a, ok := p[name]
	switch {
	case !ok:
		return make([]int, rank), fmt.Errorf("there is no tensor %s", name)
	case len(a.Shape) != rank || slices.Contains(a.Shape, 0) || !a.DType.IsFloat():
		return make([]int, rank), fmt.Errorf("tensor %s is %v; it must have %d dimensions of floating-point numbers", name, a, rank)
	}
	return a.Shape, nil
}

// units is the order of what is in a block of a residual network.
var units = []string{"conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "downsample.0", "downsample.1"}

// imageOrder is Order for networks on images: that of PyTorch's state dict.
func imageOrder(name string) string {
	owner, part, _ := cutLast(name, ".")
	parts := append([]string{"weight", "bias"}, statistics...)
	stage, rest := 0, owner
	if s, ok := strings.CutPrefix(owner, "layer"); ok {
		digits, inside, _ := strings.Cut(s, ".")
		stage, _ = strconv.Atoi(digits)
		block, unit, _ := strings.Cut(inside, ".")
		n, _ := strconv.Atoi(block)
		rest = fmt.Sprintf("%06d.%d", n, slices.Index(units, unit))
	} else if i := slices.Index(units, owner); i >= 0 {
		rest = strconv.Itoa(i)
	} else if owner == "fc" || owner == "classifier" {
		stage = 999999
	}
	rest = number.ReplaceAllStringFunc(rest, func(d string) string { return fmt.Sprintf("%06s", d) })
	return fmt.Sprintf("%06d %s %02d", stage, rest, slices.Index(parts, part))
}

var number = regexp.MustCompile(`\d+`)
