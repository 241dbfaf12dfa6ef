package computetest

import (
	"math/bits"
	"os"
)

// thorough: everything is tried with everything (NOISE2SPARSE_SLOW=1). Otherwise what is large is tried
// once, and what concerns one place of the code in few combinations: each of them is reached all the same.
var thorough = os.Getenv("NOISE2SPARSE_SLOW") == "1"

// large is the number of elements from which a shape is there for its many chunks, tiles or blocks alone.
const large = 5000

// upTo returns the shapes to try at e's offset: all of them where operands begin aligned, elsewhere those
// of at most n elements, since there it is the way into a loop that differs and not its length.
func (e *env) upTo(n int, all [][2]int) [][2]int {
	if e.before == 0 || thorough {
		return all
	}
	var some [][2]int
	for _, s := range all {
		if s[0]*s[1] <= n {
			some = append(some, s)
		}
	}
	return some
}

// tries tells whether e tries these options, of n bits, on so many elements: on few and aligned ones all;
// on many, or where operands begin elsewhere, none, each alone, and all together.
func (e *env) tries(options, n, elements int) bool {
	on := bits.OnesCount(uint(options))
	return thorough || e.before == 0 && elements < large || on <= 1 && elements < large || on == n
}
