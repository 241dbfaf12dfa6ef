//go:build cgo && linux

package cuda

import "noise2sparse/gpu"

// operations is what the operations need besides their operands. Operations run in order, so they share it.
type operations struct {
	arrived gpu.Ptr // 1 + maxTiles counters of blocks (kernels/reduce.cuh), zero between operations
	poisson gpu.Ptr // the table of kernels/add_noise.cu, for the rate that was used last
	power   power
}

const (
	arrivedBytes = 4 * (1 + maxTiles)
	poissonBytes = 8 + 2*4 + 256*4 // struct Table of kernels/add_noise.cu
)

// open reserves what stays, zero-filled.
func (o *operations) open(b *backend) {
	reserve := func(n int64) gpu.Ptr {
		p := b.arena.alloc(b, n)
		if p != 0 {
			b.check("open", b.stream.Set(p, 0, n))
		}
		return p
	}
	o.arrived, o.poisson = reserve(arrivedBytes), reserve(poissonBytes)
}

// partials is room for n float64 of partial results.
func (l *launch) partials(n int) *launch {
	return l.ptr(l.b.room(8 * int64(n))).ptr(l.b.ops.arrived)
}
