package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/pickle"
	"noise2sparse/internal/torchfile"
)

// fourClasses writes 40 samples of two values with labels 0 to 3 as torch.save((samples, labels)) does.
func fourClasses(t *testing.T, dir string) string {
	t.Helper()
	x, err := array.FromFloat32s(make([]float32, 80), 40, 2)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int64, 40)
	for i := range labels {
		labels[i] = int64(i % 4)
	}
	y, err := array.FromInt64s(labels, 40)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "four.pt")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := torchfile.Write(f, pickle.Tuple{x, y}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDataSplit(t *testing.T) {
	dir := t.TempDir()
	file, out := fourClasses(t, dir), filepath.Join(dir, "splits")
	var got struct {
		Classes int
		Tasks   []struct {
			Classes     []int
			Train, Test int
			Files       []string
		}
	}
	must(t, "data", "split", file, "--order", "3,1,0,2", "--out", out, "--json").lastJSON(t, &got)
	if got.Classes != 4 || len(got.Tasks) != 2 || got.Tasks[0].Classes[0] != 3 || got.Tasks[1].Train != 18 || len(got.Tasks[1].Files) != 2 {
		t.Errorf("%+v", got)
	}
	if a := must(t, "data", "info", out); !strings.Contains(a.out, "split files") || !strings.Contains(a.out, "train.labels") {
		t.Errorf("data info of the folder:\n%s", a.out)
	}
	if a := must(t, "data", "split", "--seed", "3", file, "--classes-per-task", "3"); !strings.Contains(a.out, "TASK  CLASSES") || strings.Count(a.out, "\n") != 3 {
		t.Errorf("a seed:\n%s", a.out)
	}
	for _, c := range []struct {
		args []string
		exit int
		want string
	}{
		{[]string{file, "--out", out}, 1, "split_train_0.pt"},
		{[]string{file, "--order", "1,1"}, 2, "--order: class 1 is there twice"},
		{[]string{file, "--order", "1,9"}, 1, "class 9 of task 0: the dataset has 0 to 3"},
		{[]string{file, "--order", "1,x"}, 2, `"x" is not a class`},
		{[]string{file, "--order", "1,0", "--seed", "3"}, 2, "give one of them"},
		{[]string{file, "--seed", "-5"}, 2, "--seed is -5; give 0 or more"},
		{[]string{file, "--classes-per-task", "0"}, 2, "--classes-per-task is 0; give at least 1"},
		{[]string{}, 2, "a dataset or a file of data"},
	} {
		if a := trainer(t, append([]string{"data", "split"}, c.args...)...); a.code != c.exit || !strings.Contains(a.errOut, c.want) {
			t.Errorf("data split %v: exit status %d, said %q; want %d and %q", c.args, a.code, a.errOut, c.exit, c.want)
		}
	}
}
