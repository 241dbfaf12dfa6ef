//go:build cgo && amd64

package simd

// #cgo noescape n2s_topk_filter
// #cgo nocallback n2s_topk_filter
// #cgo noescape n2s_topk_mask
// #cgo nocallback n2s_topk_mask
// #include "dispatch.h"
import "C"

import "noise2sparse/compute/cpu/kernel"

// TopKThreshold finds the k-th largest of a row; see [kernel.TopKThreshold].
func TopKThreshold(x []float32, k int, scratch []float32) (threshold float32, ties int) {
	return kernel.TopKThresholdBy(x, k, scratch, topKFilter)
}

// topKFilter gathers candidates; see [kernel.TopKFilter].
func topKFilter(buffer []float32, have, limit int, x []float32, above float32) (held, seen int) {
	l, ok := native(len(x))
	if !ok {
		return kernel.TopKFilter(buffer, have, limit, x, above)
	}
	if len(buffer) < limit+kernel.FilterSlack || have < 0 {
		panic("simd: the buffer of a filter is too short")
	}
	at := [2]C.int64_t{size(have), 0}
	C.n2s_topk_filter(l, ptr(buffer), size(limit), ptr(x), size(len(x)), C.float(above), &at[0])
	return int(at[0]), int(at[1])
}

// TopKMask keeps the k largest of a row; see [kernel.TopKMask].
func TopKMask(y, x []float32, threshold float32, ties int) {
	l, ok := native(len(x))
	if !ok || threshold != threshold {
		kernel.TopKMask(y, x, threshold, ties)
		return
	}
	C.n2s_topk_mask(l, ptr(y[:len(x)]), ptr(x), size(len(x)), C.float(threshold), size(ties))
}
