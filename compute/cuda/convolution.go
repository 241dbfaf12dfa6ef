//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// dnn are a backend's convolutions by cuDNN; none where compute.Options did not ask for them.
type dnn struct {
	handle *gpu.DNN
	shapes map[gpu.ConvolutionShape]*gpu.Convolution // all that were met; nil: cuDNN has none
}

func (d *dnn) open(b *backend) error {
	if !b.options.CuDNN || b.err != nil {
		return nil
	}
	var err error
	if d.handle, err = b.stream.NewDNN(); err != nil {
		return fmt.Errorf("%w; or leave compute.cudnn false", err)
	}
	d.shapes = map[gpu.ConvolutionShape]*gpu.Convolution{}
	return nil
}

func (d *dnn) close() error {
	var errs []error
	for _, c := range d.shapes {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	if d.handle != nil {
		errs = append(errs, d.handle.Close())
	}
	return errors.Join(errs...)
}

// does tells whether cuDNN is to do a convolution. Windows that don't overlap, 1×1 and patches, are a
// product of the images' own numbers; float64 and factors of bfloat16 cuDNN has not, or not as documented
// for images with channels last; nor has it empty
// images, and of addresses it wants the alignment of whole vectors, which the networks' tensors have.
func (d *dnn) does(b *backend, c compute.Convolution, x, y compute.Tensor) bool {
	w := c.Window
	overlap := w.Size > w.Stride || w.Size > 1 && w.Pad > 0
	return d.handle != nil && overlap && x.DType() == compute.Float32 && x.Len() > 0 && (address(x)|address(y)|address(c.Weights))%16 == 0 && precisions[b.options.Precision] != gpu.BFloat16
}

// of is cuDNN's description of the convolution of x to y with weights w, asked for when it is first met, which is before
// a step is recorded; nil after an error, and, where done is false, for one that cuDNN has no way to do.
func (d *dnn) of(b *backend, op string, y, x, w compute.Tensor, win compute.Window) (c *gpu.Convolution, done bool) {
	in, out := shape(op, x), shape(op, y)
	windows(op, in, win, x, y)
	must(w.Rank() == 4 && w.Dim(0) == out.c && w.Dim(1) == in.c && w.Dim(2) == win.Size && w.Dim(3) == win.Size &&
		out.b == in.b && out.h == win.Out(in.h) && out.w == win.Out(in.w), op, "images and weights (out × in × k × k) that fit the window", y, x, w)
	if b.err != nil {
		return nil, true
	}
	s := gpu.ConvolutionShape{
		Batch: in.b, Height: in.h, Width: in.w, In: in.c, OutHeight: out.h, OutWidth: out.w, Out: out.c,
		Size: win.Size, Stride: win.Stride, Pad: win.Pad, TF32: precisions[b.options.Precision] == gpu.TF32,
	}
	c, met := d.shapes[s]
	if !met {
		var err error
		if c, err = d.handle.Convolution(s); err != nil {
			b.lostConvolution(op, err, y, x, w)
			return nil, true
		}
		d.shapes[s] = c
	}
	return c, c != nil
}

// work is the workspace of c, which an operation in progress may use.
func (b *backend) work(c *gpu.Convolution) gpu.Ptr { return b.room(c.Workspace()) }

// ConvolveFinish implements compute.ConvolutionFuser.
func (b *backend) ConvolveFinish(y, x, w compute.Tensor, c compute.Convolution, e compute.Epilogue) {
	const op = "ConvolveFinish"
	mustFloats(op, y, x, w)
	if !b.dnn.does(b, c, x, y) {
		compute.ConvolveFinishComposed(b, y, x, w, c, e)
		return
	}
	d, done := b.dnn.of(b, op, y, x, w, c.Window)
	if !done {
		compute.ConvolveFinishComposed(b, y, x, w, c, e)
		return
	}
	if d != nil {
		laid := c.Lay(b, w)
		if work := b.work(d); b.err == nil {
			b.lostConvolution(op, d.Forward(address(y), address(x), address(laid), work), y, x, w)
		}
	}
	rows := y.Reshape(y.Len()/y.Dim(3), y.Dim(3))
	compute.Finish(b, rows, rows, e)
}

// ConvolveInput implements compute.ConvolutionFuser.
func (b *backend) ConvolveInput(dx, dy, w compute.Tensor, c compute.Convolution) {
	const op = "ConvolveInput"
	mustFloats(op, dx, dy, w)
	if !b.dnn.does(b, c, dx, dy) {
		compute.ConvolveInputComposed(b, dx, dy, w, c)
		return
	}
	d, done := b.dnn.of(b, op, dy, dx, w, c.Window)
	if !done {
		compute.ConvolveInputComposed(b, dx, dy, w, c)
		return
	}
	if d != nil {
		laid := c.Lay(b, w)
		if work := b.work(d); b.err == nil {
			b.lostConvolution(op, d.Input(address(dx), address(dy), address(laid), work), dx, dy, w)
		}
	}
}

// ConvolveWeight implements compute.ConvolutionFuser.
func (b *backend) ConvolveWeight(dw, dy, x compute.Tensor, c compute.Convolution) {
	const op = "ConvolveWeight"
	mustFloats(op, dw, dy, x)
	if !b.dnn.does(b, c, x, dy) {
		compute.ConvolveWeightComposed(b, dw, dy, x, c)
		return
	}
	d, done := b.dnn.of(b, op, dy, x, dw, c.Window)
	if !done {
		compute.ConvolveWeightComposed(b, dw, dy, x, c)
		return
	}
	if d != nil {
		laid := c.Laid(dw)
		if work := b.work(d); b.err == nil {
			b.lostConvolution(op, d.Weight(address(laid), address(dy), address(x), work), dw, dy, x)
		}
		c.Unlay(b, dw, laid)
	}
}

// lostConvolution keeps an error of cuDNN with the operation's shapes.
func (b *backend) lostConvolution(op string, err error, ts ...compute.Tensor) {
	if err = b.await(err); err != nil {
		b.lost(op+" of "+list(ts)+" by cuDNN", err)
	}
}
