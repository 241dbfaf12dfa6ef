package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/cpu"
	"golang.org/x/sys/unix"

	"noise2sparse/compute/cpu/blas"
	"noise2sparse/data"
	"noise2sparse/gpu"
	"noise2sparse/kernels"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
)

// machine is what `trainer doctor --json` prints.
type machine struct {
	Version  string          `json:"version"`
	Go       string          `json:"go"`
	OS       string          `json:"os"`
	Arch     string          `json:"arch"`
	CPU      string          `json:"cpu"`
	Features []string        `json:"cpu_features"`
	Cores    int             `json:"cores"`
	BLAS     blas.Info       `json:"blas"`
	GPU      string          `json:"gpu"`
	CUDA     gpu.Summary     `json:"cuda"`
	Kernels  string          `json:"cuda_kernels"` // CUDA version that compiled them; "": none in this build
	Memory   int64           `json:"memory_bytes"`
	Free     int64           `json:"memory_available_bytes"`
	DataDir  string          `json:"data_dir"`
	Datasets map[string]bool `json:"datasets"` // by name: whether all files are there
	Out      string          `json:"out"`
	Disk     int64           `json:"out_free_bytes"`
	Warnings []string        `json:"warnings"`
}

func doctorCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:  "doctor",
		Usage: "say what this machine has, what is missing, and how to get it",
		Flags: []cli.Flag{
			dataDirFlag(),
			&cli.StringFlag{Name: "out", Value: "runs", Usage: "folder of all runs `DIR`"},
			&cli.BoolFlag{Name: "selftest", Usage: "check what the device computes: the conformance suite and the golden cases in this binary"},
			&cli.StringFlag{Name: "gpu", Usage: "with --selftest: check GPU `N`"},
			&cli.StringFlag{Name: "golden", Usage: "with --selftest: replay the golden cases in `DIR` in the place of those in this binary"},
			&cli.DurationFlag{Name: "deadline", Value: 15 * time.Minute, Usage: "with --selftest: give up after `TIME`"},
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return doctor(e, c) },
	})
}

func doctor(e *env, c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	if c.Bool("selftest") {
		return runSelftest(e, c)
	}
	for _, f := range []string{"gpu", "golden", "deadline"} {
		if c.IsSet(f) {
			return usagef("--%s goes with --selftest", f)
		}
	}
	m := examine(data.Dir(c.String("data-dir")), c.String("out"))
	if e.json {
		return e.answer(m)
	}
	there, missing := "none", ""
	if found := m.names(true); len(found) > 0 {
		there = strings.Join(found, ", ")
	}
	if lost := m.names(false); len(lost) > 0 {
		missing = "; not there: " + strings.Join(lost, ", ")
	}
	rows := [][]string{
		{"trainer", fmt.Sprintf("%s, built with %s for %s/%s", m.Version, m.Go, m.OS, m.Arch)},
		{"processor", fmt.Sprintf("%s, %d cores, %s", m.CPU, m.Cores, strings.Join(m.Features, " "))},
		{"matrix library", strings.TrimSpace(m.BLAS.Name() + " " + m.BLAS.Path)},
		{"GPU", m.GPU},
		{"CUDA kernels", kernelLine(m.Kernels)},
		{"memory", fmt.Sprintf("%s, %s of it available", console.Bytes(m.Memory), console.Bytes(m.Free))},
		{"data", fmt.Sprintf("%s: %s%s", m.DataDir, there, missing)},
		{"disk", fmt.Sprintf("%s free for %s", console.Bytes(m.Disk), m.Out)},
	}
	if err := console.Table(e.stdout, "", rows); err != nil {
		return err
	}
	for _, w := range m.Warnings {
		fmt.Fprintln(e, "warning: "+w)
	}
	return nil
}

func examine(dataDir, out string) machine {
	m := machine{
		Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: cpuModel(), Cores: runtime.GOMAXPROCS(0),
		Features: features(), BLAS: blas.Describe(), CUDA: gpu.Describe(), Kernels: kernels.CompiledBy(),
		DataDir: dataDir, Datasets: map[string]bool{}, Out: out, Disk: freeDisk(out), Warnings: []string{},
	}
	m.GPU = gpuLine(m.CUDA)
	m.Warnings = append(m.Warnings, gpuWarnings(m.CUDA, m.Kernels)...)
	m.Memory, m.Free = memory()
	for _, l := range data.Datasets.Lines() {
		if k, err := data.Datasets.Get(l.Name); err == nil && len(k.Value.Needs) > 0 {
			m.Datasets[l.Name] = launch.Available(dataDir, l.Name)
		}
	}
	if w := blas.Warning(); w != "" {
		m.Warnings = append(m.Warnings, w)
	}
	return m
}

// names are the datasets that are there, or are not, in order.
func (m *machine) names(there bool) []string {
	var out []string
	for _, n := range data.Datasets.Names() {
		if has, known := m.Datasets[n]; known && has == there {
			out = append(out, n)
		}
	}
	return out
}

// features are the instruction sets that the program knows to use.
func features() []string {
	out := []string{}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"AVX2", cpu.X86.HasAVX2},
		{"FMA", cpu.X86.HasFMA},
		{"AVX-512F", cpu.X86.HasAVX512F},
		{"AVX-512DQ", cpu.X86.HasAVX512DQ},
		{"AVX-512BW", cpu.X86.HasAVX512BW},
		{"AVX-512VL", cpu.X86.HasAVX512VL},
		{"ASIMD", cpu.ARM64.HasASIMD},
	} {
		if f.has {
			out = append(out, f.name)
		}
	}
	return out
}

// procLine is the value behind "name :" in a file of /proc, "" where there is none.
func procLine(file, name string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for _, l := range strings.Split(string(b), "\n") {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func cpuModel() string {
	if m := procLine("/proc/cpuinfo", "model name"); m != "" {
		return m
	}
	return "unknown model"
}

// memory is the machine's memory and how much of it is available, in bytes; 0 where unknown.
func memory() (total, available int64) {
	read := func(name string) int64 {
		kib, _ := strconv.ParseInt(strings.TrimSuffix(procLine("/proc/meminfo", name), " kB"), 10, 64)
		return kib << 10
	}
	return read("MemTotal"), read("MemAvailable")
}

// freeDisk is the space that a user may still fill where dir is or would be; 0 where unknown.
func freeDisk(dir string) int64 {
	for {
		var s unix.Statfs_t
		if unix.Statfs(dir, &s) == nil {
			return int64(s.Bavail) * int64(s.Bsize)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return 0
		}
		dir = up
	}
}
