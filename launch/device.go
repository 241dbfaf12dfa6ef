package launch

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/train"
)

// Device is what is to compute.
type Device struct {
	GPU     string // "0", "0,1", "all"; "": none was asked for
	Threads int    // cores of a CPU; 0: all that the process may use

	seen bool // the launcher has seen this GPU: that it can't be had now is no wrong command line
}

// open opens the device as a run wants it. A GPU that is not to be had is an error, never replaced silently.
func (d Device) open(c train.Config) (compute.Backend, error) {
	return d.openAs(c.Compute.Precision, options(c))
}

// openFor opens it for a run on those data: what the run takes itself decides whether they fit beside it.
func (d Device) openFor(c train.Config, set *data.Dataset) (compute.Backend, error) {
	o := options(c)
	o.Reserve = int64(LikelyMemory(leastMemory(c, set)))
	return d.openAs(c.Compute.Precision, o)
}

func options(c train.Config) compute.Options {
	return compute.Options{Eager: !c.Compute.Graph, CuDNN: c.Compute.CuDNN, CuBLASLt: c.Compute.CuBLASLt, Dataset: c.Compute.Dataset}
}

// Open opens the device to compute in float32, tf32, bf16 or float64.
func (d Device) Open(precision string) (compute.Backend, error) {
	return d.openAs(precision, compute.Options{})
}

func (d Device) openAs(precision string, o compute.Options) (compute.Backend, error) {
	if d.Threads < 0 {
		return nil, d.Check()
	}
	o.Float, o.Threads = compute.Float32, d.Threads
	switch {
	case o.CuDNN && d.GPU == "":
		return nil, wrong("compute.cudnn", "is true, which only GPUs have; give false, or --gpu")
	case o.CuBLASLt && d.GPU == "":
		return nil, wrong("compute.cublaslt", "is true, which only GPUs have; give false, or --gpu")
	case precision == "float64":
		o.Float = compute.Float64
	case precision != "float32" && d.GPU == "":
		return nil, wrong("compute.precision", "is %s, which only GPUs have; give float32, or --gpu", precision)
	default:
		o.Precision = precision
	}
	if d.GPU == "" {
		return compute.Open("cpu", o)
	}
	chosen, err := d.choose()
	if err != nil {
		return nil, err
	}
	b, err := compute.Open("cuda:"+strconv.Itoa(chosen), o)
	if err != nil {
		return nil, d.opening(err)
	}
	return b, nil
}

// Hold keeps the device open until release is called, for what opens it several times: see compute.Hold. The
// device that it returns is the one GPU that was chosen.
func (d Device) Hold() (held Device, release func() error, err error) {
	if d.GPU == "" {
		return d, func() error { return nil }, d.Check()
	}
	chosen, err := d.choose()
	if err != nil {
		return d, nil, err
	}
	release, err = compute.Hold("cuda:" + strconv.Itoa(chosen))
	if err != nil {
		return d, nil, d.opening(err)
	}
	d.GPU = strconv.Itoa(chosen)
	return d, release, nil
}

// Check says what is missing where the device can't be had. It touches no GPU.
func (d Device) Check() error {
	if d.Threads < 0 {
		return wrong("--threads", "is %d; give at least 1, or 0 for all cores", d.Threads)
	}
	if d.GPU == "" {
		return nil
	}
	_, err := d.list(func(int) bool { return false })
	return err
}

// GPUs are the devices that --gpu names, those with the most free memory first.
func (d Device) GPUs() ([]compute.Accelerator, error) {
	numbers, err := d.numbers()
	if err != nil {
		return nil, err
	}
	return d.list(func(i int) bool { return numbers == nil || slices.Contains(numbers, i) })
}

// list lists the devices that --gpu names, with the free memory of those that asked names.
func (d Device) list(asked func(int) bool) ([]compute.Accelerator, error) {
	numbers, err := d.numbers()
	if err != nil {
		return nil, err
	}
	all, err := compute.Accelerators("cuda", asked)
	if err != nil {
		return nil, d.opening(err)
	}
	if numbers == nil {
		return byFree(all), nil
	}
	var out []compute.Accelerator
	for _, n := range numbers {
		i := slices.IndexFunc(all, func(a compute.Accelerator) bool { return a.Index == n })
		if i < 0 && d.seen {
			return nil, fmt.Errorf("GPU %d is gone: this machine shows %s", n, span(all))
		}
		if i < 0 {
			return nil, wrong("--gpu", "names GPU %d, but this machine shows %s", n, span(all))
		}
		out = append(out, all[i])
	}
	return byFree(out), nil
}

// choose is the GPU for one run: of those that --gpu names, the one with the most free memory.
func (d Device) choose() (int, error) {
	if n, err := d.numbers(); err == nil && len(n) == 1 {
		return n[0], d.Check()
	}
	gpus, err := d.GPUs()
	if err != nil {
		return 0, err
	}
	return gpus[0].Index, nil
}

// numbers are those that --gpu lists; nil stands for all.
func (d Device) numbers() ([]int, error) {
	if d.GPU == "all" {
		return nil, nil
	}
	var out []int
	for _, part := range strings.Split(d.GPU, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 0 {
			return nil, wrong("--gpu", "is %q; give numbers of GPUs, as in 0 or 0,1, or all", d.GPU)
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out, nil
}

// opening is the error of a GPU that can't be listed or opened: a wrong command line, or, where there is a
// GPU and the next attempt may be luckier, what happened.
func (d Device) opening(err error) error {
	if d.seen || errors.Is(err, compute.ErrOutOfMemory) || errors.Is(err, compute.ErrDeviceLost) || errors.Is(err, compute.ErrUnavailable) {
		return err
	}
	return wrong("--gpu", "is %s, but no GPU can be used: %v; compute on the processor with --cpu", d.GPU, err)
}

// byFree orders devices by their free memory, most first, unknown last; equals by number.
func byFree(all []compute.Accelerator) []compute.Accelerator {
	slices.SortStableFunc(all, func(a, b compute.Accelerator) int {
		switch {
		case a.Free > b.Free:
			return -1
		case a.Free < b.Free:
			return 1
		}
		return a.Index - b.Index
	})
	return all
}

func span(all []compute.Accelerator) string {
	if len(all) == 1 {
		return fmt.Sprintf("GPU %d alone", all[0].Index)
	}
	return fmt.Sprintf("GPU %d to %d", all[0].Index, all[len(all)-1].Index)
}
