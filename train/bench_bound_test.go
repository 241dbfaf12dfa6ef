package train

import (
	"math"
	"testing"
	"time"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/model"
)

// device is the CPU backend by another name.
type device struct{ compute.Backend }

func (device) Device() compute.Device { return compute.Device{Backend: "test"} }

// The bound is the products' time and the bytes' at the copy's rate, for a network that lists its products,
// and on a device that is no CPU.
func TestStepBound(t *testing.T) {
	cpu := openCPU(t)
	engine := func(b compute.Backend) *Engine {
		network, err := model.Networks.Get("ffn")
		if err != nil {
			t.Fatal(err)
		}
		c := model.Config{Kind: "ffn", Hidden: []int{7}, Activation: "relu", HiddenBias: true, OutputBias: true}
		net := network.Value(b, c, model.Spec{Input: 5, Output: 5, Batch: 3, Seed: 1})
		return &Engine{b: b, Net: net, cfg: Config{BatchSize: 3}, out: b.Alloc(compute.Float32, 3, 5)}
	}
	got, err := engine(device{cpu}).stepBound(t.Context(), 1<<16, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	bytes := 28*(5*7+7+7*5+5) + 16*3*7 + 16*3*5.0
	want := got.GEMM + 1e3*bytes/(1e9*got.Bandwidth)
	if got.GEMM <= 0 || got.Bandwidth <= 0 || math.Abs(got.Step-want) > 1e-12 {
		t.Errorf("%+v, want a step of %v ms", got, want)
	}
	if got, err := engine(cpu).stepBound(t.Context(), 1<<16, time.Millisecond); err != nil || got != (bound{}) {
		t.Errorf("on a CPU %+v, %v; want nothing", got, err)
	}
}
