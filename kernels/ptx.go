package kernels

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
)

// PTXDriver is the oldest CUDA whose drivers compile PTX's kernels.
const PTXDriver = "11.8"

// PTX is the kernels in the assembly language of CUDA 11.8, for drivers that are too old for Image: they
// compile it when it is loaded, in some 20 seconds, and keep what comes of it in their cache. nil where
// the binary has none, and where EnvImage names other kernels.
func PTX() []byte {
	packed, err := compiled.ReadFile("fatbin/kernels.ptx.gz")
	if err != nil || os.Getenv(EnvImage) != "" {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	return text
}

// Compiles tells whether a driver for CUDA version driver, such as "12.2", compiles PTX's kernels.
func Compiles(driver string) bool { return newer(driver, PTXDriver) && len(PTX()) > 0 }
