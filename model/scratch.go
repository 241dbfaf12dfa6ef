package model

import "noise2sparse/compute"

// scratch is memory that the layers of an image network use one after the other: windows of images,
// and whole images, which in evaluation are the activations and in training the gradients. How much is
// needed is found out while the network is planned.
type scratch struct {
	b       compute.Backend
	windows int            // numbers
	numbers int            // of the largest activations
	window  compute.Tensor // [windows]: compute.Convolution's room
	images  [3]compute.Tensor
}

// The images: what flows through the network, and two for what happens inside a block.
const (
	current = iota
	inner
	second
)

// need notes that activations of so many numbers pass through.
func (s *scratch) need(batch, h, w, channels int) { s.numbers = max(s.numbers, batch*h*w*channels) }

func (s *scratch) allocate() {
	s.window = s.b.Alloc(s.b.Float(), s.windows)
	for i := range s.images {
		s.images[i] = s.b.Alloc(s.b.Float(), s.numbers)
	}
}

// image is one of the images, with the given shape.
func (s *scratch) image(i, batch, h, w, channels int) compute.Tensor {
	return s.images[i].Head(batch*h*w*channels).Reshape(batch, h, w, channels)
}

// like is one of the images, with the shape of another.
func (s *scratch) like(i int, x compute.Tensor) compute.Tensor {
	return s.image(i, x.Dim(0), x.Dim(1), x.Dim(2), x.Dim(3))
}

// advance makes another image the current one.
func (s *scratch) advance(i int) { s.images[current], s.images[i] = s.images[i], s.images[current] }
