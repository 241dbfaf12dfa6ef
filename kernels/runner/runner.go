// Package runner builds the CPU runner of the kernels for tests: the .cu files of kernels/ compiled by
// g++ behind a stand-in for the CUDA driver, so that the whole Go path runs where no GPU is. The C++
// sources are in src/; scripts/cuda-runner compiles them.
package runner

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"noise2sparse/gpu"
	"noise2sparse/kernels"
)

// EnvDir names the folder where the runner is built and kept, in the place of .cache/cuda-runner in the
// checkout.
const EnvDir = "NOISE2SPARSE_RUNNER_DIR"

// Build builds what is out of date of the runner of the checkout at root, and returns its folder. The
// error says why there is no runner; a runner that doesn't compile is one too, but then broken is true.
func Build(root string) (dir string, broken bool, err error) {
	if _, err := exec.LookPath(compiler()); err != nil {
		return "", false, fmt.Errorf("no C++ compiler to build the CPU runner of the kernels with: %w", err)
	}
	if dir = os.Getenv(EnvDir); dir == "" {
		dir = filepath.Join(root, ".cache", "cuda-runner")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", true, err
	}
	out, err := exec.Command(filepath.Join(root, "scripts", "cuda-runner"), dir).CombinedOutput()
	if err != nil {
		return "", true, fmt.Errorf("scripts/cuda-runner: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return dir, false, nil
}

// Use builds the runner as Build does, and makes this process use it as its CUDA. It must be called before
// anything asks for CUDA.
func Use(root string) (broken bool, err error) {
	dir, broken, err := Build(root)
	if err != nil {
		return broken, err
	}
	for name, value := range Environment(dir) {
		if err := os.Setenv(name, value); err != nil {
			return true, err
		}
	}
	return false, nil
}

// UseCuBLASLt makes this process use the runner that has a cuBLASLt, after Use.
func UseCuBLASLt() error {
	return os.Setenv(gpu.EnvLibraries, filepath.Join(os.Getenv(gpu.EnvLibraries), "cublaslt"))
}

// Environment is what makes a trainer use the runner in dir.
func Environment(dir string) map[string]string {
	return map[string]string{gpu.EnvLibraries: dir, kernels.EnvImage: filepath.Join(dir, "kernels.image")}
}

func compiler() string {
	if words := strings.Fields(os.Getenv("CXX")); len(words) > 0 {
		return words[0]
	}
	return "g++"
}
