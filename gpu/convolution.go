//go:build cgo && linux

package gpu

/*
#cgo noescape gpu_convolve
#cgo nocallback gpu_convolve
#include "dnn.h"
*/
import "C"

import (
	"errors"
	"strings"
)

// ConvolutionShape is a convolution of float32 images (Batch × Height × Width × In), channels last, with
// weights (Out × Size × Size × In) to images (Batch × OutHeight × OutWidth × Out).
type ConvolutionShape struct {
	Batch, Height, Width, In int
	OutHeight, OutWidth, Out int
	Size, Stride, Pad        int
	TF32                     bool // factors may be rounded to 10 bits of fraction, for tensor cores
}

// Convolution is cuDNN's description of one.
type Convolution struct {
	dnn           *DNN
	x, y, w, conv C.gpu_handle
	room          [3]C.size_t // bytes of workspace: forward, input, weight
}

// dnnAlgorithms are the deterministic ones, for every shape.
var dnnAlgorithms = [3]C.int{
	C.GPU_DNN_FORWARD: C.GPU_DNN_FORWARD_ALGO, C.GPU_DNN_INPUT: C.GPU_DNN_INPUT_ALGO, C.GPU_DNN_WEIGHT: C.GPU_DNN_WEIGHT_ALGO,
}

// Convolution describes one to cuDNN, and asks how much workspace it wants. It is nil where cuDNN has no way to do it.
func (d *DNN) Convolution(s ConvolutionShape) (*Convolution, error) {
	c := &Convolution{dnn: d}
	err := c.describe(s)
	if err == nil {
		err = c.measure()
	}
	if err == nil {
		return c, nil
	}
	var e *Error
	if errors.As(err, &e) && strings.HasPrefix(e.Name, "CUDNN_STATUS_NOT_SUPPORTED") {
		err = nil
	}
	return nil, errors.Join(err, c.Close())
}

func (c *Convolution) describe(s ConvolutionShape) error {
	x, n := c.dnn.x.c, func(v int) C.int { return C.int(v) }
	math := C.int(C.GPU_DNN_FMA_MATH) // no tensor cores
	if s.TF32 {
		math = C.GPU_DNN_DEFAULT_MATH // TF32 where the device has it
	}
	defer onOneThread()()
	for _, step := range []struct {
		call string
		do   func() C.int
	}{
		{"cudnnCreateTensorDescriptor", func() C.int { return C.gpu_cudnnCreateTensorDescriptor(x, &c.x) }},
		{"cudnnCreateTensorDescriptor", func() C.int { return C.gpu_cudnnCreateTensorDescriptor(x, &c.y) }},
		{"cudnnCreateFilterDescriptor", func() C.int { return C.gpu_cudnnCreateFilterDescriptor(x, &c.w) }},
		{"cudnnCreateConvolutionDescriptor", func() C.int { return C.gpu_cudnnCreateConvolutionDescriptor(x, &c.conv) }},
		{"cudnnSetTensor4dDescriptor", func() C.int {
			return C.gpu_cudnnSetTensor4dDescriptor(x, c.x, C.GPU_DNN_NHWC, C.GPU_DNN_FLOAT, n(s.Batch), n(s.In), n(s.Height), n(s.Width))
		}},
		{"cudnnSetTensor4dDescriptor", func() C.int {
			return C.gpu_cudnnSetTensor4dDescriptor(x, c.y, C.GPU_DNN_NHWC, C.GPU_DNN_FLOAT, n(s.Batch), n(s.Out), n(s.OutHeight), n(s.OutWidth))
		}},
		{"cudnnSetFilter4dDescriptor", func() C.int {
			return C.gpu_cudnnSetFilter4dDescriptor(x, c.w, C.GPU_DNN_FLOAT, C.GPU_DNN_NHWC, n(s.Out), n(s.In), n(s.Size), n(s.Size))
		}},
		{"cudnnSetConvolution2dDescriptor", func() C.int {
			return C.gpu_cudnnSetConvolution2dDescriptor(x, c.conv, n(s.Pad), n(s.Pad), n(s.Stride), n(s.Stride), 1, 1, C.GPU_DNN_CROSS_CORRELATION, C.GPU_DNN_FLOAT)
		}},
		{"cudnnSetConvolutionMathType", func() C.int { return C.gpu_cudnnSetConvolutionMathType(x, c.conv, math) }},
	} {
		if err := dnnCheck(step.call, step.do()); err != nil {
			return err
		}
	}
	return nil
}

