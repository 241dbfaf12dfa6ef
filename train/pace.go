package train

import (
	"time"

	"noise2sparse/compute"
)

// PaceFraction is the share of a large product's speed that steps are taken to reach where none is
// timed. Those of the default experiments reach 0.6 to 0.9 on CPUs.
const PaceFraction = 0.6

// Pace is how long a step of e takes, found in about the given time: the fastest of some steps, or, where
// not even two of them fit into it, the time that their matrix products take at PaceFraction of the
// speed of one large product; then timed is false. e is of no use for training afterwards.
func Pace(e *Engine, within time.Duration) (step time.Duration, timed bool, err error) {
	flop := e.Net.MatmulFLOP(e.cfg.BatchSize)
	speed, err := productSpeed(e.b)
	if err != nil {
		return 0, false, err
	}
	expected := time.Duration(flop / speed / PaceFraction * 1e9)
	if 2*expected > within {
		return expected, false, nil
	}
	e.BeginEpoch(0, 0)
	began := time.Now()
	for i := range min(e.StepsPerEpoch(), 50) {
		if i > 1 && time.Since(began) > within {
			break
		}
		at := time.Now()
		e.Steps(i, 1)
		if err := e.b.Sync(); err != nil {
			return 0, false, err
		}
		if t := time.Since(at); i == 0 || t < step { // the first one warms up
			step = t
		}
	}
	return step, true, nil
}

// productSpeed is the speed of a large square product, in FLOP/s.
func productSpeed(b compute.Backend) (float64, error) {
	const n = 1024
	var m [3]compute.Tensor
	for i := range m {
		m[i] = b.Alloc(b.Float(), n, n)
		b.Fill(m[i], 1)
	}
	best := time.Duration(1<<63 - 1)
	for range 3 {
		at := time.Now()
		b.Matmul(m[0], m[1], m[2], false, false, 1, 0)
		if err := b.Sync(); err != nil {
			return 0, err
		}
		best = min(best, time.Since(at))
	}
	return 2 * n * n * n / best.Seconds(), nil
}
