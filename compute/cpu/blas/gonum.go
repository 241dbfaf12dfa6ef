package blas

import (
	"runtime/debug"
	"strings"

	gblas "gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// goBLAS is gonum's BLAS. Called with fewer than four of its 64 × 64 blocks it stays on the calling
// goroutine and allocates nothing, so a product is cut into such pieces here.
type goBLAS struct{}

// Pieces of a product: 64 × 192 of c, over depths of 256 so that both operands stay in the cache.
const (
	pieceRows  = 64
	pieceCols  = 192
	pieceDepth = 256
)

func (goBLAS) info() Info { return Info{Library: "gonum", Version: gonumVersion(), Threads: 1} }

// gonumVersion is the version that this program was built with; empty where the build kept none.
func gonumVersion() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range build.Deps {
		if m.Path == "gonum.org/v1/gonum" {
			return strings.TrimPrefix(m.Version, "v")
		}
	}
	return ""
}

func (goBLAS) gemm32(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	pieces(m, n, k, func(i, j, l, rows, cols, depth int) {
		bt := beta
		if l > 0 {
			bt = 1
		}
		gonum.Implementation{}.Sgemm(flag(transA), flag(transB), rows, cols, depth, alpha,
			a[origin(transA, i, l, lda):], lda, b[origin(transB, l, j, ldb):], ldb, bt, c[i*ldc+j:], ldc)
	})
}

func (goBLAS) gemm64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	pieces(m, n, k, func(i, j, l, rows, cols, depth int) {
		bt := beta
		if l > 0 {
			bt = 1
		}
		gonum.Implementation{}.Dgemm(flag(transA), flag(transB), rows, cols, depth, alpha,
			a[origin(transA, i, l, lda):], lda, b[origin(transB, l, j, ldb):], ldb, bt, c[i*ldc+j:], ldc)
	})
}

// pieces calls f for each piece of an m × n product of depth k, pieces of one place of c in order.
func pieces(m, n, k int, f func(i, j, l, rows, cols, depth int)) {
	for j := 0; j < n; j += pieceCols {
		for l := 0; l < k; l += pieceDepth {
			for i := 0; i < m; i += pieceRows {
				f(i, j, l, min(pieceRows, m-i), min(pieceCols, n-j), min(pieceDepth, k-l))
			}
		}
	}
}

// origin is the offset of row i, column j of op(x), stored with distance ld.
func origin(trans bool, i, j, ld int) int {
	if trans {
		i, j = j, i
	}
	return i*ld + j
}

// flag is gonum's name for op.
func flag(trans bool) gblas.Transpose {
	if trans {
		return gblas.Trans
	}
	return gblas.NoTrans
}
