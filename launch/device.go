package launch

import (
	"noise2sparse/compute"
	"noise2sparse/train"
)

// Device is what is to compute.
type Device struct {
	GPU     string // "0", "all"; "": none was asked for
	Threads int    // cores of a CPU; 0: all that the process may use
}

// open opens the device for a run. A GPU that is not to be had is an error, never replaced silently.
func (d Device) open(c train.Config) (compute.Backend, error) { return d.Open(c.Compute.Precision) }

// Open opens the device to compute in float32 or float64.
func (d Device) Open(precision string) (compute.Backend, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	o := compute.Options{Float: compute.Float32, Threads: d.Threads}
	if precision == "float64" {
		o.Float = compute.Float64
	}
	return compute.Open("cpu", o)
}

// Check says what is missing where the device can't be had.
func (d Device) Check() error {
	if d.GPU != "" {
		return wrong("--gpu", "is %s, but this build has no CUDA, so no GPU can be used; compute on the processor with --cpu", d.GPU)
	}
	if d.Threads < 0 {
		return wrong("--threads", "is %d; give at least 1, or 0 for all cores", d.Threads)
	}
	return nil
}