// measure asks for the workspaces.
func (c *Convolution) measure() error {
	defer onOneThread()()
	x, h, algo := c.dnn.x.c, c.dnn.h, dnnAlgorithms
	return errors.Join(
		dnnCheck("cudnnGetConvolutionForwardWorkspaceSize",
			C.gpu_cudnnGetConvolutionForwardWorkspaceSize(x, h, c.x, c.w, c.conv, c.y, algo[C.GPU_DNN_FORWARD], &c.room[C.GPU_DNN_FORWARD])),
		dnnCheck("cudnnGetConvolutionBackwardDataWorkspaceSize",
			C.gpu_cudnnGetConvolutionBackwardDataWorkspaceSize(x, h, c.w, c.y, c.conv, c.x, algo[C.GPU_DNN_INPUT], &c.room[C.GPU_DNN_INPUT])),
		dnnCheck("cudnnGetConvolutionBackwardFilterWorkspaceSize",
			C.gpu_cudnnGetConvolutionBackwardFilterWorkspaceSize(x, h, c.x, c.y, c.conv, c.w, algo[C.GPU_DNN_WEIGHT], &c.room[C.GPU_DNN_WEIGHT])))
}

// Workspace is how many bytes the largest of the three wants.
func (c *Convolution) Workspace() int64 { return int64(max(c.room[0], c.room[1], c.room[2])) }

// Forward queues y = x ∗ w. work has Workspace bytes, here and below.
func (c *Convolution) Forward(y, x, w, work Ptr) error {
	return c.run("cudnnConvolutionForward", C.GPU_DNN_FORWARD, c.x, c.w, c.y, x, w, y, work)
}

// Input queues dx, the gradient of x by that of y.
func (c *Convolution) Input(dx, dy, w, work Ptr) error {
	return c.run("cudnnConvolutionBackwardData", C.GPU_DNN_INPUT, c.w, c.y, c.x, w, dy, dx, work)
}

// Weight queues dw, the gradient of w by that of y.
func (c *Convolution) Weight(dw, dy, x, work Ptr) error {
	return c.run("cudnnConvolutionBackwardFilter", C.GPU_DNN_WEIGHT, c.x, c.y, c.w, x, dy, dw, work)
}

func (c *Convolution) run(call string, kind C.int, ad, bd, rd C.gpu_handle, a, b, r, work Ptr) error {
	args := C.gpu_dnn_args{
		kind: kind, algo: dnnAlgorithms[kind], ad: ad, bd: bd, conv: c.conv, rd: rd,
		a: C.gpu_ptr(a), b: C.gpu_ptr(b), work: C.gpu_ptr(work), r: C.gpu_ptr(r), room: c.room[kind],
	}
	defer onOneThread()()
	return dnnCheck(call, C.gpu_convolve(c.dnn.x.c, c.dnn.h, &args))
}

// Close gives the description back.
func (c *Convolution) Close() error {
	defer onOneThread()()
	var errs []error
	x := c.dnn.x.c
	for _, d := range []C.gpu_handle{c.x, c.y} {
		if d != nil {
			errs = append(errs, dnnCheck("cudnnDestroyTensorDescriptor", C.gpu_cudnnDestroyTensorDescriptor(x, d)))
		}
	}
	if c.w != nil {
		errs = append(errs, dnnCheck("cudnnDestroyFilterDescriptor", C.gpu_cudnnDestroyFilterDescriptor(x, c.w)))
	}
	if c.conv != nil {
		errs = append(errs, dnnCheck("cudnnDestroyConvolutionDescriptor", C.gpu_cudnnDestroyConvolutionDescriptor(x, c.conv)))
	}
	return errors.Join(errs...)
}
