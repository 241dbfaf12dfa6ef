// Package kernels holds the CUDA kernels: their sources, and what nvcc made of them. `make cuda`
// compiles the .cu files of this folder into fatbin/kernels.fatbin, which go build embeds. A binary
// without it works, and says how to get one when a GPU is asked for.
package kernels

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// EnvImage names a file of compiled kernels to be used in place of the embedded one.
const EnvImage = "NOISE2SPARSE_KERNELS"

//go:embed *.cu *.cuh
var sources embed.FS

//go:embed all:fatbin
var compiled embed.FS

// ErrNotBuilt means that this binary was built without kernels.
var ErrNotBuilt = errors.New("this binary was built without CUDA kernels: run `make cuda build` (it needs nvcc, or Python's pip to fetch it)")

// Image is the compiled kernels: for several architectures, and PTX for newer ones.
func Image() ([]byte, error) {
	if path := os.Getenv(EnvImage); path != "" {
		image, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvImage, err)
		}
		return image, nil
	}
	image, err := compiled.ReadFile("fatbin/kernels.fatbin")
	if err != nil {
		return nil, ErrNotBuilt
	}
	of, err := compiled.ReadFile("fatbin/sources.sha256")
	if err != nil || strings.TrimSpace(string(of)) != SourcesHash() {
		return nil, errors.New("the CUDA kernels in this binary were compiled from other sources than its own: run `make cuda build`")
	}
	return image, nil
}

// SourcesHash is the SHA-256 of the sources, one after the other in the order of their names, as
// `cat *.cu *.cuh | sha256sum` has it.
func SourcesHash() string {
	h := sha256.New()
	for _, pattern := range []string{"*.cu", "*.cuh"} {
		for _, name := range names(pattern) {
			h.Write(source(name))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// names are the embedded sources that match pattern, in order.
func names(pattern string) []string {
	found, err := fs.Glob(sources, pattern)
	if err != nil {
		panic("kernels: " + err.Error())
	}
	return found
}

func source(name string) []byte {
	text, err := sources.ReadFile(name)
	if err != nil {
		panic("kernels: " + err.Error()) // it is embedded
	}
	return text
}
