package local

import (
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/launch"
)

const gb = 1e9

func gpus(free ...float64) []compute.Accelerator {
	var out []compute.Accelerator
	for i, f := range free {
		out = append(out, compute.Accelerator{Index: i, Name: "GPU", Free: int64(f * gb), Total: 80 * gb})
	}
	return out
}

func TestDivideCores(t *testing.T) {
	for _, c := range []struct {
		name              string
		parallel, threads int
		jobs              int
		bytes, free       float64
		want              []int // threads of each slot
	}{
		{"a slot for each core", 0, 4, 100, 1e6, 64 * gb, []int{1, 1, 1, 1}},
		{"fewer jobs than cores share them", 0, 8, 3, 1e6, 64 * gb, []int{3, 3, 2}},
		{"one job has all", 0, 8, 1, 1e6, 64 * gb, []int{8}},
		{"as many as were asked for", 3, 8, 100, 1e6, 64 * gb, []int{3, 3, 2}},
		{"more than cores: one each", 4, 2, 100, 1e6, 64 * gb, []int{1, 1, 1, 1}},
		{"memory for two", 0, 8, 100, 2 * gb, 10 * gb, []int{4, 4}},
		{"memory for none: one tries", 0, 8, 100, 200 * gb, 10 * gb, []int{8}},
		{"who asks for more than memory holds gets it", 4, 4, 100, 200 * gb, 10 * gb, []int{1, 1, 1, 1}},
		{"memory not known", 0, 4, 100, 2 * gb, 0, []int{1, 1, 1, 1}},
		{"no job left", 0, 4, 0, 1e6, 64 * gb, []int{4}},
	} {
		got, err := divide(Options{Parallel: c.parallel, Threads: c.threads}, launch.Needs{Jobs: c.jobs, Bytes: c.bytes}, c.free)
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %+v (%v), want %v", c.name, got, err, c.want)
			continue
		}
		for i, d := range got {
			if d.threads != c.want[i] || d.limit != 1 || d.gpu != -1 {
				t.Errorf("%s: slot %d is %+v, want %d threads", c.name, i, d, c.want[i])
			}
		}
	}
}

// Jobs of 2 GB each count twice, and 0.2 GB for the process: 4.2 GB of 90 % of what is free.
func TestDivideGPUs(t *testing.T) {
	for _, c := range []struct {
		name     string
		free     []float64
		parallel int
		jobs     int
		dataset  float64 // GB
		onHost   bool
		want     map[int]int // jobs at once, by GPU
	}{
		{"as many as memory holds", []float64{10, 10}, 0, 100, 0, false, map[int]int{0: 2, 1: 2}},
		{"first where most is free", []float64{10, 20}, 2, 100, 0, false, map[int]int{1: 2}},
		{"evenly where they are alike", []float64{40, 40}, 4, 100, 0, false, map[int]int{0: 2, 1: 2}},
		{"the first of equals", []float64{40, 40}, 1, 100, 0, false, map[int]int{0: 1}},
		{"no more than there are jobs", []float64{80, 80}, 0, 3, 0, false, map[int]int{0: 2, 1: 1}},
		{"the dataset is there once", []float64{20}, 0, 100, 5, false, map[int]int{0: 3}},
		{"a dataset that does not fit beside a job stays on the host", []float64{20}, 0, 100, 15, false, map[int]int{0: 4}},
		{"by GPU", []float64{20, 40}, 0, 100, 15, false, map[int]int{0: 4, 1: 5}},
		{"the dataset is to stay on the host", []float64{20}, 0, 100, 5, true, map[int]int{0: 4}},
		{"no more than 16 on one", []float64{1000, 30}, 0, 100, 0, false, map[int]int{0: 16, 1: 6}},
		{"unless more are asked for", []float64{1000, 30}, 20, 100, 0, false, map[int]int{0: 20}},
		{"a GPU that can't tell has none", []float64{-1e-9, 20}, 0, 100, 0, false, map[int]int{1: 4}},
		{"a full GPU has none", []float64{1, 20}, 0, 100, 0, false, map[int]int{1: 4}},
	} {
		got, err := divide(Options{Parallel: c.parallel, GPUs: gpus(c.free...)}, launch.Needs{Jobs: c.jobs, Bytes: 2 * gb, Dataset: c.dataset * gb, DatasetOnHost: c.onHost}, 0)
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %+v (%v), want %v", c.name, got, err, c.want)
			continue
		}
		for _, d := range got {
			if d.limit != c.want[d.gpu] {
				t.Errorf("%s: %d jobs on GPU %d, want %d", c.name, d.limit, d.gpu, c.want[d.gpu])
			}
		}
	}
	_, err := divide(Options{GPUs: gpus(1, 2)}, launch.Needs{Jobs: 5, Bytes: 2 * gb}, 0)
	if err == nil || !strings.Contains(err.Error(), "4.2 GB") || !strings.Contains(err.Error(), "GPU 1: 2 GB of 80 GB") {
		t.Errorf("a job that fits nowhere: %v", err)
	}
}

func TestTailKeepsBothEnds(t *testing.T) {
	var k tail
	for range 10 {
		k.Write([]byte(strings.Repeat("a", 10_000)))
	}
	k.Write([]byte("the end"))
	b := string(k.bytes())
	if len(b) != 2*tailBytes || !strings.HasPrefix(b, "aaa") || !strings.HasSuffix(b, "athe end") {
		t.Errorf("%d bytes, the last are %q", len(b), b[len(b)-20:])
	}
}
