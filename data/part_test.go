package data

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// batchFile writes n records of CIFAR-10, whose pixels are their number.
func batchFile(t *testing.T, n int) string {
	t.Helper()
	var b []byte
	for i := range n {
		b = append(b, byte(i%10))
		b = append(b, slices.Repeat([]byte{byte(i)}, 3072)...)
	}
	path := filepath.Join(t.TempDir(), "some_batch.bin")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// All of a file without splits is either split; what is known of CIFAR-10 comes with it.
func TestLoadPart(t *testing.T) {
	path := batchFile(t, 12)
	for _, split := range []string{"train", "test"} {
		p, err := LoadPart(Options{Name: path}, split)
		if err != nil {
			t.Fatal(err)
		}
		if p.Len() != 12 || p.Image == nil || *p.Image != (Image{3, 32, 32}) || p.Classes != 10 || p.Labels[11] != 1 || p.X.Row(11)[0] != 11 {
			t.Errorf("%s: %d samples, %v, %d classes, labels %v", split, p.Len(), p.Image, p.Classes, p.Labels)
		}
		if len(p.Mean) != 3 || p.Mean[0] != 0.4914 || p.Std[2] != 0.2616 {
			t.Errorf("%s: mean %v, deviation %v", split, p.Mean, p.Std)
		}
	}
	d, err := Load(Options{Name: path, Params: map[string]float64{"val_fraction": 0.25}})
	if err != nil || d.Train.Len() != 9 || len(d.Mean) != 3 {
		t.Errorf("as a dataset: %v, %v", d, err)
	}
	if _, err := LoadPart(Options{Name: path}, "tset"); err == nil || !strings.Contains(err.Error(), "tset") {
		t.Errorf("an unknown split: %v", err)
	}
	if _, err := LoadPart(Options{Name: path + ".none"}, "test"); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("no file: %v", err)
	}
}
