package data

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/atomicfile"
	"noise2sparse/internal/pickle"
	"noise2sparse/internal/torchfile"
)

// TaskInfo is a task of continual learning.
type TaskInfo struct {
	Classes []int    `json:"classes"`
	Train   int      `json:"train"` // samples
	Test    int      `json:"test"`
	Files   []string `json:"files,omitempty"`
}

// SplitTasks divides a dataset's samples by tasks, and writes them to dir where that is given: for task
// i the files split_train_<i>.pt and split_test_<i>.pt, each torch.save((images, labels)), as the
// reference has them. Files that are there already are an error, and stay; then nothing is written.
func SplitTasks(d *Dataset, tasks [][]int, dir string) ([]TaskInfo, error) {
	if d.Train.Labels == nil {
		return nil, errors.New("its samples have no labels to divide them by")
	}
	out := make([]TaskInfo, len(tasks))
	for i, classes := range tasks {
		out[i].Classes = classes
		for _, c := range classes {
			if c >= d.Classes {
				return nil, fmt.Errorf("class %d of task %d: the dataset has 0 to %d", c, i, d.Classes-1)
			}
			out[i].Train += count(d.Train.Labels, c)
			out[i].Test += count(d.Val.Labels, c)
		}
		if dir != "" {
			out[i].Files = []string{splitFile(dir, "train", i), splitFile(dir, "test", i)}
		}
	}
	if dir == "" {
		return out, nil
	}
	if err := vacant(out); err != nil {
		return nil, err
	}
	if err := atomicfile.MkdirAll(dir); err != nil {
		return nil, err
	}
	for i, t := range out {
		for j, s := range []Split{d.Train, d.Val} {
			if err := writeSplit(t.Files[j], s.OfClasses(tasks[i])); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// splitFile is the file of one split of a task.
func splitFile(dir, split string, task int) string {
	return filepath.Join(dir, fmt.Sprintf("split_%s_%d.pt", split, task))
}

func count(labels []int32, class int) int {
	n := 0
	for _, l := range labels {
		if int(l) == class {
			n++
		}
	}
	return n
}

// vacant names the files that are there already.
func vacant(tasks []TaskInfo) error {
	var there []string
	for _, t := range tasks {
		for _, f := range t.Files {
			if _, err := os.Lstat(f); err == nil || !errors.Is(err, fs.ErrNotExist) {
				there = append(there, f)
			}
		}
	}
	if there == nil {
		return nil
	}
	more := ""
	if n := len(there) - 3; n > 0 {
		there, more = there[:3], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("%s%s: already there; give another folder, or remove them", strings.Join(there, ", "), more)
}

func writeSplit(path string, s Split) error {
	labels := make([]int64, len(s.Labels))
	for i, l := range s.Labels {
		labels[i] = int64(l)
	}
	y, err := array.FromInt64s(labels, len(labels))
	if err != nil {
		return err
	}
	return atomicfile.WriteNewFunc(path, func(w io.Writer) error { return torchfile.Write(w, pickle.Tuple{s.X, y}) })
}
