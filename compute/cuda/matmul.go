//go:build cgo && linux

package cuda

import (
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// workspaceBytes is cuBLAS's room, the size that NVIDIA advises for the newest devices. With one of its
// own on one stream a handle gives the same bits for the same call.
const workspaceBytes = 32 << 20

// precisions are how float32 products are computed, by compute.Options.Precision.
var precisions = map[string]gpu.Precision{"": gpu.Float32, "float32": gpu.Float32, "tf32": gpu.TF32, "bf16": gpu.BFloat16}

// openBlas makes the handle, and that of cuBLASLt where it is asked for.
func (b *backend) openBlas() error {
	workspace := b.arena.alloc(b, workspaceBytes)
	if b.err != nil {
		return b.err
	}
	var err error
	if b.blas, err = b.stream.NewBlas(workspace, workspaceBytes); err != nil {
		return err
	}
	return b.lt.open(b, workspace, workspaceBytes)
}

// Matmul implements compute.Matmul. cuBLAS's matrices are column-major: to it our row-major c (m × n)
// is cᵀ (n × m), and c = op(a) op(b) is cᵀ = op(b)ᵀ op(a)ᵀ.
func (b *backend) Matmul(c, a, x compute.Tensor, transA, transX bool, alpha, beta float64) {
	dt := mustFloats("Matmul", c, a, x)
	must(c.Rank() == 2 && a.Rank() == 2 && x.Rank() == 2, "Matmul", "matrices", c, a, x)
	m, k, k2, n := a.Dim(0), a.Dim(1), x.Dim(0), x.Dim(1)
	if transA {
		m, k = k, m
	}
	if transX {
		k2, n = n, k2
	}
	must(k == k2 && c.Dim(0) == m && c.Dim(1) == n, "Matmul", "shapes that fit", c, a, x)
	if b.err != nil || m == 0 || n == 0 {
		return
	}
	if k == 0 {
		alpha = 0 // nothing to add up, and nothing to read
	}
	b.gemm = gpu.Gemm{
		TransA: transX, TransB: transA, M: n, N: m, K: k, Alpha: alpha, Beta: beta,
		A: address(x), LDA: max(1, x.Dim(1)), B: address(a), LDB: max(1, a.Dim(1)), C: address(c), LDC: n,
		Double: dt == compute.Float64, Precision: precisions[b.options.Precision],
	}
	if err := b.await(b.blas.Gemm(&b.gemm)); err != nil {
		b.lost(fmt.Sprintf("Matmul of %v by %v to %v", a, x, c), err)
	}
}
