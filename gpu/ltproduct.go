//go:build cgo && linux

package gpu

/*
#cgo noescape gpu_lt_matmul
#cgo nocallback gpu_lt_matmul
#include "blaslt.h"
*/
import "C"

import (
	"errors"
	"unsafe"
)

// LtShape is a product of column-major float32 matrices without gaps, D = epilogue(op(A) op(B)), or with Add
// epilogue(op(A) op(B) + C): op(A) (M × K), op(B) (K × N), C and D (M × N).
type LtShape struct {
	TransA, TransB bool
	M, N, K        int
	Precision      Precision
	Epilogue       Epilogue
	Add            bool
}

// LtProduct is cuBLASLt's description of one, with how it is to be computed.
type LtProduct struct {
	lt    *Lt
	shape LtShape
	args  *C.gpu_lt_product // apart, since C may not see a Go pointer beside it
}

// computeTypes are cublasComputeType_t's numbers.
var computeTypes = [...]C.int{Float32: C.GPU_COMPUTE_32F, TF32: C.GPU_COMPUTE_TF32, BFloat16: C.GPU_COMPUTE_BF16}

// LtOperands are the addresses of a product, each a multiple of LtAlignment. C may be D; it is read with Add
// alone. Bias and Mask are 0 where the epilogue has none.
type LtOperands struct{ A, B, C, D, Bias, Mask Ptr }

// Product describes one to cuBLASLt and takes the first way to do it that it advises, which is the fastest by
// its estimate: nothing is timed, so the same library on the same device always takes the same. It is nil
// where cuBLASLt has none.
func (l *Lt) Product(s LtShape) (*LtProduct, error) {
	p := &LtProduct{lt: l, shape: s, args: new(C.gpu_lt_product)}
	p.args.stream, p.args.work = l.s, C.gpu_ptr(l.workspace)
	if s.Add {
		p.args.beta = 1
	}
	err := p.describe()
	found := false
	if err == nil {
		found, err = p.choose()
	}
	if notSupported(err) {
		err = nil // the combination is unknown to this version
	}
	if !found {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// describe makes the operation and the layouts.
func (p *LtProduct) describe() error {
	x, s, a := p.lt.x.c, &p.shape, p.args
	matrix := func(layout *C.gpu_handle, rows, cols int, trans bool) error {
		if trans {
			rows, cols = cols, rows
		}
		return blasCheck("cublasLtMatrixLayoutCreate",
			C.gpu_cublasLtMatrixLayoutCreate(x, layout, C.GPU_R_32F, C.uint64_t(rows), C.uint64_t(cols), C.int64_t(rows)))
	}
	if err := errors.Join(
		blasCheck("cublasLtMatmulDescCreate", C.gpu_cublasLtMatmulDescCreate(x, &a.op, computeTypes[s.Precision], C.GPU_R_32F)),
		matrix(&a.al, s.M, s.K, s.TransA), matrix(&a.bl, s.K, s.N, s.TransB), matrix(&a.dl, s.M, s.N, false)); err != nil {
		return err
	}
	// What is asked about is not read; the addresses say how operands will be aligned.
	const somewhere = LtAlignment
	ta, tb, epilogue := C.int32_t(flag(s.TransA)), C.int32_t(flag(s.TransB)), C.uint32_t(s.Epilogue)
	err := errors.Join(p.set(C.GPU_LT_TRANS_A, unsafe.Pointer(&ta), 4), p.set(C.GPU_LT_TRANS_B, unsafe.Pointer(&tb), 4),
		p.set(C.GPU_LT_EPILOGUE, unsafe.Pointer(&epilogue), 4))
	if s.Epilogue.Bias() {
		bias := C.gpu_ptr(somewhere)
		err = errors.Join(err, p.set(C.GPU_LT_BIAS, unsafe.Pointer(&bias), 8))
	}
	if s.Epilogue.Mask() {
		aux, ld := C.gpu_ptr(somewhere), C.int64_t(maskLD(s.M))
		err = errors.Join(err, p.set(C.GPU_LT_AUX, unsafe.Pointer(&aux), 8), p.set(C.GPU_LT_AUX_LD, unsafe.Pointer(&ld), 8))
	}
	return err
}

// set is an attribute of the operation.
func (p *LtProduct) set(which C.int, value unsafe.Pointer, n C.size_t) error {
	return blasCheck("cublasLtMatmulDescSetAttribute", C.gpu_cublasLtMatmulDescSetAttribute(p.lt.x.c, p.args.op, which, value, n))
}

// choose asks how to compute, within the workspace and with operands that are aligned to LtAlignment.
func (p *LtProduct) choose() (found bool, err error) {
	x, a := p.lt.x.c, p.args
	var preference C.gpu_handle
	if err := blasCheck("cublasLtMatmulPreferenceCreate", C.gpu_cublasLtMatmulPreferenceCreate(x, &preference)); err != nil {
		return false, err
	}
	defer func() {
		err = errors.Join(err, blasCheck("cublasLtMatmulPreferenceDestroy", C.gpu_cublasLtMatmulPreferenceDestroy(x, preference)))
	}()
	set := func(which C.int, value unsafe.Pointer, n C.size_t) {
		err = errors.Join(err, blasCheck("cublasLtMatmulPreferenceSetAttribute", C.gpu_cublasLtMatmulPreferenceSetAttribute(x, preference, which, value, n)))
	}
	room, alignment := C.uint64_t(p.lt.room), C.uint32_t(LtAlignment)
	set(C.GPU_LT_MAX_WORKSPACE, unsafe.Pointer(&room), 8)
	for which := C.int(C.GPU_LT_ALIGNMENT_A); which <= C.GPU_LT_ALIGNMENT_D; which++ {
		set(which, unsafe.Pointer(&alignment), 4)
	}
	var choices [4]C.gpu_lt_choice
	var n C.int
	if err != nil {
		return false, err
	}
	if err := blasCheck("cublasLtMatmulAlgoGetHeuristic", C.gpu_cublasLtMatmulAlgoGetHeuristic(x, p.lt.h, a.op, a.al, a.bl, a.dl, a.dl, preference,
		C.int(len(choices)), &choices[0], &n)); err != nil {
		return false, err
	}
	for _, c := range choices[:n] {
		if c.state == 0 && int64(c.workspace) <= p.lt.room {
			a.algo, a.room = c.algo, c.workspace
			return true, nil
		}
	}
	return false, nil
}

// Run queues the product.
func (p *LtProduct) Run(o *LtOperands) error {
	a := p.args
	a.a, a.b, a.c, a.d, a.bias, a.aux = C.gpu_ptr(o.A), C.gpu_ptr(o.B), C.gpu_ptr(o.C), C.gpu_ptr(o.D), C.gpu_ptr(o.Bias), C.gpu_ptr(o.Mask)
	if !p.shape.Add {
		a.c = a.d
	}
	if status := C.gpu_lt_matmul(p.lt.x.c, p.lt.h, a); status != 0 {
		return blasCheck("cublasLtMatmul", status)
	}
	return nil
}

// Close gives the description back.
func (p *LtProduct) Close() error {
	var errs []error
	x, a := p.lt.x.c, p.args
	if a.op != nil {
		errs = append(errs, blasCheck("cublasLtMatmulDescDestroy", C.gpu_cublasLtMatmulDescDestroy(x, a.op)))
	}
	for _, l := range []C.gpu_handle{a.al, a.bl, a.dl} {
		if l != nil {
			errs = append(errs, blasCheck("cublasLtMatrixLayoutDestroy", C.gpu_cublasLtMatrixLayoutDestroy(x, l)))
		}
	}
	return errors.Join(errs...)
}
