package computetest

import (
	"fmt"
	"math"
	"sort"

	"noise2sparse/compute"
)

var selectChecks = []check{
	{"TopK", checkTopK},
	{"TopKTies", checkTopKTies},
	{"TopKPerRow", checkTopKPerRow},
	{"TopKLong", checkTopKLong},
	{"TopKWindow", checkTopKWindow},
	{"TopKWindowRounding", checkTopKWindowRounding},
	{"SelectPanics", checkSelectPanics},
}

// ranked returns the columns of a row, the largest relu(x) first, equal ones by their index.
func ranked(row []float64) []int {
	order := make([]int, len(row))
	for j := range order {
		order[j] = j
	}
	size := func(j int) float64 {
		if math.IsNaN(row[j]) {
			return math.Inf(1)
		}
		return math.Max(row[j], 0)
	}
	sort.SliceStable(order, func(a, b int) bool {
		i, j := order[a], order[b]
		if math.IsNaN(row[i]) != math.IsNaN(row[j]) {
			return math.IsNaN(row[i])
		}
		return size(i) > size(j)
	})
	return order
}

// positive is relu with NaN staying.
func positive(v float64) float64 {
	if v < 0 || v == 0 {
		return 0
	}
	return v
}

// topK is the definition by a full sort: what is kept, and the k-th largest.
func topK(row []float64, k int) (kept []float64, threshold float64) {
	kept = make([]float64, len(row))
	order := ranked(row)
	k = min(max(k, 1), len(row))
	for _, j := range order[:k] {
		kept[j] = positive(row[j])
	}
	return kept, positive(row[order[k-1]])
}

// checkTopKOn compares both operations, in place and not, with the definition.
func (e *env) checkTopKOn(what string, values []float64, rows, cols int, k operand, ks []int) {
	e.Helper()
	var want, thresholds []float64
	for r := range rows {
		kept, t := topK(values[r*cols:(r+1)*cols], ks[r%len(ks)])
		want, thresholds = append(want, kept...), append(thresholds, t)
	}
	x, y, t, found := e.put(values, rows, cols), e.out(rows, cols), e.out(rows, 1), e.out(rows)
	e.b.TopKMask(y.Tensor, t.Tensor, x.Tensor, k.Tensor)
	e.b.TopKThreshold(found.Tensor, x.Tensor, k.Tensor)
	what = fmt.Sprintf("%s (%d × %d), k %v, at offset %d", what, rows, cols, ks, e.before)
	e.same("TopKMask of "+what, y.get(), want)
	e.same("TopKMask's thresholds of "+what, t.get(), thresholds)
	e.same("TopKThreshold of "+what, found.get(), thresholds)
	e.same("operand of "+what, x.get(), values)
	e.b.TopKMask(x.Tensor, compute.Tensor{}, x.Tensor, k.Tensor)
	e.same("TopKMask in place of "+what, x.get(), want)
}

// checkTopK: every k that is special, on numbers of all kinds.
func checkTopK(e *env) {
	for _, e := range e.offsets() {
		for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{2, 300})) {
			for _, k := range []int{1, 2, 7, s[1] / 2, s[1] - 1, s[1], s[1] + 3, 0, -1} {
				e.checkTopKOn("normal numbers", e.normal(s[0]*s[1]), s[0], s[1], e.ints([]int{k}), []int{k})
				e.checkTopKOn("special numbers", e.mixed(s[0]*s[1]), s[0], s[1], e.longs([]int{k}), []int{k})
			}
		}
	}
}

// checkTopKTies: few different values; all equal; fewer positive ones than k; NaN in numbers.
func checkTopKTies(e *env) {
	const rows, cols = 3, 67
	for name, f := range map[string]func(i int) float64{
		"three values":     func(int) float64 { return float64(e.rng.IntN(3)) },
		"equal values":     func(int) float64 { return 0.25 },
		"no positive ones": func(i int) float64 { return -float64(i % 3) },
		"two positive":     func(i int) float64 { return float64(max(0, 1-i%40)) },
		"many NaN":         func(i int) float64 { return []float64{1, math.NaN(), 2, -1}[i%4] },
		"infinities":       func(i int) float64 { return []float64{1, math.Inf(1), 2, math.Inf(-1)}[i%4] },
		"neighbours":       func(i int) float64 { return e.round(1 + 2*e.unit()*float64(e.rng.IntN(40))) },
	} {
		values := make([]float64, rows*cols)
		for i := range values {
			values[i] = f(i)
		}
		for _, k := range []int{1, 2, 16, 17, 18, 40, cols} {
			e.checkTopKOn(name, values, rows, cols, e.ints([]int{k}), []int{k})
		}
	}
}

