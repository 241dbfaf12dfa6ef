package train

import (
	"context"
	"fmt"
	"runtime"
	"sort"
	"time"

	"noise2sparse/compute"
	"noise2sparse/data"
)

// BenchSpec says what Bench times.
type BenchSpec struct {
	Experiment string
	Backend    compute.Backend
	Config     Config // has passed Check
	Data       *data.Dataset
	Warmup     int // steps before the timed ones, at least
	// WarmupTime is how long these take at least: a GPU that was idle raises its clock only after a while of work.
	WarmupTime time.Duration
	Steps      int // timed steps
	// Beside are further backends on the same device: with so many runs at once the steps are timed again,
	// if there are any.
	Beside []compute.Backend
}

// BenchResult is what `trainer bench --json` prints.
type BenchResult struct {
	Experiment        string  `json:"experiment"`
	Dataset           string  `json:"dataset"`
	Device            string  `json:"device"`
	Backend           string  `json:"backend"`
	BLAS              string  `json:"blas"`
	Threads           int     `json:"threads"`
	Precision         string  `json:"precision"`
	Batch             int     `json:"batch"`
	Parameters        int     `json:"parameters"`
	Steps             int     `json:"steps"`
	MsPerStep         float64 `json:"ms_per_step"`      // median
	MsPerStepWall     float64 `json:"ms_per_step_wall"` // all the time over all steps, epochs' begins included
	SamplesPerSecond  float64 `json:"samples_per_second"`
	GFLOPPerStep      float64 `json:"gflop_per_step"` // of the matrix products
	GFLOPS            float64 `json:"gflops"`
	GEMMPeakGFLOPS    float64 `json:"gemm_peak_gflops"` // of a large product, in this process
	FractionOfPeak    float64 `json:"fraction_of_gemm_peak"`
	BytesPerStep      float64 `json:"bytes_allocated_per_step"` // of the Go heap; median over stretches
	DeviceBytes       int64   `json:"device_bytes"`             // allocated before the first step
	TrainLossLastStep float64 `json:"train_loss_last_step"`

	// HostUsPerStep is the time in µs that the host spends to start an epoch's work and its steps, a step in
	// the mean. Waiting for steps is not in it; the upload that begins an epoch, which is waited for, is. 0 on
	// a CPU, which does the steps meanwhile.
	HostUsPerStep float64 `json:"host_us_per_step,omitempty"`

	Together
	// What a step can't be faster than (see stepBound); 0 on a CPU and for networks whose products aren't known.
	GEMM            float64 `json:"gemm_ms,omitempty"`
	CopyGBs         float64 `json:"copy_gb_per_s,omitempty"` // read and written
	Bound           float64 `json:"bound_ms,omitempty"`
	FractionOfBound float64 `json:"fraction_of_bound,omitempty"`
}

