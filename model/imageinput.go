package model

import "noise2sparse/compute"

// imageInput is what a batch of images passes through before the first convolution:
//
//	v = (x − mean_c) / std_c        where normalisation is asked for
//	v = v + noise                   x and v (b × C·H·W), in the order channel, row, column
//	images, channels last           (b × H × W × C)
type imageInput struct {
	b      compute.Backend
	image  Image
	before *input
	last   compute.Tensor // (batch × H × W × C)
}

func newImageInput(b compute.Backend, ps *Params, c Config, s Spec) *imageInput {
	m := *s.Image
	return &imageInput{b: b, image: m, before: newInput(b, ps, c, s), last: b.Alloc(b.Float(), s.Batch, m.Height, m.Width, m.Channels)}
}

func (in *imageInput) forward(x compute.Tensor, m Mode) compute.Tensor {
	g, n := in.image, x.Rows()
	v := in.before.forward(in.before.entry(n, m).Apply(in.b, x, m), m)
	images := in.last.Head(n)
	in.b.Transpose(images.Reshape(n, g.Height*g.Width, g.Channels), v.Reshape(n, g.Channels, g.Height*g.Width))
	return images
}
