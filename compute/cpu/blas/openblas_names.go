package blas

import (
	"os"
	"path/filepath"
)

// asked is the user's choice of library.
func asked() string { return os.Getenv(EnvLibrary) }

// candidates lists what may be OpenBLAS on this machine, best first. The threaded builds come
// before the serial one: they alone are certain to allow concurrent calls.
func candidates() []string {
	if a := asked(); a != "" {
		return []string{a}
	}
	names := []string{}
	for _, pattern := range []string{
		"/usr/lib/*-linux-gnu/openblas-pthread/libopenblas.so.0", // Debian, Ubuntu
		"/usr/lib64/libopenblasp.so.0",                           // Fedora, RHEL
	} {
		if found, err := filepath.Glob(pattern); err == nil {
			names = append(names, found...)
		}
	}
	names = append(names, "libopenblas.so.0", "libopenblas.so", "libopenblasp.so.0", "libopenblaso.so.0")
	if conda := os.Getenv("CONDA_PREFIX"); conda != "" {
		names = append(names, filepath.Join(conda, "lib", "libopenblas.so"))
	}
	return append(names,
		"/opt/OpenBLAS/lib/libopenblas.so",
		"/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
		"/usr/local/opt/openblas/lib/libopenblas.dylib")
}
