package train

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
)

// products is a device that counts products between waits in the place of computing them; its memory is too
// small for matrices of small × small numbers, if that is not 0.
type products struct {
	compute.Backend
	name   string
	small  int
	step   time.Duration // that a wait takes
	size   int           // of the newest matrix
	queued int
	waits  [][2]int // size and number of the products of each wait that had any
	err    error
}

func (p *products) Device() compute.Device                                            { return compute.Device{Backend: p.name} }
func (p *products) Uniform(compute.Tensor, float64, float64, uint64, compute.Purpose) {}

func (p *products) Alloc(dt compute.DType, shape ...int) compute.Tensor {
	if p.size = shape[0]; p.small != 0 && p.size >= p.small {
		p.err = compute.ErrOutOfMemory
	}
	return p.Backend.Alloc(dt, 1)
}

func (p *products) Matmul(_, _, _ compute.Tensor, _, _ bool, _, _ float64) { p.queued++ }

func (p *products) Sync() error {
	if p.queued > 0 {
		p.waits, p.queued = append(p.waits, [2]int{p.size, p.queued}), 0
		time.Sleep(p.step)
	}
	return p.err
}

func openCPU(t *testing.T) compute.Backend {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// The peak is that of one product and one wait on a CPU, and on a GPU of many large ones and one wait, unless these
// take too long or too much memory.
func TestGEMMPeak(t *testing.T) {
	small, large := [2]int{1536, 1}, [2]int{8192, 20}
	seven := slices.Repeat([][2]int{small}, 7)
	for name, tt := range map[string]struct {
		p    products
		want [][2]int
	}{
		"CPU":               {products{name: "cpu"}, seven},
		"GPU":               {products{name: "cuda"}, append(slices.Clone(seven), large, large)},
		"slow GPU":          {products{name: "cuda", step: 20 * time.Millisecond}, seven},
		"GPU, small memory": {products{name: "cuda", small: 8192}, seven},
	} {
		t.Run(name, func(t *testing.T) {
			p := tt.p
			p.Backend = openCPU(t)
			if rate, err := gemmPeak(t.Context(), &p); err != nil || rate <= 0 || math.IsInf(rate, 0) {
				t.Errorf("%v GFLOP/s, %v", rate, err)
			}
			if !slices.Equal(p.waits, tt.want) {
				t.Errorf("size and number of the products between waits: %v, want %v", p.waits, tt.want)
			}
		})
	}
}

// The clock stands at stretches of at least the time asked for, however short the operations are.
func TestTimeOperations(t *testing.T) {
	p := &products{Backend: openCPU(t), name: "test"}
	const stretch = 2 * time.Millisecond
	most := 0
	ms, err := timeOperations(t.Context(), p, stretch, func() {
		p.queued++
		time.Sleep(20 * time.Microsecond)
	})
	for _, w := range p.waits {
		most = max(most, w[1])
	}
	if err != nil || ms < 0.02 || most < 2 || float64(most)*ms < 1e3*stretch.Seconds()/2 {
		t.Errorf("%v ms, at most %d at once, %v", ms, most, err)
	}
}

// Warming up takes the steps and the time asked for, and says how many steps that were.
func TestBenchWarmsUp(t *testing.T) {
	s := tiny(t)
	e, err := NewEngine(openCPU(t), s.Config, s.Data, Replace{})
	if err != nil {
		t.Fatal(err)
	}
	for _, least := range []time.Duration{0, 50 * time.Millisecond} {
		l := benchLoop{e: e}
		began := time.Now()
		done, err := l.warm(context.Background(), 5, least)
		if took := time.Since(began); err != nil || took < least || done != int(l.total) || done < 5 || least == 0 && done != 5 {
			t.Errorf("at least %v: %d steps (%d by the loop) in %v, %v", least, done, l.total, took, err)
		}
	}
}
