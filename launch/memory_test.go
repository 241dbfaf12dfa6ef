package launch

import (
	"slices"
	"strings"
	"testing"

	_ "noise2sparse/compute/cpu"
	"noise2sparse/experiment"
	"noise2sparse/train"
)

// What is refused must be impossible: the bound never exceeds what is really allocated. And it must
// not be idle: of the plain network it is most.
func TestLeastMemoryIsALowerBound(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	for _, c := range []struct {
		set  string
		most float64 // at least this fraction of what is allocated
	}{
		{"model.activation=relu", 0.7},
		{"model.hidden=[300,200]", 0.7},
		{"optimizer.kind=sgd", 0.5},
		{"optimizer.kind=sgd_momentum", 0.5},
		{"optimizer.kind=rmsprop", 0.5},
		{"optimizer.kind=adagrad", 0.5},
		{"optimizer.kind=adamw", 0.5},
		{"optimizer.kind=adafactor", 0},
		{"optimizer.kind=shampoo", 0},
		{"optimizer.kind=sparse_adam", 0.5},
		{"optimizer.kind=demon_adam", 0.5},
		{"model.tied_weights=true", 0.5},
		{"model.projection=before_noise", 0.5},
		{"model.inhibition.kind=all_to_all", 0.5},
		{"model.kind=sdm", 0.5},
		{"model.kind=attention", 0},
		{"compute.precision=float64", 0.7},
	} {
		e, err := experiment.Load("quickstart", []string{"data.samples=200", "data.size=20", "model.hidden=[500]", "batch_size=20", "optimizer.kind=adam", c.set})
		if err != nil {
			t.Fatalf("%s: %v", c.set, err)
		}
		cfg := e.Jobs()[0].Config
		set, err := newDatasets("", nil).get(cfg)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Device{}.open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := train.NewEngine(b, cfg, set.Dataset, train.Replace{}); err != nil {
			t.Fatalf("%s: %v", c.set, err)
		}
		need, got := leastMemory(cfg, set.Dataset), float64(b.Allocated())
		if need > got || need < c.most*got {
			t.Errorf("%s: at least %.0f bytes, allocated %.0f", c.set, need, got)
		}
		b.Close()
	}
}

func TestCheckMemory(t *testing.T) {
	if err := checkMemory(8.2e12, 24e9); err == nil || !strings.Contains(err.Error(), "at least 8.2 TB of memory, and this machine has 24 GB free") {
		t.Errorf("got %v", err)
	}
	for _, have := range []float64{0, 8.2e12} {
		if err := checkMemory(8.2e12, have); err != nil {
			t.Errorf("with %g bytes: %v", have, err)
		}
	}
}

func TestAvailableMemory(t *testing.T) {
	if got := memAvailable("MemTotal:       100 kB\nMemAvailable:   25 kB\n"); got != 25*1024 {
		t.Errorf("MemAvailable of 25 kB is read as %g", got)
	}
	if got := memAvailable("MemTotal: 100 kB\n"); got != 0 {
		t.Errorf("without MemAvailable: %g", got)
	}
	for cgroup, want := range map[string][]string{
		"0::/a/b\n":                      {"/sys/fs/cgroup/a/b/memory.max", "/sys/fs/cgroup/a/memory.max", "/sys/fs/cgroup/memory.max"},
		"0::/\n":                         {"/sys/fs/cgroup/memory.max"},
		"5:cpu:/x\n4:memory:/x\nrubbish": {"/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"},
	} {
		if got := limitFiles(cgroup); !slices.Equal(got, want) {
			t.Errorf("limits of %q are in %v, want %v", cgroup, got, want)
		}
	}
}
