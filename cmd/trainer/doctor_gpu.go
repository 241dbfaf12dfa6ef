package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"noise2sparse/compute"
	"noise2sparse/gpu"
	"noise2sparse/kernels"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
	"noise2sparse/selftest"
)

// gpuLine is what doctor's table says of GPUs.
func gpuLine(s gpu.Summary) string {
	if len(s.Devices) == 0 {
		return "none: " + s.Missing
	}
	var parts []string
	for _, d := range s.Devices {
		free := ""
		if d.Free >= 0 {
			free = fmt.Sprintf(", %s of it free", console.Bytes(d.Free))
		}
		parts = append(parts, fmt.Sprintf("%d: %s, compute capability %s, %s%s", d.Index, d.Name, d.Capability, console.Bytes(d.Memory), free))
	}
	driver := s.Driver
	if driver == "" {
		driver = "of unknown version"
	}
	dnn := "no cuDNN"
	if s.DNN != "" {
		dnn = fmt.Sprintf("cuDNN %s (%s)", s.DNN, s.DNNPath)
	}
	lt := "no cuBLASLt"
	if s.Lt != "" {
		lt = fmt.Sprintf("cuBLASLt %s (%s)", s.Lt, s.LtPath)
	}
	return fmt.Sprintf("%s; driver %s for CUDA %s; %s; %s", strings.Join(parts, "; "), driver, s.CUDA, lt, dnn)
}

// kernelLine is what doctor's table says of the CUDA kernels; by is the nvcc that compiled those in the binary.
func kernelLine(by string) string {
	if path := os.Getenv(kernels.EnvImage); path != "" {
		return path + ", which " + kernels.EnvImage + " names"
	}
	if _, err := kernels.Image(); err != nil {
		return err.Error()
	}
	line := fmt.Sprintf("compiled by nvcc %s, for %s", by, kernels.Needs(by))
	if len(kernels.PTX()) > 0 {
		line += "; PTX for older ones, from CUDA " + kernels.PTXDriver + " on"
	}
	return line
}

// gpuWarnings say what keeps the GPUs that are there from being used. by is the nvcc that compiled the kernels
// in this binary.
func gpuWarnings(s gpu.Summary, by string) []string {
	if len(s.Devices) == 0 {
		return nil
	}
	var out []string
	if s.Missing != "" {
		out = append(out, s.Missing)
	}
	if _, err := kernels.Image(); err != nil {
		out = append(out, err.Error())
	}
	if os.Getenv(kernels.EnvImage) == "" && !kernels.Fit(by, s.CUDA) {
		problem := fmt.Sprintf("the kernels were compiled by nvcc %s and need %s, but the driver %s is for CUDA %s: ", by, kernels.Needs(by), s.Driver, s.CUDA)
		if kernels.Compiles(s.CUDA) {
			problem += "it compiles them itself, which takes about 20 seconds when they are first loaded; to spare them, "
		}
		out = append(out, problem+"update the driver, or compile them with an nvcc of its version (`NVCC=PATH make cuda build`)")
	}
	return out
}

// runSelftest is doctor --selftest: on the GPU that --gpu names, else on the processor.
func runSelftest(e *env, c *cli.Context) (failed error) {
	device := launch.Device{GPU: c.String("gpu")}
	device, release, err := device.Hold() // from here on the one GPU
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, release()) }()
	open := func(o compute.Options) (compute.Backend, error) {
		if device.GPU == "" {
			return compute.Open("cpu", o)
		}
		return compute.Open("cuda:"+device.GPU, o)
	}
	limit := c.Duration("deadline")
	ctx, cancel := context.WithTimeoutCause(c.Context, limit, fmt.Errorf("--deadline %v", limit))
	defer cancel()
	lines := e.stdout
	if e.json {
		lines = e.stderr
	}
	o := selftest.Options{Open: open, Cases: c.String("golden"), Lines: lines}
	if device.GPU != "" {
		o.CuDNN, o.CuBLASLt = gpu.LoadDNN, gpu.LoadLt
	}
	r, err := selftest.Run(ctx, o)
	if err != nil {
		return err
	}
	if e.json {
		if err := e.answer(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(lines, "%s: %d failures in %v\n", r.Device, len(r.Failures), time.Duration(r.Seconds*float64(time.Second)).Round(time.Second))
	}
	if !r.Passed {
		return errors.New("the selftest failed; this device's results are not to be trusted")
	}
	if index, err := strconv.Atoi(device.GPU); err == nil {
		keepStamp(e, index)
	}
	return nil
}
