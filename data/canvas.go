package data

import "math"

// seeThrough is the transparency below which a pixel counts as covered: half a grey level of 8
// bits.
const seeThrough = 1.0 / 512

// canvas is a square image that is drawn from front to back.
type canvas struct {
	n     int
	value []float32 // grey levels, in [0, 1]
	left  []float32 // transparency: the share of each pixel that no disc covers yet
	open  int       // pixels that are not covered: transparency of at least seeThrough
	tiles []int     // the same per tile of tileSize × tileSize pixels
}

// tileSize is the side of the tiles by which discs that are hidden altogether, most of the later
// ones, are recognised quickly.
const tileSize = 8

func newCanvas(n int) *canvas {
	side := (n + tileSize - 1) / tileSize
	return &canvas{n: n, value: make([]float32, n*n), left: make([]float32, n*n), tiles: make([]int, side*side)}
}

// tile is the index of a pixel's tile.
func (c *canvas) tile(row, col int) int {
	return row/tileSize*((c.n+tileSize-1)/tileSize) + col/tileSize
}

// hidden tells whether all tiles of a rectangle are covered.
func (c *canvas) hidden(top, bottom, left, right int) bool {
	for row := top / tileSize * tileSize; row < bottom; row += tileSize {
		for col := left / tileSize * tileSize; col < right; col += tileSize {
			if c.tiles[c.tile(row, col)] > 0 {
				return false
			}
		}
	}
	return true
}

// draw lays discs of uniform grey levels behind those that are there, at uniform places, until
// no pixel shines through. Radii r in [a, b] have the density r^-3: with u uniform,
// 1/r² = 1/a² - u (1/a² - 1/b²). Centres lie up to b outside the image, so that its borders look
// like its middle.
func (c *canvas) draw(r random, a, b float64) {
	clear(c.tiles)
	for i := range c.value {
		c.value[i], c.left[i] = 0, 1
		c.tiles[c.tile(i/c.n, i%c.n)]++
	}
	c.open = len(c.value)
	inner, outer := 1/float64(a*a), 1/float64(b*b)
	span := float64(c.n) + float64(2*b)
	for c.open > 0 {
		radius := 1 / math.Sqrt(inner-float64(r.float()*(inner-outer)))
		x, y := float64(r.float()*span)-b, float64(r.float()*span)-b
		c.disc(x, y, radius, float32(r.float()))
	}
}

// disc lays a disc behind what is there. The edge is antialiased: at distance d from the centre,
// the disc covers the share clamp(r - d + 1/2, 0, 1) of a pixel.
func (c *canvas) disc(x, y, r float64, grey float32) {
	reach := r + 0.5
	inside := float64(max(r-0.5, 0) * max(r-0.5, 0))
	top, bottom := max(0, int(y-reach)), min(c.n, int(y+reach)+1)
	if c.hidden(top, bottom, max(0, int(x-reach)), min(c.n, int(x+reach)+1)) {
		return
	}
	for row := top; row < bottom; row++ {
		dy := float64(row) + 0.5 - y
		dy2 := float64(dy * dy)
		half := float64(reach*reach) - dy2
		if half <= 0 {
			continue
		}
		half = math.Sqrt(half)
		for col := max(0, int(x-half)); col < min(c.n, int(x+half)+1); col++ {
			i := row*c.n + col
			if c.left[i] == 0 {
				continue
			}
			dx := float64(col) + 0.5 - x
			cover := float32(1)
			if d2 := float64(dx*dx) + dy2; d2 > inside {
				cover = float32(min(max(reach-math.Sqrt(d2), 0), 1))
			}
			c.blend(i, cover, grey)
		}
	}
}

// blend adds a layer that covers so much of a pixel behind its other layers.
func (c *canvas) blend(i int, cover, grey float32) {
	left := float32(c.left[i] * (1 - cover))
	if left < seeThrough { // the rest is this layer's too
		left = 0
		c.open--
		c.tiles[c.tile(i/c.n, i%c.n)]--
	}
	c.value[i] += float32((c.left[i] - left) * grey)
	c.left[i] = left
}

// patch copies a square of size × size pixels at a random place.
func (c *canvas) patch(to []float32, r random, size int) {
	top, left := r.intn(c.n-size+1), r.intn(c.n-size+1)
	for row := range size {
		at := (top+row)*c.n + left
		copy(to[row*size:(row+1)*size], c.value[at:at+size])
	}
}
