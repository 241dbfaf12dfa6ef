//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// lt are a backend's products by cuBLASLt; none where compute.Options did not ask for them.
//
// cuBLASLt's matrices are column-major. To it our row-major y (B × n) is D = yᵀ (n × B): a neuron is a row of
// D and a sample a column, so a bias, which cuBLASLt lays along D's rows, has an element for each neuron, and
// the gradient of one, which it sums over D's columns, a sum over the samples. The products are
//
//	y = x wᵀ       D = w xᵀ     A = w (n × d) lies as its transpose (d × n), B = xᵀ (d × B) as it is
//	dpost = dy v   D = vᵀ dyᵀ   A = vᵀ (n × m) and B = dyᵀ (m × B) both as they are
//	dw = dyᵀ x     D = xᵀ dy    A = xᵀ (d × B) as it is, B = dy (B × n) lies as its transpose (n × B)
type lt struct {
	handle   *gpu.Lt
	products map[gpu.LtShape]*gpu.LtProduct // all that were met; nil: cuBLASLt has none
	masks    map[gpu.Ptr]masked
	operands gpu.LtOperands // of the product in the making
}

// masked is of which activations a mask says which are above 0.
type masked struct {
	post gpu.Ptr
	rows int
}

// open makes the handle. It shares cuBLAS's workspace: both run on one stream, one product after the other.
func (l *lt) open(b *backend, workspace gpu.Ptr, n int64) error {
	if !b.options.CuBLASLt || b.err != nil {
		return nil
	}
	var err error
	if l.handle, err = b.stream.NewLt(workspace, n); err != nil {
		return fmt.Errorf("%w; or leave compute.cublaslt false", err)
	}
	l.products, l.masks = map[gpu.LtShape]*gpu.LtProduct{}, map[gpu.Ptr]masked{}
	return nil
}

func (l *lt) close() error {
	var errs []error
	for _, p := range l.products {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	if l.handle != nil {
		errs = append(errs, l.handle.Close())
	}
	return errors.Join(errs...)
}

// does tells whether cuBLASLt may do a product with these operands, those that there are: float32, aligned,
// with something to add up.
func (l *lt) does(depth int, ts ...compute.Tensor) bool {
	if l.handle == nil || depth == 0 {
		return false
	}
	var addresses gpu.Ptr
	for _, t := range ts {
		if t.Valid() {
			if t.Len() == 0 || t.DType() != compute.Float32 && t.DType() != compute.Uint8 {
				return false
			}
			addresses |= address(t)
		}
	}
	return addresses%gpu.LtAlignment == 0
}

// product is cuBLASLt's description of one, asked for when it is first met, which is before a step is
// recorded; nil where cuBLASLt has no way to do it, and after an error.
func (l *lt) product(b *backend, op string, s gpu.LtShape) *gpu.LtProduct {
	if b.err != nil {
		return nil
	}
	s.Precision = precisions[b.options.Precision]
	p, met := l.products[s]
	if !met {
		var err error
		if p, err = l.handle.Product(s); err != nil {
			b.lost(fmt.Sprintf("%s (%d × %d × %d) by cuBLASLt", op, s.N, s.M, s.K), err)
			return nil
		}
		l.products[s] = p
	}
	return p
}

// run queues a product of operands.
func (l *lt) run(b *backend, p *gpu.LtProduct, op string, ts ...compute.Tensor) {
	if err := b.await(p.Run(&l.operands)); err != nil {
		b.lost(op+" of "+list(ts)+" by cuBLASLt", err)
	}
}
