//go:build cgo && linux

package cuda

import (
	"encoding/binary"
	"fmt"
	"math"

	"noise2sparse/compute"
)

// faultBytes is the size of struct Fault in kernels/common.cuh: code, a, b, c.
const faultBytes = 32

// faults are what kernels report, by code: a text for the numbers a, b and c, some of which it may
// leave out ("%[2]d"). The codes stand in kernels/common.cuh too.
var faults = map[uint64]string{
	1: "Gather: index %d is %d, but there are %d rows",
	3: "Shuffle: places %d to %d of %d samples",
}

// faultNoise is the code of noise whose kind is a and whose amount, a float64, has the bits b.
const faultNoise = 2

// noiseFault says what is wrong with an amount of noise.
func noiseFault(kind, bits uint64) error {
	names := [...]string{"gaussian", "laplace", "exponential", "poisson"}
	return fmt.Errorf("AddNoise: %s noise of amount %v: it must be a finite number, at least 0; a rate above 0; a rate of poisson at most %d",
		names[min(kind, uint64(len(names)-1))], math.Float64frombits(bits), compute.MaxPoissonRate)
}

// decodeFault makes an error of what kernels reported, nil where that is nothing.
func decodeFault(raw []byte) error {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(raw[8*i:]) }
	code := word(0)
	if code == 0 {
		return nil
	}
	if code == faultNoise {
		return noiseFault(word(1), word(2))
	}
	text, ok := faults[code]
	if !ok {
		text = fmt.Sprintf("a kernel reported fault %d", code) + " (%d, %d, %d)"
	}
	return fmt.Errorf(text, int64(word(1)), int64(word(2)), int64(word(3)))
}
