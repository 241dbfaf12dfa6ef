package blas

// Tile is a rectangle of a product: rows Row to Row+Rows, columns Col to Col+Cols.
type Tile struct{ Row, Rows, Col, Cols int }

// Tiling cuts a product into tiles. Its zero value is the tiling of an empty product.
type Tiling struct {
	m, n       int // shape of the product
	rows, cols int // shape of a tile; the last ones may be smaller
	across     int // tiles side by side
	count      int
}

// A tile packs its operands anew, so small tiles cost speed: on one core of a Zen 4, of the 93
// GFLOP/s of a whole product, tiles of 256 × 512 keep all, 256 × 256 95 %, 128 × 256 93 %,
// 128 × 128 90 %, 64 × 64 78 %. But few tiles leave cores idle, above all when another process
// takes one. So tiles are large, and get smaller only until there are a few for every core of a
// small machine.
const (
	maxRows   = 512
	maxCols   = 512
	minSide   = 128
	minWork   = 1 << 20 // multiplications of a tile, some 20 µs
	fewTiles  = 8
	alignment = 16 // tile sides are multiples of the widest vector
)

// Tiles cuts an m × n product of depth k into rectangles that cores can compute independently. The
// cut depends on the shape alone, never on the number of cores, so that results do not either.
func Tiles(m, n, k int) Tiling {
	if m <= 0 || n <= 0 {
		return Tiling{}
	}
	down, across := parts(m, maxRows), parts(n, maxCols)
	for down*across < fewTiles && m*n/(down*across)*max(k, 1) >= 2*minWork {
		height, width := m/down, n/across
		if max(height, width) < 2*minSide {
			break
		}
		if height >= width {
			down *= 2
		} else {
			across *= 2
		}
	}
	t := Tiling{m: m, n: n, rows: side(m, down), cols: side(n, across)}
	t.across = parts(n, t.cols)
	t.count = t.across * parts(m, t.rows)
	return t
}

// parts is the number of pieces of at most size that make up n.
func parts(n, size int) int { return (n + size - 1) / size }

// side is the length of n cut into equal parts, aligned.
func side(n, into int) int { return parts(parts(n, into), alignment) * alignment }

// Len is the number of tiles.
func (t Tiling) Len() int { return t.count }

// At is the i-th tile, 0 <= i < Len; tiles are numbered row by row.
func (t Tiling) At(i int) Tile {
	r, c := i/t.across*t.rows, i%t.across*t.cols
	return Tile{Row: r, Rows: min(t.rows, t.m-r), Col: c, Cols: min(t.cols, t.n-c)}
}

// Down is the number of rows of tiles.
func (t Tiling) Down() int {
	if t.count == 0 {
		return 0
	}
	return t.count / t.across
}

// RowOf says in which row of tiles q is.
func (t Tiling) RowOf(q Tile) int { return q.Row / t.rows }
