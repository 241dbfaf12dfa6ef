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

// EnvDir names the folder where the runner is built and kept; without it each use builds it anew.
const EnvDir = "NOISE2SPARSE_RUNNER_DIR"

// Use builds the runner of the module at root, into the folder of EnvDir or else into dir, and makes
// this process use it as its CUDA. It must be called before anything asks for CUDA.
func Use(root, dir string) error {
	if kept := os.Getenv(EnvDir); kept != "" {
		dir = kept
	}
	if _, err := exec.LookPath(compiler()); err != nil {
		return fmt.Errorf("no C++ compiler to build the CPU runner of the kernels with: %w", err)
	}
	out, err := exec.Command(filepath.Join(root, "scripts", "cuda-runner"), dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("scripts/cuda-runner: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	for name, value := range map[string]string{
		gpu.EnvLibraries: dir,
		kernels.EnvImage: filepath.Join(dir, "kernels.image"),
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

func compiler() string {
	if cxx := os.Getenv("CXX"); cxx != "" {
		return strings.Fields(cxx)[0]
	}
	return "g++"
}
