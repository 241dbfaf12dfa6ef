//go:build cgo && linux

package cuda

import (
	"math/bits"

	"noise2sparse/gpu"
)

// Grids and blocks. Where a kernel adds up, they follow from the shape alone, since they decide the
// order of the sum; where it doesn't, from the device too.

const (
	// maxPartials is the largest number of blocks that leave a partial result of a reduction.
	maxPartials = 1024
	// maxTiles is the largest number of blocks of a reduction of columns that is cut into chunks of rows:
	// several times what a device runs at once, so that the last ones leave little of it idle.
	maxTiles = 4096
	// pieceElems is how many elements a block of a reduction over everything has at least.
	pieceElems = 4096
	// blockThreads is the size of a full block.
	blockThreads = 256
	warp         = 32
	// maxGridY is CUDA's limit to the second dimension of a grid.
	maxGridY = 1<<16 - 1
)

// The tiles of columns.cuh: STRIP columns, TALL rows, of which a thread takes BATCH at a time.
const (
	strip = 32
	tall  = 8
	batch = 4
)

// pieces is the grid and block of a reduction over n elements.
func pieces(n int) (grid, block gpu.Dim) {
	blocks := min(max(1, ceilDiv(n, pieceElems)), maxPartials)
	threads := min(blockThreads, warp*max(1, ceilDiv(n, 4*warp)))
	return gpu.Dim{X: blocks}, gpu.Dim{X: threads}
}

// teams is the grid and block of a kernel with a team of threads for each row.
func teams(rows, cols int) (grid, block gpu.Dim) {
	team := min(powerOfTwo(ceilDiv(cols, 4)), blockThreads)
	tall := 1 // a team of several warps has the block to itself: team_reduce's shared memory is one team's
	if team <= warp {
		tall = max(min(powerOfTwo(rows), 128/team), warp/team)
	}
	return gpu.Dim{X: ceilDiv(rows, tall)}, gpu.Dim{X: team, Y: tall}
}

// rowTeam is how many threads of a block of blockThreads each row has that kernels/rows.cuh adds up: a few
// for short rows, of which a block takes several, and all of them for long ones.
func rowTeam(cols int) int {
	if cols > 8*warp {
		return blockThreads
	}
	return min(warp, powerOfTwo(ceilDiv(cols, 4)))
}

// rowTeams is the grid and block of a kernel with such teams.
func rowTeams(rows, cols int) (grid, block gpu.Dim) {
	team := rowTeam(cols)
	tall := blockThreads / team
	return gpu.Dim{X: ceilDiv(rows, tall)}, gpu.Dim{X: team, Y: tall}
}

// strips is the grid and block of columns.cuh, and how many float64 of partial results each kind of
// result takes.
func strips(rows, cols int) (grid, block gpu.Dim, partials int) {
	across := ceilDiv(cols, strip)
	down := chunksOf(rows, across)
	if down > 1 {
		partials = down * cols
	}
	return gpu.Dim{X: across, Y: down}, gpu.Dim{X: strip, Y: tall}, partials
}

// chunksOf is how many chunks the rows of so many strips are cut into.
func chunksOf(rows, across int) int {
	return min(max(1, ceilDiv(rows, tall*batch)), max(1, maxTiles/max(1, across)))
}

// plane is the grid and block of a kernel that treats the elements of a matrix on their own.
func (b *backend) plane(rows, cols int) (grid, block gpu.Dim) {
	x := min(powerOfTwo(ceilDiv(cols, 4)), blockThreads)
	y := min(powerOfTwo(rows), blockThreads/x)
	across := min(ceilDiv(cols, 4*x), 16*b.dev.Device.SMs)
	return gpu.Dim{X: across, Y: min(ceilDiv(rows, y), maxGridY)}, gpu.Dim{X: x, Y: y}
}

// packs runs the kernel with a thread for about every four of n elements; no elements, no launch. The
// grid changes no result.
func (l *launch) packs(n int) { l.elements(ceilDiv(n, 4)) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// powerOfTwo is the smallest that is n or more.
func powerOfTwo(n int) int { return 1 << bits.Len(uint(max(n, 1)-1)) }
