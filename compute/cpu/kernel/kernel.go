// Package kernel holds the CPU's elementwise, reduction and noise kernels in plain Go. They are
// the specification: compute/cpu/simd does the hot ones again for float32 with vector
// instructions, and its results are the same bits.
//
// For that, every product and sum is rounded once to its type: an explicit conversion around a
// product forbids the compiler to fuse it with the following addition. Wherever numbers are
// added up, the order is fixed by the shape alone; see [SumSquares] for sums over a range and
// [ColSums] for sums over rows.
//
// A kernel works on one range, on the calling goroutine; cutting a tensor into ranges is the
// caller's job. Kernels over a matrix take a window: rows of cols elements, each row starting ld
// elements after the one before, so that a tensor may be cut by rows or by columns. Lengths are
// the caller's promise; a slice that is too short panics. No kernel allocates memory.
package kernel

// Float is the element type of parameters and activations.
type Float interface{ float32 | float64 }

// window checks that a window of rows × cols with distance ld fits into a slice of n elements.
func window(n, ld, rows, cols int) {
	if rows > 0 && cols > 0 && (ld < cols || n < (rows-1)*ld+cols) {
		panic("kernel: a matrix window exceeds its slice")
	}
}
