package launch

import (
	"bufio"
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"noise2sparse/data"
	"noise2sparse/launch/console"
	"noise2sparse/model"
	"noise2sparse/train"
)

// checkFit says, before any folder is made, where a run does not fit its data or this machine.
func checkFit(c train.Config, d *data.Dataset) error {
	if err := train.CheckData(c, d); err != nil {
		return wrong("", "%v", err)
	}
	return checkMemory(leastMemory(c, d), AvailableMemory())
}

// checkMemory refuses what needs more bytes than there are; 0 there means that is not known.
func checkMemory(need, have float64) error {
	if have == 0 || need <= have {
		return nil
	}
	return wrong("model", "training it needs at least %s of memory, and this machine has %s free; fewer model.hidden or a smaller batch_size need less", bytesText(need), bytesText(have))
}

// leastMemory is a lower bound of the bytes that a run allocates: parameters, gradients, the
// optimizer's moments, and the hidden layers' activations. Variants and scratch are left out.
func leastMemory(c train.Config, d *data.Dataset) float64 {
	in := d.Train.X.RowLen()
	size, out := 4.0, in
	if c.Compute.Precision == "float64" {
		size = 8
	}
	if c.Task == "classification" {
		out = d.Classes
	}
	spec := model.Spec{Input: in, Output: out, Batch: c.BatchSize}
	if d.Image != nil {
		spec.Image = &model.Image{Channels: d.Image.Channels, Height: d.Image.Height, Width: d.Image.Width}
	}
	parameters, activations := c.Model.Least(spec)
	return size * (parameters*(2+moments(c.Optimizer.Kind)) + activations)
}

// LikelyMemory is what a run takes in bytes, with the process that it is in, of which leastMemory counts so
// many.
func LikelyMemory(least float64) float64 {
	const (
		twice   = 2     // what is counted is a lower bound
		process = 200e6 // what a process takes beside
	)
	return twice*least + process
}

// moments is how many tensors of the parameters' size an optimizer keeps, at least.
func moments(kind string) float64 {
	switch kind {
	case "adam", "adamw", "sparse_adam", "demon_adam":
		return 2
	case "sgd_momentum", "rmsprop", "adagrad":
		return 1
	}
	return 0
}

func bytesText(n float64) string { return console.Bytes(int64(math.Min(n, 1<<62))) }

// AvailableMemory is what this process can still allocate without pushing others out, in bytes: what
// the kernel says, or the limit of the process's group where that is less. 0: not known.
func AvailableMemory() float64 {
	meminfo, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	have := memAvailable(string(meminfo))
	group, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return have
	}
	for _, file := range limitFiles(string(group)) {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseFloat(strings.TrimSpace(string(b)), 64); err == nil && limit > 0 && limit < have {
			have = limit // "max" does not parse: no limit
		}
	}
	return have
}

// memAvailable reads /proc/meminfo; 0 where it does not say.
func memAvailable(meminfo string) float64 {
	for s := bufio.NewScanner(strings.NewReader(meminfo)); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) == 3 && f[0] == "MemAvailable:" && f[2] == "kB" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return 1024 * kb
		}
	}
	return 0
}

// limitFiles are the files with the memory limits of the groups that /proc/self/cgroup names, and of
// those above them: a group is bound by all of them.
func limitFiles(cgroup string) []string {
	var files []string
	for line := range strings.Lines(cgroup) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		root, name := "/sys/fs/cgroup", "memory.max"
		switch {
		case f[1] == "memory":
			root, name = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		case f[1] != "":
			continue
		}
		for dir := path.Clean("/" + f[2]); ; dir = path.Dir(dir) {
			files = append(files, filepath.Join(root, dir, name))
			if dir == "/" {
				break
			}
		}
	}
	return files
}