func checkTopKPerRow(e *env) {
	ks := []int{1, 33, 2, 64, 7}
	e.checkTopKOn("a k for each row of", e.normal(5*65), 5, 65, e.ints(ks), ks)
	e.checkTopKOn("a k for each row of", e.normal(5*65), 5, 65, e.longs(ks), ks)
	halves := e.put([]float64{0.5, 33.5, 2.5, 63.6, math.NaN()}, 5)
	e.checkTopKOn("a fractional k for each row of", e.normal(5*65), 5, 65, halves, []int{1, 34, 2, 64, 1})
	e.checkTopKOn("an infinite k for", e.normal(2*65), 2, 65, e.scalar(math.Inf(1)), []int{65})
}

// checkTopKLong: long rows in the orders that are worst for a running threshold.
func checkTopKLong(e *env) {
	const cols = 5003
	for name, at := range map[string]func(i int) int{
		"ascending": func(i int) int { return i }, "descending": func(i int) int { return cols - i }, "a tent": func(i int) int { return min(i, cols-i) },
	} {
		values := make([]float64, cols)
		for i := range values {
			values[i] = e.round(float64(at(i)) * 1e-3)
		}
		for _, k := range []int{1, 10, 600, 4999} {
			e.checkTopKOn(name, values, 1, cols, e.ints([]int{k}), []int{k})
		}
	}
}

// windowOf is the definition of TopKWindow for one row, from the row's order; unit is half the distance
// from 1 to the next number.
func windowOf(row []float64, k float64, half int, unit float64) (y, weight, slope []float64, threshold float64) {
	n := len(row)
	middle := min(max(math.RoundToEven(k), float64(1-half)), float64(n-1+half))
	lo, hi := max(int(middle)-half, 0), min(int(middle)+half, n-1)
	w := max(hi-lo, 0)
	hi = lo + w
	y, weight, slope = make([]float64, n), make([]float64, n), make([]float64, n)
	order := ranked(row)
	for rank, j := range order[:hi] {
		g, s := 1.0, 0.0
		if rank >= lo {
			from, to := -(middle-float64(lo))*20/float64(w), (float64(hi)-middle)*20/float64(w)
			t := from + (to-from)*float64(rank-lo)/math.Max(1, float64(w-1))
			g = 1 / (1 + math.Exp(t-(k-middle)))
			if g <= unit {
				g = 0
			}
			s = g * (1 - g)
		}
		if v := positive(row[j]); v != 0 {
			y[j], weight[j], slope[j] = g*v, g, s*v
		}
	}
	return y, weight, slope, positive(row[order[hi-1]])
}

func (e *env) checkWindowOn(values []float64, rows, cols int, k float64, half int) {
	e.Helper()
	k = e.round(k)
	var y, weight, slope, threshold []float64
	for r := range rows {
		a, b, c, d := windowOf(values[r*cols:(r+1)*cols], k, half, e.unit())
		y, weight, slope, threshold = append(y, a...), append(weight, b...), append(slope, c...), append(threshold, d)
	}
	x, kk := e.put(values, rows, cols), e.scalar(k)
	gy, gw, gs, gt := e.out(rows, cols), e.out(rows, cols), e.out(rows, cols), e.out(rows)
	what := fmt.Sprintf("TopKWindow (%d × %d), k %v, half %d: ", rows, cols, k, half)
	tol := func(want []float64) func(int) float64 {
		return func(i int) float64 { return 64*e.unit()*math.Abs(want[i]) + e.tiny() }
	}
	e.b.TopKWindow(gy.Tensor, gw.Tensor, gs.Tensor, gt.Tensor, x.Tensor, kk.Tensor, half)
	e.near(what+"y", gy.get(), y, tol(y))
	e.near(what+"weight", gw.get(), weight, tol(weight))
	e.near(what+"slope", gs.get(), slope, tol(slope))
	e.same(what+"threshold", gt.get(), threshold)
	e.b.TopKWindow(x.Tensor, gw.Tensor, gs.Tensor, compute.Tensor{}, x.Tensor, kk.Tensor, half)
	e.near(what+"y in place", x.get(), y, tol(y))
}

