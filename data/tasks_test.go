package data

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	"noise2sparse/internal/dtype"
)

// labelled are samples whose value is their label and their row.
func labelled(n, classes int) Split {
	s := Split{X: Array{DType: dtype.Uint8, Shape: []int{n, 2}}}
	for i := range n {
		l := i % classes
		s.Labels = append(s.Labels, int32(l))
		s.X.Bytes = append(s.X.Bytes, byte(l), byte(i))
	}
	return s
}

func TestClassOrder(t *testing.T) {
	if o := ClassOrder(5, -1); !reflect.DeepEqual(o, []int{0, 1, 2, 3, 4}) {
		t.Errorf("without a seed: %v", o)
	}
	a, b, c := ClassOrder(100, 3), ClassOrder(100, 3), ClassOrder(100, 15)
	if !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, c) {
		t.Errorf("seeds 3, 3, 15: %v, %v, %v", a, b, c)
	}
	sort.Ints(a)
	if !reflect.DeepEqual(a, ClassOrder(100, -1)) {
		t.Errorf("not a permutation: %v", a)
	}
	// The order is on record: it must not change with the program.
	if got := fmt.Sprint(ClassOrder(10, 3)); got != wantOrder {
		t.Errorf("seed 3: %v, want %v", got, wantOrder)
	}
}

const wantOrder = "[0 6 8 2 3 5 7 4 1 9]"

func TestTasks(t *testing.T) {
	tasks, err := Tasks(ClassOrder(10, -1), 2)
	if err != nil || fmt.Sprint(tasks) != "[[0 1] [2 3] [4 5] [6 7] [8 9]]" {
		t.Errorf("%v, %v", tasks, err)
	}
	if tasks, err = Tasks([]int{4, 0, 2}, 2); err != nil || fmt.Sprint(tasks) != "[[4 0] [2]]" {
		t.Errorf("%v, %v", tasks, err)
	}
	for _, bad := range [][]int{{1, 1}, {-1}} {
		if _, err := Tasks(bad, 2); err == nil {
			t.Errorf("%v was divided", bad)
		}
	}
	if _, err := Tasks([]int{1}, 0); err == nil {
		t.Error("0 classes a task")
	}
}

func TestSplitFiles(t *testing.T) {
	d := &Dataset{Train: labelled(70, 7), Val: labelled(14, 7), Classes: 7}
	tasks, err := Tasks(ClassOrder(7, -1), 3)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new [a-z]", "splits") // a name that is no pattern
	infos, err := SplitTasks(d, tasks, dir)
	if err != nil || len(infos) != 3 || infos[0].Train != 30 || infos[2].Test != 2 {
		t.Fatalf("%+v, %v", infos, err)
	}
	// One task by its file; its test file lies beside it.
	one, err := Load(Options{Name: filepath.Join(dir, "split_train_1.pt")})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Split{one.Train, one.Val} {
		for i, l := range s.Labels {
			if l < 3 || l > 5 || s.X.Row(i)[0] != byte(l) {
				t.Errorf("label %d in task 1, value %d", l, s.X.Row(i)[0])
			}
		}
	}
	if one.Train.Len() != 30 || one.Val.Len() != 6 {
		t.Errorf("%v", one)
	}
	// All of them by their folder, and one of them chosen in it.
	all, err := Load(Options{Name: dir})
	if err != nil || all.Train.Len() != 70 || all.Val.Len() != 14 || all.Classes != 7 {
		t.Errorf("%v, %v", all, err)
	}
	chosen, err := Load(Options{Name: dir, Params: map[string]float64{"task": 1, "classes_per_task": 3}})
	if err != nil || !reflect.DeepEqual(chosen.Train, one.Train) || !reflect.DeepEqual(chosen.Val, one.Val) || chosen.Classes != 7 {
		t.Errorf("%v, %v", chosen, err)
	}
	// Nothing is overwritten.
	before, err := os.ReadFile(splitFile(dir, "train", 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(splitFile(dir, "test", 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := SplitTasks(d, tasks[1:], dir); err == nil || !strings.Contains(err.Error(), "already there") {
		t.Errorf("written over: %v", err)
	}
	if after, err := os.ReadFile(splitFile(dir, "train", 0)); err != nil || string(before) != string(after) {
		t.Errorf("changed: %v", err)
	}
	if _, err := Load(Options{Name: dir}); err == nil || !strings.Contains(err.Error(), "split_test_2.pt") {
		t.Errorf("a file is missing: %v", err)
	}
	if err := os.Rename(splitFile(dir, "train", 1), splitFile(dir, "train", 7)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{Name: dir}); err == nil || !strings.Contains(err.Error(), "split_train_1.pt is the first that is missing") {
		t.Errorf("a gap: %v", err)
	}
}

func TestTasksRefused(t *testing.T) {
	dir := tree(t, cifar10Files("cifar10/"))
	load := func(p map[string]float64) error {
		_, err := Load(Options{Dir: dir, Name: "cifar10", Params: p})
		return err
	}
	for want, p := range map[string]map[string]float64{
		"data.task: is 5; 10 classes in tasks of 2 make 5, so give 0 to 4":       {"task": 5},
		"no validation samples are of task 0":                                    {"task": 0},
		"data.task: is 0.5; give a whole number":                                 {"task": 0.5},
		"data.classes_per_task: is 0; give 1 to":                                 {"classes_per_task": 0},
		"data.tasks: is not a parameter of this dataset; did you mean \"task\"?": {"tasks": 1},
		"data.task: is 10; 10 classes in tasks of 1 make 10, so give 0 to 9":     {"task": 10, "classes_per_task": 1},
		"data.split_seed: is -2; give -1 to":                                     {"split_seed": -2},
	} {
		if err := load(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; want %q", p, err, want)
		}
	}
	d := &Dataset{Train: Split{X: labelled(4, 2).X}, Val: Split{X: labelled(4, 2).X}}
	if _, err := SplitTasks(d, nil, ""); err == nil {
		t.Error("samples without labels were divided")
	}
	if err := d.takeTask(params{"task": 0}); err == nil {
		t.Error("samples without labels were chosen from")
	}
}
