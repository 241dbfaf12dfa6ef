package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"noise2sparse/gpu"
	"noise2sparse/launch"
	"noise2sparse/selftest"
)

// keepStamp notes that GPU index has passed the selftest, and tells it.
func keepStamp(e *env, index int) {
	s := gpu.Look()
	for _, d := range s.Devices {
		if d.Index != index {
			continue
		}
		t, ok := selftest.StampOf(version, s, d)
		if !ok {
			return
		}
		if err := t.Keep(); err != nil {
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
		switch t, ok := selftest.StampOf(version, s, seen); {
		case ok && t.Kept() && passed != "":
			passed += fmt.Sprintf(",%d", seen.Index)
		case ok && t.Kept():
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