// checkTopKWindow: windows inside the row, cut off at either end, with equal entries.
func checkTopKWindow(e *env) {
	for _, c := range []struct {
		n, half int
		k       float64
	}{
		{65, 4, 20.3},
		{65, 4, 2.2},
		{65, 4, 63.4},
		{65, 10, 64.8},
		{17, 1, 1.1},
		{300, 30, 100.49},
		{96, 4, 10.1},
		{65, 9, 1.2},
		{65, 9, 0.3},
		{65, 9, -3.6},
		{65, 9, -20},
		{65, 4, 66.2},
		{65, 4, 67.9},
		{65, 4, 90}, // beyond the ends
	} {
		values := e.normal(3 * c.n)
		e.checkWindowOn(values, 3, c.n, c.k, c.half)
		for i := range values {
			values[i] = math.Floor(3 * math.Abs(values[i]))
		}
		e.checkWindowOn(values, 3, c.n, c.k, c.half)
	}
}

// checkTopKWindowRounding: k.5 goes to the even neighbour; NaN reaches everything.
func checkTopKWindowRounding(e *env) {
	for _, k := range []float64{10.5, 11.5, 12.5} {
		e.checkWindowOn(e.normal(2*40), 2, 40, k, 4)
	}
	x, k := e.matrix(2, 40), e.scalar(math.NaN())
	y, w, s := e.out(2, 40), e.out(2, 40), e.out(2, 40)
	e.b.TopKWindow(y.Tensor, w.Tensor, s.Tensor, compute.Tensor{}, x.Tensor, k.Tensor, 4)
	for i, v := range y.get() {
		if !math.IsNaN(v) {
			e.fail("TopKWindow with k NaN: element %d is %v", i, v)
		}
	}
}

func checkSelectPanics(e *env) {
	b, x, wide, k := e.b, e.zeros(2, 3), e.zeros(2, 4), e.b.Alloc(compute.Int32, 1)
	e.mustPanic([]misuse{
		{"TopKMask", []string{"[2 3]", "[2 4]"}, func() { b.TopKMask(x, compute.Tensor{}, wide, k) }},
		{"TopKMask", []string{"[3]"}, func() { b.TopKMask(x, compute.Tensor{}, x, b.Alloc(compute.Int32, 3)) }},
		{"TopKThreshold", []string{"[2 3]", "[3]"}, func() { b.TopKThreshold(e.zeros(3), x, k) }},
		{"TopKThreshold", []string{"int32"}, func() { b.TopKThreshold(b.Alloc(compute.Int32, 2), x, k) }},
		{"TopKWindow", []string{"[2 4]"}, func() { b.TopKWindow(x, x, wide, compute.Tensor{}, x, e.zeros(1), 1) }},
	})
}

// selectCalls are the family's operations for the checks of whole steps.
func (e *env) selectCalls(rows, cols, _ int) []call {
	b := e.b
	x, y, t, k := e.matrix(rows, cols), e.out(rows, cols), e.out(rows), e.ints([]int{(cols + 2) / 3})
	z, w, s, kappa := e.out(rows, cols), e.out(rows, cols), e.out(rows, cols), e.scalar(float64(cols)/2.3)
	return []call{
		{"TopKMask", func() { b.TopKMask(y.Tensor, t.Tensor, x.Tensor, k.Tensor) }, []operand{y, t}},
		{"TopKThreshold", func() { b.TopKThreshold(t.Tensor, x.Tensor, k.Tensor) }, []operand{t}},
		{"TopKWindow", func() { b.TopKWindow(z.Tensor, w.Tensor, s.Tensor, t.Tensor, x.Tensor, kappa.Tensor, cols/8+1) }, []operand{z, w, s, t}},
	}
}
