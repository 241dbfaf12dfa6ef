package kernels

import (
	"fmt"
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

// Fit tells whether a driver for CUDA version driver, such as "12.2", loads what nvcc of CUDA version by has
// compiled: machine code does as long as the driver's major version is not older (NVIDIA's minor version
// compatibility). Versions that can't be read fit.
func Fit(by, driver string) bool {
	var b, d int
	if _, err := fmt.Sscanf(by+" "+driver, "%d.%d %d", &b, new(int), &d); err != nil {
		return true
	}
	return d >= b
}

// newer tells whether one CUDA version is another or newer.
func newer(version, than string) bool {
	var a, b, c, d int
	_, err := fmt.Sscanf(version+" "+than, "%d.%d %d.%d", &a, &b, &c, &d)
	return err == nil && (a > c || a == c && b >= d)
}

// Needs says which drivers load what nvcc of CUDA version by has compiled.
func Needs(by string) string {
	major, _, _ := strings.Cut(by, ".")
	// The oldest branches of minor version compatibility, from NVIDIA's table of CUDA's drivers.
	if branch := map[string]string{"11": "450", "12": "525", "13": "580"}[major]; branch != "" {
		return fmt.Sprintf("a driver for CUDA %s (branch %s or newer)", major, branch)
	}
	return fmt.Sprintf("a driver for CUDA %s", major)
}
