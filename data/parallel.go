package data

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls f on the pieces [lo, hi) of [0, n), each of at most step, on all cores. The
// pieces do not depend on the number of cores.
func parallel(n, step int, f func(lo, hi int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+step-1)/step) {
		wg.Go(func() {
			for {
				lo := int(next.Add(int64(step))) - step
				if lo >= n {
					return
				}
				f(lo, min(n, lo+step))
			}
		})
	}
	wg.Wait()
}
