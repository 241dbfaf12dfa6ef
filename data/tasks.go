package data

import (
	"fmt"
	"math"

	"noise2sparse/internal/philox"
	"noise2sparse/internal/problem"
)

// taskParams choose a task of continual learning (Split-CIFAR and its kin): a dataset's classes are
// divided into tasks, and a run sees one of them.
var taskParams = []Param{
	{
		Name: "task", Default: -1, Min: -1, Max: maxClasses, Integer: true,
		Doc: "learn only this task of continual learning, counted from 0; -1: all classes",
	},
	{
		Name: "classes_per_task", Default: 2, Min: 1, Max: maxClasses, Integer: true,
		Doc: "classes of a task",
	},
	{
		Name: "split_seed", Default: -1, Min: -1, Max: 1 << 53, Integer: true,
		Doc: "seed of the order in which classes come; -1: 0, 1, 2, ...",
	},
}

// orderEpoch keeps the order of classes apart from the epochs' orders of samples, which are drawn with
// the same keyed permutation.
const orderEpoch = math.MaxUint64

// ClassOrder is the order in which n classes come: 0, 1, 2, ... for a negative seed, else a permutation
// that depends on the seed and n alone, on any machine.
func ClassOrder(n int, seed int64) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
		if seed >= 0 {
			order[i] = philox.Permute(uint64(seed), orderEpoch, n, i)
		}
	}
	return order
}

// Tasks divides classes into tasks of perTask in their order; the last task takes what remains. Each
// class must be there once.
func Tasks(order []int, perTask int) ([][]int, error) {
	if perTask < 1 {
		return nil, fmt.Errorf("%d classes a task; give at least 1", perTask)
	}
	seen := map[int]bool{}
	for _, c := range order {
		if c < 0 || seen[c] {
			return nil, fmt.Errorf("class %d is there twice, or negative", c)
		}
		seen[c] = true
	}
	var tasks [][]int
	for lo := 0; lo < len(order); lo += perTask {
		tasks = append(tasks, order[lo:min(len(order), lo+perTask)])
	}
	return tasks, nil
}

// OfClasses returns the samples of some classes, in the order of the rows; labels stay as they are.
func (s Split) OfClasses(classes []int) Split {
	wanted := map[int32]bool{}
	for _, c := range classes {
		wanted[int32(c)] = true
	}
	out := Split{X: s.X, Labels: []int32{}}
	out.X.Bytes = nil
	n := 0
	for _, l := range s.Labels {
		if wanted[l] {
			n++
		}
	}
	out.X.Bytes = make([]byte, 0, n*s.X.RowBytes())
	for i, l := range s.Labels {
		if wanted[l] {
			out.X.Bytes = append(out.X.Bytes, s.X.Row(i)...)
			out.Labels = append(out.Labels, l)
		}
	}
	out.X.Shape = append([]int{n}, s.X.Shape[1:]...)
	return out
}

// wrongTask is an error of the configuration, not of the data.
func wrongTask(format string, args ...any) error {
	return &problem.Error{Problems: []problem.Problem{{Path: "data.task", Text: fmt.Sprintf(format, args...)}}}
}

// takeTask keeps one task where the parameters say so. The number of classes stays that of the whole
// dataset, so networks for different tasks fit each other.
func (d *Dataset) takeTask(p params) error {
	if _, ok := p["task"]; !ok || p["task"] < 0 {
		return nil
	}
	if d.Train.Labels == nil {
		return wrongTask("is %d, but the samples have no labels to choose them by", p.int("task"))
	}
	tasks, err := Tasks(ClassOrder(d.Classes, int64(p["split_seed"])), p.int("classes_per_task"))
	if err != nil {
		return err
	}
	i := p.int("task")
	if i >= len(tasks) {
		return wrongTask("is %d; %d classes in tasks of %d make %d, so give 0 to %d", i, d.Classes, p.int("classes_per_task"), len(tasks), len(tasks)-1)
	}
	for _, s := range d.splits() {
		if *s.Split = s.OfClasses(tasks[i]); s.Len() == 0 {
			return fmt.Errorf("no %s samples are of task %d (classes %v)", s.what, i, tasks[i])
		}
	}
	return nil
}
