package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// checkCountActive: with a threshold and without; NaN does not fire, and makes its column's total NaN.
func checkCountActive(e *env) {
	type countActive = func(b compute.Backend, fired, total, y, threshold, scratch compute.Tensor)
	for _, way := range []way[countActive]{{"CountActive", compute.CountActive}, {"CountActiveComposed", compute.CountActiveComposed}} {
		for _, e := range e.offsets() {
			for _, s := range fusedShapes {
				rows, cols := s[0], s[1]
				values := e.normal(rows * cols)
				for i := range values {
					if i%5 == 0 {
						values[i] = e.round(0.5 * math.Copysign(1, values[i])) // at the threshold
					}
				}
				if rows == 7 {
					values[5] = math.NaN()
				}
				for _, limit := range []float64{0, 0.5} {
					threshold, size := compute.Tensor{}, func(v float64) float64 { return v }
					if limit > 0 {
						threshold, size = e.scalar(limit).Tensor, math.Abs
					}
					old := e.normal(cols)
					fired, total, y := e.putAs(compute.Float64, old, cols), e.sums(cols), e.put(values, rows, cols)
					scratch := e.out(rows, cols).Tensor
					if rows == 2 { // one after the other
						way.do(e.b, fired.Tensor, compute.Tensor{}, y.Tensor, threshold, scratch)
						way.do(e.b, compute.Tensor{}, total.Tensor, y.Tensor, threshold, scratch)
					} else {
						way.do(e.b, fired.Tensor, total.Tensor, y.Tensor, threshold, scratch)
					}
					want, _ := columnSums(values, rows, cols, func(x float64) float64 { return indicator(size(x) > limit) })
					for j := range want {
						want[j] += old[j]
					}
					sums, sizes := columnSums(values, rows, cols, func(x float64) float64 { return x })
					what := fmt.Sprintf("%s of (%d × %d) at offset %d, threshold %v", way.name, rows, cols, e.before, limit)
					e.near(what+": fired", fired.get(), want, within(1e-9))
					e.near(what+": total", total.get(), sums, func(j int) float64 { return sumTolerance * e.unit() * sizes[j] })
					e.same(what+": y afterwards", y.get(), values)
				}
			}
		}
	}
}
