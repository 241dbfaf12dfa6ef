package kernels

import (
	"regexp"
	"strings"
)

var release = regexp.MustCompile(`cuda_(\d+\.\d+)`)

// CompiledBy is the CUDA version of the nvcc that compiled the embedded kernels, such as "13.0", or "".
// Drivers for an older CUDA can't load them.
func CompiledBy() string {
	made, err := compiled.ReadFile("fatbin/made")
	if err != nil {
		return ""
	}
	if m := release.FindStringSubmatch(strings.TrimSpace(string(made))); m != nil {
		return m[1]
	}
	return ""
}
