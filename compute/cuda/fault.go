//go:build cgo && linux

package cuda

import (
	"encoding/binary"
	"fmt"
)

// faultBytes is the size of struct Fault in kernels/common.cuh: code, a, b, c.
const faultBytes = 32

// faults are what kernels report, by code: a text for the numbers a, b and c, some of which it may
// leave out ("%[2]d"). The codes stand in kernels/common.cuh too.
var faults = map[uint64]string{
	1: "Gather: index %d is %d, but there are %d rows",
}

// decodeFault makes an error of what kernels reported, nil where that is nothing.
func decodeFault(raw []byte) error {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(raw[8*i:]) }
	code := word(0)
	if code == 0 {
		return nil
	}
	text, ok := faults[code]
	if !ok {
		text = fmt.Sprintf("a kernel reported fault %d", code) + " (%d, %d, %d)"
	}
	return fmt.Errorf(text, int64(word(1)), int64(word(2)), int64(word(3)))
}
