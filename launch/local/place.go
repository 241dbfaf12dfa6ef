package local

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
)

// device is what a worker process computes on, and how many jobs at once.
type device struct {
	name    string // "slot 0", "GPU 1"
	gpu     int    // -1: the processor
	threads int    // cores; 0 with a GPU
	limit   int
}

func (d device) args() []string {
	if d.gpu >= 0 {
		return []string{"--gpu", strconv.Itoa(d.gpu)}
	}
	return []string{"--cpu", "--threads", strconv.Itoa(d.threads)}
}

// env keeps a worker's Go runtime, whose collector works beside the training, to its own cores.
func (d device) env() []string {
	if d.gpu >= 0 {
		return nil
	}
	return []string{"GOMAXPROCS=" + strconv.Itoa(d.threads)}
}

// share of the free memory that jobs may fill together.
const share = 0.9

// mostOnGPU is how many jobs a GPU gets where --parallel does not say otherwise, however much memory it has: each
// starts its work from a thread of the one worker process, and they wait for each other there and on the device.
const mostOnGPU = 16

// divide divides this machine, with free bytes of memory (0: unknown), among jobs of those needs.
func divide(o Options, needs launch.Needs, free float64) ([]device, error) {
	jobs := max(1, needs.Jobs)
	if len(o.GPUs) > 0 {
		return divideGPUs(o, jobs, needs)
	}
	cores := o.Threads
	if cores <= 0 {
		cores = runtime.GOMAXPROCS(0)
	}
	n := o.Parallel
	if n <= 0 {
		n = cores
		if free > 0 {
			n = min(n, max(1, int(math.Min(1e6, share*free/launch.LikelyMemory(needs.Bytes+needs.Dataset)))))
		}
	}
	n = min(n, jobs)
	out := make([]device, n)
	for i := range out {
		threads := cores / n
		if i < cores%n {
			threads++
		}
		out[i] = device{name: fmt.Sprintf("slot %d", i), gpu: -1, threads: max(1, threads), limit: 1}
	}
	return out, nil
}

// divideGPUs gives each GPU as many jobs as its free memory holds, at most mostOnGPU, beside the dataset, which they
// share and which stays in the host's memory where not even one job has room beside it. With parallel, all together
// get no more than that, and each as many as it holds. A GPU whose free memory is not known gets none. Where all can't be had, jobs go one by one to the GPU with the most memory left; of
// equals to the first.
func divideGPUs(o Options, jobs int, needs launch.Needs) ([]device, error) {
	need := launch.LikelyMemory(needs.Bytes)
	limit, most := jobs, mostOnGPU
	if o.Parallel > 0 {
		limit, most = min(jobs, o.Parallel), o.Parallel
	}
	left := make([]float64, len(o.GPUs))
	out := make([]device, len(o.GPUs))
	for i, g := range o.GPUs {
		left[i] = share * float64(g.Free)
		if !needs.DatasetOnHost && left[i] >= needs.Dataset+need {
			left[i] -= needs.Dataset
		}
		out[i] = device{name: fmt.Sprintf("GPU %d", g.Index), gpu: g.Index}
	}
	for range limit {
		best := -1
		for i := range left {
			if out[i].limit < most && left[i] >= need && (best < 0 || left[i] > left[best]) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		left[best] -= need
		out[best].limit++
	}
	out = slices.DeleteFunc(out, func(d device) bool { return d.limit == 0 })
	if len(out) == 0 {
		return nil, fmt.Errorf("a job may need %s of a GPU's memory, and none has as much free (%s); fewer model.hidden or a smaller batch_size need less, --cpu computes on the processor",
			console.Bytes(int64(need)), memories(o.GPUs))
	}
	return out, nil
}

func memories(gpus []compute.Accelerator) string {
	var parts []string
	for _, g := range gpus {
		free := console.Bytes(g.Free)
		if g.Free < 0 {
			free = fmt.Sprintf("an unknown part (%v)", g.Problem)
		}
		parts = append(parts, fmt.Sprintf("GPU %d: %s of %s", g.Index, free, console.Bytes(g.Total)))
	}
	return strings.Join(parts, ", ")
}

// describe says how the machine was divided.
func describe(devices []device) string {
	if devices[0].gpu >= 0 {
		var parts []string
		for _, d := range devices {
			parts = append(parts, fmt.Sprintf("%d on %s", d.limit, d.name))
		}
		return "jobs at once: " + strings.Join(parts, ", ")
	}
	most, least := devices[0].threads, devices[len(devices)-1].threads
	threads := fmt.Sprintf("%d", most)
	if least != most {
		threads = fmt.Sprintf("%d or %d", least, most)
	}
	unit := "threads"
	if most == 1 {
		unit = "thread"
	}
	if len(devices) == 1 {
		return fmt.Sprintf("processor, one job at a time with %s %s", threads, unit)
	}
	return fmt.Sprintf("processor, %d jobs at once with %s %s each", len(devices), threads, unit)
}
