package main

import (
	"strings"
	"testing"

	"noise2sparse/gpu"
	"noise2sparse/kernels"
)

// The doctor warns of a driver that is older than the kernels, by major version, and of nothing where no GPU is.
func TestDriverTooOld(t *testing.T) {
	t.Setenv(kernels.EnvImage, "")
	tests := []struct{ by, driver, want string }{
		{"13.0", "12.2", "compiled by nvcc 13.0 and need a driver for CUDA 13 (branch 580 or newer), but the driver 535.1 is for CUDA 12.2"},
		{"12.4", "11.8", "need a driver for CUDA 12 (branch 525 or newer)"},
		{"14.1", "13.0", "need a driver for CUDA 14, but"},
		{"13.2", "13.0", ""},
		{"13.0", "14.0", ""},
		{"", "12.2", ""},
	}
	for _, tt := range tests {
		s := gpu.Summary{Driver: "535.1", CUDA: tt.driver, Devices: []gpu.Seen{{Name: "a GPU"}}}
		got := ""
		for _, w := range gpuWarnings(s, tt.by) {
			if strings.Contains(w, "nvcc "+tt.by+" and") {
				got = w
			}
		}
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("nvcc %s, driver for %s: warned %q, want %q", tt.by, tt.driver, got, tt.want)
		}
		if w := gpuWarnings(gpu.Summary{CUDA: tt.driver}, tt.by); len(w) != 0 {
			t.Errorf("without a GPU: warned %q", w)
		}
	}
}
