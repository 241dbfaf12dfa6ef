package gpu

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// places lists the files that a library may be, in the order of trying. The folder that
// EnvLibraries names comes first, then what the system's loader finds (LD_LIBRARY_PATH, ld.so.conf).
// Libraries of the toolkit (cuBLAS, cuDNN; not the driver's own) may also lie in CUDA_HOME or CUDA_PATH, in
// /usr/local/cuda, in the active conda environment, or in the Python wheels that PyTorch brings along.
func places(names []string, toolkit bool) ([]string, error) {
	own := os.Getenv(EnvLibraries)
	if own == "none" {
		return nil, errors.New(EnvLibraries + "=none asks for it")
	}
	var out []string
	for _, dir := range folders(own, toolkit) {
		for _, name := range names {
			out = append(out, filepath.Join(dir, name)) // "" leaves the bare name, which the loader looks up
		}
	}
	return out, nil
}

// folders are where to look; "" stands for the system's loader.
func folders(own string, toolkit bool) []string {
	var out []string
	if own != "" {
		out = append(out, own)
	}
	out = append(out, "")
	if !toolkit {
		return out
	}
	for _, root := range []string{os.Getenv("CUDA_HOME"), os.Getenv("CUDA_PATH"), "/usr/local/cuda"} {
		if root != "" {
			out = append(out, filepath.Join(root, "lib64"), filepath.Join(root, "lib"), filepath.Join(root, "targets", "x86_64-linux", "lib"))
		}
	}
	if conda := os.Getenv("CONDA_PREFIX"); conda != "" { // conda's own packages, which are no Python wheels
		out = append(out, filepath.Join(conda, "lib"), filepath.Join(conda, "targets", "x86_64-linux", "lib"))
	}
	for _, site := range sitePackages() {
		for _, part := range []string{"cu13/lib", "cublas/lib", "cudnn/lib"} {
			out = append(out, filepath.Join(site, "nvidia", part))
		}
	}
	return out
}

// sitePackages are the folders of Python packages: the active environment's first, then those of the python3
// in PATH (a virtual environment that nobody has activated), the user's and the system's, newer Pythons before
// older ones.
func sitePackages() []string {
	var roots []string
	for _, env := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := os.Getenv(env); dir != "" {
			roots = append(roots, dir)
		}
	}
	if python, err := exec.LookPath("python3"); err == nil {
		roots = append(roots, filepath.Dir(filepath.Dir(python)))
	}
	if home, err := os.UserHomeDir(); err == nil {
		roots = append(roots, filepath.Join(home, ".local"))
	}
	roots = append(roots, "/usr/local", "/usr")
	var out []string
	for _, root := range roots {
		for _, kind := range []string{"site-packages", "dist-packages"} {
			found, err := filepath.Glob(filepath.Join(root, "lib", "python3*", kind))
			if err != nil {
				continue // a root with a bad pattern in its name has none
			}
			sort.Slice(found, func(i, j int) bool { return pythonMinor(found[i]) > pythonMinor(found[j]) })
			out = append(out, found...)
		}
	}
	return out
}

// pythonMinor orders folders such as .../python3.12/site-packages.
func pythonMinor(path string) int {
	minor := 0
	_, rest, _ := strings.Cut(path, "python3.")
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		minor = 10*minor + int(c-'0')
	}
	return minor
}
