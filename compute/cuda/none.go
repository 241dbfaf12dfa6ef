//go:build !cgo || !linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

func accelerators(func(int) bool) ([]compute.Accelerator, error) { return nil, gpu.Load() }

func hold(string) (func() error, error) { return nil, gpu.Load() }

func open(string, compute.Options) (compute.Backend, error) { return nil, gpu.Load() }
