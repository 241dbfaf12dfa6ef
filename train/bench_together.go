package train

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

// Together is how several runs at once on one device compare with one alone. All are the same run, each
// with a backend and a goroutine of its own.
type Together struct {
	Parallel int `json:"parallel,omitempty"` // runs at once; 0: not asked for
	// ParallelSamplesPerSecond is of all runs together, from the first one's begin to the last one's end;
	// ParallelSpeedup, that over the same of one run alone.
	ParallelSamplesPerSecond float64 `json:"parallel_samples_per_second,omitempty"`
	ParallelSpeedup          float64 `json:"parallel_speedup,omitempty"`
}

// rate is the samples per second of the last call of run, epochs' begins included.
func (l *benchLoop) rate(steps int) float64 {
	return float64(steps*l.e.cfg.BatchSize) / l.wall.Seconds()
}

// digest is equal for equal bits of all parameters.
func digest(e *Engine) [sha256.Size]byte {
	values := e.Net.Params().Values
	raw := make([]byte, values.Bytes())
	e.b.Download(raw, values)
	return sha256.Sum256(raw)
}

// benchTogether times the same steps of as many runs at once as s has backends beside. Each has to end with the
// weights of the run alone.
func benchTogether(ctx context.Context, s BenchSpec, alone float64, weights [sha256.Size]byte) (Together, error) {
	loops := make([]benchLoop, len(s.Beside))
	for i, b := range s.Beside {
		e, err := NewEngine(b, s.Config, s.Data, Replace{})
		if err != nil {
			return Together{}, runOf(i, err)
		}
		loops[i] = benchLoop{e: e, quiet: true}
		if err := loops[i].run(ctx, newClock(s.Config.BatchSize), s.Warmup); err != nil {
			return Together{}, runOf(i, err)
		}
	}
	errs := make([]error, len(loops))
	var wait sync.WaitGroup
	began := time.Now()
	for i := range loops {
		wait.Go(func() { errs[i] = loops[i].run(ctx, newClock(s.Config.BatchSize), s.Steps) })
	}
	wait.Wait()
	wall := time.Since(began)
	for i := range loops {
		if errs[i] != nil {
			return Together{}, runOf(i, errs[i])
		}
		got := digest(loops[i].e)
		if err := loops[i].e.b.Sync(); err != nil {
			return Together{}, runOf(i, err)
		}
		if got != weights {
			return Together{}, runOf(i, fmt.Errorf("its weights after %d steps differ from those of the run alone", s.Warmup+s.Steps))
		}
	}
	rate := float64(len(loops)*s.Steps*s.Config.BatchSize) / wall.Seconds()
	return Together{len(loops), rate, rate / alone}, nil
}

func runOf(i int, err error) error { return fmt.Errorf("run %d at once with others: %w", i+1, err) }