// Bench times the steps of a run: the same engine and the same stretches of steps as Run, without
// validation and saving.
func Bench(ctx context.Context, s BenchSpec) (BenchResult, error) {
	if s.Steps < 1 || s.Warmup < 0 {
		return BenchResult{}, fmt.Errorf("bench of %d steps after %d to warm up: give at least 1 and 0", s.Steps, s.Warmup)
	}
	e, err := NewEngine(s.Backend, s.Config, s.Data, Replace{})
	if err != nil {
		return BenchResult{}, err
	}
	l := benchLoop{e: e}
	if s.Warmup, err = l.warm(ctx, s.Warmup, s.WarmupTime); err != nil {
		return BenchResult{}, err
	}
	clock := newClock(s.Config.BatchSize)
	clock.reserve(s.Steps)
	if err := l.run(ctx, clock, s.Steps); err != nil {
		return BenchResult{}, err
	}
	host, wall := 1e6*l.host.Seconds()/float64(s.Steps), 1e3*l.wall.Seconds()/float64(s.Steps)
	d := s.Backend.Device()
	r := BenchResult{
		Experiment: s.Experiment, Dataset: s.Data.Name, Device: d.Name, Backend: d.Backend, BLAS: d.BLAS, Threads: d.Threads,
		Precision: s.Config.Compute.Precision, Batch: s.Config.BatchSize, Parameters: e.Net.Params().Count(), Steps: s.Steps,
		MsPerStep: clock.msPerStep(), MsPerStepWall: wall, GFLOPPerStep: e.Net.MatmulFLOP(s.Config.BatchSize) / 1e9,
		BytesPerStep: l.bytesPerStep(), DeviceBytes: s.Backend.Allocated(),
		TrainLossLastStep: e.LastStep().Loss,
	}
	if d.Backend != "cpu" {
		r.HostUsPerStep = host
	}
	if len(s.Beside) > 0 {
		if r.Together, err = benchTogether(ctx, s, l.rate(s.Steps), digest(e)); err != nil {
			return r, err
		}
	}
	r.SamplesPerSecond = 1e3 * float64(r.Batch) / r.MsPerStep
	r.GFLOPS = 1e3 * r.GFLOPPerStep / r.MsPerStep
	limit, err := e.stepBound(ctx, copyBytes, boundStretch)
	if err != nil {
		return r, err
	}
	r.GEMM, r.CopyGBs, r.Bound, r.FractionOfBound = limit.GEMM, limit.Bandwidth, limit.Step, limit.Step/r.MsPerStepWall
	if err := s.Backend.Sync(); err != nil {
		return r, err
	}
	// Last: where there is too little memory for it, the backend is of no more use.
	if r.GEMMPeakGFLOPS, err = gemmPeak(ctx, s.Backend); err != nil {
		return r, err
	}
	r.FractionOfPeak = r.GFLOPS / r.GEMMPeakGFLOPS
	return r, nil
}

// benchLoop goes through epochs like Run.
type benchLoop struct {
	e           *Engine
	epoch, step int
	total       uint64
	allocated   []float64     // bytes of the Go heap per step, of each stretch
	host        time.Duration // spent on starting work, by the last call of run
	wall        time.Duration // that its epochs and steps took, the device waited for
	quiet       bool          // the Go heap is not asked, since that stops other goroutines
}

// warm takes at least so many steps and at least so long, and returns how many steps that were.
func (l *benchLoop) warm(ctx context.Context, steps int, least time.Duration) (done int, err error) {
	c, began := newClock(l.e.cfg.BatchSize), time.Now()
	for n := steps; n > 0; n = c.stepsPerStretch() {
		if err := l.run(ctx, c, n); err != nil {
			return done, err
		}
		done += n
		if time.Since(began) >= least {
			break
		}
	}
	return done, nil
}

func (l *benchLoop) run(ctx context.Context, c *clock, steps int) error {
	l.allocated, l.host, l.wall = make([]float64, 0, steps), 0, 0
	for steps > 0 {
		if l.step == l.e.StepsPerEpoch() {
			l.epoch, l.step = l.epoch+1, 0
		}
		if l.step == 0 {
			at := time.Now()
			l.e.BeginEpoch(l.epoch, l.total)
			l.host += time.Since(at)
			l.wall += time.Since(at)
		}
		n := min(steps, c.stepsPerStretch(), l.e.StepsPerEpoch()-l.step)
		before := l.heapBytes()
		c.start()
		l.e.Steps(l.step, n)
		l.host += time.Since(c.began)
		if err := l.e.b.Sync(); err != nil {
			return err
		}
		c.stop(n)
		l.wall += time.Since(c.began)
		l.allocated = append(l.allocated, float64(l.heapBytes()-before)/float64(n))
		l.step, l.total, steps = l.step+n, l.total+uint64(n), steps-n
		if ctx.Err() != nil {
			return ErrInterrupted
		}
	}
	return nil
}

// bytesPerStep is the median over the stretches: the Go runtime allocates a few bytes for itself
// now and then, which no step causes.
func (l *benchLoop) bytesPerStep() float64 {
	sort.Float64s(l.allocated)
	return l.allocated[len(l.allocated)/2]
}

func (l *benchLoop) heapBytes() uint64 {
	if l.quiet {
		return 0
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
