package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"noise2sparse/data"
	"noise2sparse/gpu"
	"noise2sparse/internal/atomicfile"
	"noise2sparse/kernels"
	"noise2sparse/launch"
)

// stamp says that a selftest has passed: of this program and its kernels, on that GPU, with that driver. Where one
// of them is another, there is no stamp.
type stamp struct {
	Version string `json:"version"`
	Kernels string `json:"kernels_sha256"`
	GPU     string `json:"gpu"`
	UUID    string `json:"uuid"`
	Driver  string `json:"driver"`
}

// stampOf is that of a GPU; false where this program has no kernels for it.
func stampOf(s gpu.Summary, d gpu.Seen) (stamp, bool) {
	image, err := kernels.Image()
	if err != nil {
		return stamp{}, false
	}
	sum := sha256.Sum256(append(image[:len(image):len(image)], kernels.PTX()...))
	return stamp{Version: version, Kernels: hex.EncodeToString(sum[:]), GPU: d.Name, UUID: d.UUID, Driver: s.Driver + " for CUDA " + s.CUDA}, true
}

// file is the stamp's, with its contents. Its name follows from these, so that each has its own.
func (t stamp) file() (path string, contents []byte, err error) {
	dir, err := data.CacheFolder("selftest")
	if err != nil {
		return "", nil, err
	}
	if contents, err = json.Marshal(t); err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(contents)
	return filepath.Join(dir, "selftest-"+hex.EncodeToString(sum[:8])+".json"), append(contents, '\n'), nil
}

// keep writes the stamp.
func (t stamp) keep() error {
	path, contents, err := t.file()
	if err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	return atomicfile.Write(path, contents)
}

// kept tells whether it is there.
func (t stamp) kept() bool {
	path, contents, err := t.file()
	if err != nil {
		return false
	}
	found, err := os.ReadFile(path)
	return err == nil && string(found) == string(contents)
}

// keepStamp notes that GPU index has passed the selftest, and tells it.
func keepStamp(e *env, index int) {
	s := gpu.Look()
	for _, d := range s.Devices {
		if d.Index != index {
			continue
		}
		t, ok := stampOf(s, d)
		if !ok {
			return
		}
		if err := t.keep(); err != nil {
			e.note(fmt.Sprintf("that it has passed can't be kept, so GPUs compute only where --gpu asks for it: %v", err))
			return
		}
		e.note(fmt.Sprintf("from now on GPU %d, %s, computes where neither --gpu nor --cpu is given", d.Index, d.Name))
	}
}

// byDefault is what computes where no flag says so: of the GPUs that have passed this program's selftest the one with
// the most free memory, else the processor. say tells of a GPU.
func byDefault(e *env, c *cli.Context, d launch.Device, say func(format string, args ...any)) (launch.Device, error) {
	for _, f := range []string{"gpu", "cpu", "threads"} {
		if c.IsSet(f) {
			return d, nil
		}
	}
	if l := c.String("launcher"); l != "" && l != localLauncher {
		return d, nil // other machines have other GPUs
	}
	s := gpu.Look()
	passed, names, waiting := "", map[int]string{}, -1
	for _, seen := range s.Devices {
		names[seen.Index] = seen.Name
		switch t, ok := stampOf(s, seen); {
		case ok && t.kept() && passed != "":
			passed += fmt.Sprintf(",%d", seen.Index)
		case ok && t.kept():
			passed = fmt.Sprint(seen.Index)
		case ok && waiting < 0:
			waiting = seen.Index
		}
	}
	if passed == "" {
		if waiting >= 0 {
			n := fmt.Sprint(waiting)
			say("GPU %s, %s, is here: %s checks it, --gpu %s uses it", n, names[waiting], launch.Command(e.program, "doctor", "--selftest", "--gpu", n), n)
		}
		return d, nil
	}
	gpus, err := launch.Device{GPU: passed}.GPUs()
	if err != nil {
		return d, err
	}
	d.GPU = fmt.Sprint(gpus[0].Index)
	say("GPU %s, %s, computes: it has passed the selftest; --cpu computes on the processor", d.GPU, gpus[0].Name)
	return d, nil
}
