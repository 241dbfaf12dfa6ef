package blas

// Tile is a rectangle of a product: rows Row to Row+Rows, columns Col to Col+Cols.
type Tile struct{ Row, Rows, Col, Cols int }

// Tiling cuts a product into tiles.
type Tiling struct{ m, n, rows, cols int }

// Tiles cuts an m × n product of depth k into rectangles that cores can do independently.
func Tiles(m, n, k int) Tiling {
	_ = k
	return Tiling{m, n, min(m, 256), min(n, 512)}
}

// Len is the number of tiles.
func (t Tiling) Len() int {
	if t.m == 0 || t.n == 0 {
		return 0
	}
	return ((t.m + t.rows - 1) / t.rows) * ((t.n + t.cols - 1) / t.cols)
}

// At is the i-th tile.
func (t Tiling) At(i int) Tile {
	across := (t.n + t.cols - 1) / t.cols
	r, c := i/across*t.rows, i%across*t.cols
	return Tile{r, min(t.rows, t.m-r), c, min(t.cols, t.n-c)}
}
