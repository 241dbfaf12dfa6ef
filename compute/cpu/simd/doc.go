// Package simd does the hot float32 kernels of compute/cpu/kernel again in C for AVX2 and AVX-512.
// Which one runs is decided when the program starts, by asking the processor, so one binary suits
// every machine. Every function may be called everywhere: without either instruction set, or in a
// build without cgo, it calls the kernel of the same name.
//
// Results are the bits of compute/cpu/kernel: there is no fused multiply-add, and sums run in the
// lanes and blocks that the kernels document. The tests compare them on every kernel.
package simd

import (
	"fmt"
	"sync/atomic"
)

// Level is an instruction set.
type Level int32

// The instruction sets, from slow to fast.
const (
	None   Level = iota // plain Go
	AVX2                // AVX2 and F16C
	AVX512              // AVX-512 F, BW, DQ and VL
)

// String names the instruction set as users know it.
func (l Level) String() string {
	switch l {
	case None:
		return "none"
	case AVX2:
		return "AVX2"
	case AVX512:
		return "AVX-512"
	}
	return fmt.Sprintf("level %d", int32(l))
}

// best is what this processor, operating system and build allow.
var best = detect()

// active is the level in use.
var active atomic.Int32

func init() { active.Store(int32(best)) }

// Active returns the instruction set in use.
func Active() Level { return Level(active.Load()) }

// Best returns the fastest instruction set that can be used here.
func Best() Level { return best }

// Use selects an instruction set, for tests and comparisons. Results do not change, only speed.
func Use(l Level) error {
	if l < None || l > best {
		return fmt.Errorf("simd: %v can't be used here; the fastest is %v", l, best)
	}
	active.Store(int32(l))
	return nil
}
