package computetest

import (
	"fmt"
	"math"

	"noise2sparse/compute"
)

// columnsOf calls f with each column of x (rows × cols).
func columnsOf(x []float64, cols int, f func(j int, column []float64)) {
	for j := range cols {
		var column []float64
		for i := j; i < len(x); i += cols {
			column = append(column, x[i])
		}
		f(j, column)
	}
}

// moments are the mean and the biased variance.
func moments(x []float64) (mean, variance float64) {
	n := float64(len(x))
	mean = sum(x) / n
	squares := make([]float64, len(x))
	for i, v := range x {
		squares[i] = (v - mean) * (v - mean)
	}
	return mean, sum(squares) / n
}

const (
	testMomentum = 0.1
	testEps      = 1e-5
)

// momentsCase compares ChannelMoments of x with the definition; spread is the standard deviation that
// x was drawn with, which the mean's error is in proportion to beside the mean itself.
func (e *env) momentsCase(x []float64, rows, cols int) {
	e.Helper()
	oldMean, oldVar := e.normal(cols), absolute(e.normal(cols))
	wantMean, wantInv := make([]float64, cols), make([]float64, cols)
	runMean, runVar, size := make([]float64, cols), make([]float64, cols), make([]float64, cols)
	columnsOf(x, cols, func(j int, column []float64) {
		mean, variance := moments(column)
		wantMean[j], wantInv[j] = mean, 1/math.Sqrt(variance+testEps)
		unbiased := 0.0
		if rows > 1 {
			unbiased = variance * float64(rows) / float64(rows-1)
		}
		runMean[j] = (1-testMomentum)*oldMean[j] + testMomentum*mean
		runVar[j] = (1-testMomentum)*oldVar[j] + testMomentum*unbiased
		for _, v := range column {
			size[j] = max(size[j], math.Abs(v))
		}
	})
	mean, inv, matrix := e.out(cols), e.out(cols), e.put(x, rows, cols)
	rm, rv := e.put(oldMean, cols), e.put(oldVar, cols)
	e.b.ChannelMoments(mean.Tensor, inv.Tensor, rm.Tensor, rv.Tensor, matrix.Tensor, testMomentum, testEps)
	what := fmt.Sprintf("ChannelMoments of (%d × %d) at offset %d", rows, cols, e.before)
	meanError := func(i int) float64 { return sumTolerance * e.unit() * size[i] }
	e.near(what+": mean", mean.get(), wantMean, meanError)
	// A difference to the mean is off by the mean's error, so the variance by its square, and by a
	// rounding error of each square.
	variance := func(i int) float64 {
		return 2*sumTolerance*e.unit()/(wantInv[i]*wantInv[i]) + meanError(i)*meanError(i)
	}
	e.near(what+": inv", inv.get(), wantInv, func(i int) float64 {
		return 4*e.unit()*wantInv[i] + variance(i)*math.Pow(wantInv[i], 3)
	})
	e.near(what+": running mean", rm.get(), runMean, func(i int) float64 {
		return meanError(i) + 8*e.unit()*(math.Abs(oldMean[i])+size[i])
	})
	e.near(what+": running variance", rv.get(), runVar, func(i int) float64 { return variance(i) + 8*e.unit()*(oldVar[i]+runVar[i]) })
	alone, spread := e.out(cols), e.out(cols)
	e.b.ChannelMoments(alone.Tensor, spread.Tensor, compute.Tensor{}, compute.Tensor{}, matrix.Tensor, testMomentum, testEps)
	e.same(what+": mean without running statistics", alone.get(), mean.get())
	e.same(what+": inv without running statistics", spread.get(), inv.get())
	e.same(what+": operand afterwards", matrix.get(), x)
}

func checkChannelMoments(e *env) {
	for _, e := range e.offsets() {
		for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{517, 40})) {
			e.momentsCase(e.normal(s[0]*s[1]), s[0], s[1])
		}
	}
}

// checkLargeMeans: numbers far from 0, whose variance E[x²] − E[x]² would lose altogether, and columns
// of one number, whose variance is 0.
func checkLargeMeans(e *env) {
	rows, cols := 600, 21
	far := math.Sqrt(1/e.unit()) / 4
	x := e.normal(rows * cols)
	for i := range x {
		if i%cols == 3 {
			x[i] = 0.75
			continue
		}
		x[i] = e.round(x[i] + far)
	}
	e.momentsCase(x, rows, cols)
}

func checkBatchNormBackward(e *env) {
	for _, e := range e.offsets() {
		for _, s := range e.upTo(large, append(shapes, teamRows, [2]int{517, 40})) {
			for _, inPlace := range []bool{false, true} {
				e.batchNormCase(s[0], s[1], inPlace)
			}
		}
	}
}

func (e *env) batchNormCase(rows, cols int, inPlace bool) {
	e.Helper()
	x, grad, gamma := e.normal(rows*cols), e.normal(rows*cols), e.normal(cols)
	mean, inv := make([]float64, cols), make([]float64, cols)
	n := float64(rows)
	want, size := make([]float64, rows*cols), make([]float64, rows*cols)
	dgamma, dbeta := make([]sumOf, cols), make([]sumOf, cols)
	columnsOf(x, cols, func(j int, column []float64) {
		m, v := moments(column)
		mean[j], inv[j] = e.round(m), e.round(1/math.Sqrt(v+testEps))
		for i, v := range column {
			dbeta[j].add(grad[i*cols+j])
			dgamma[j].add(grad[i*cols+j] * (v - mean[j]) * inv[j])
		}
		scale := gamma[j] * inv[j]
		for i, v := range column {
			hat := (v - mean[j]) * inv[j]
			want[i*cols+j] = scale * (grad[i*cols+j] - dbeta[j].value/n - hat*dgamma[j].value/n)
			size[i*cols+j] = math.Abs(scale) * (math.Abs(grad[i*cols+j]) + dbeta[j].size/n + math.Abs(hat)*dgamma[j].size/n)
		}
	})
	dy := e.put(grad, rows, cols)
	dx := dy
	if !inPlace {
		dx = e.out(rows, cols)
	}
	dg, db := e.out(cols), e.out(cols)
	e.b.BatchNormBackward(dx.Tensor, dg.Tensor, db.Tensor, dy.Tensor, e.put(x, rows, cols).Tensor,
		e.put(mean, cols).Tensor, e.put(inv, cols).Tensor, e.put(gamma, cols).Tensor)
	what := fmt.Sprintf("BatchNormBackward of (%d × %d) at offset %d, in place %v", rows, cols, e.before, inPlace)
	e.near(what, dx.get(), want, func(i int) float64 { return 2*sumTolerance*e.unit()*size[i] + e.tiny() })
	e.nearSums(what+": dgamma", dg.get(), dgamma)
	e.nearSums(what+": dbeta", db.get(), dbeta)
}

// absolute replaces each number by its size.
func absolute(v []float64) []float64 {
	for i := range v {
		v[i] = math.Abs(v[i])
	}
	return v
}
