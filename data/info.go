package data

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sort"

	"noise2sparse/internal/dtype"
)

// FileInfo describes a file of tensors.
type FileInfo struct {
	Path    string       `json:"path"`
	Format  string       `json:"format"`
	Bytes   int64        `json:"bytes"`
	SHA256  string       `json:"sha256"`                // of the file; of a folder, of its files' names and hashes
	Classes []string     `json:"class_names,omitempty"` // of pictures: what the labels stand for
	Tensors []TensorInfo `json:"tensors"`
}

// TensorInfo describes a tensor and its values.
type TensorInfo struct {
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
	// Min, Max and Mean are those of the finite values; absent where there are none.
	Min  *float64 `json:"min,omitempty"`
	Max  *float64 `json:"max,omitempty"`
	Mean *float64 `json:"mean,omitempty"`
	NaN  int      `json:"nan"`
	Inf  int      `json:"inf"`
	// Classes counts the values of an integer vector that looks like labels: whole numbers from
	// 0 on, fewer distinct ones than entries.
	Classes []ClassCount `json:"classes,omitempty"`
	SHA256  string       `json:"sha256"` // of element type, shape and bytes
}

// ClassCount is how many samples have a label.
type ClassCount struct {
	Label int `json:"label"`
	Count int `json:"count"`
}

// Info reads a file of any known format and describes it, one tensor in memory at a time where
// the format allows.
func Info(path string) (*FileInfo, error) {
	if !isThere(path) {
		return nil, fmt.Errorf("no file or folder %s; give its path", path) // DATA_DIR plays no part in it
	}
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	defer s.close()
	info := &FileInfo{Path: path, Format: s.format, Classes: s.classes, Tensors: []TensorInfo{}}
	hash := hashFile
	if isDir(path) {
		hash = hashFolder
	}
	if info.SHA256, info.Bytes, err = hash(path); err != nil {
		return nil, err
	}
	for i, d := range s.tensors {
		a, err := s.load(i)
		if err != nil {
			return nil, err
		}
		info.Tensors = append(info.Tensors, describe(d.name, a))
	}
	return info, nil
}

func hashFile(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}

// hashFolder hashes a line "name" hash for each regular file below a folder, in the order of their names,
// and adds up their sizes.
func hashFolder(folder string) (string, int64, error) {
	h, total := sha256.New(), int64(0)
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		sum, n, err := hashFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		total += n
		fmt.Fprintf(h, "%q %s\n", filepath.ToSlash(name), sum)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), total, err
}

// describe takes the statistics of one tensor. The mean is summed in float64.
func describe(name string, a Array) TensorInfo {
	t := TensorInfo{Name: name, DType: a.DType.String(), Shape: a.Shape, SHA256: arraySHA256(a)}
	if t.Shape == nil {
		t.Shape = []int{}
	}
	low, high, sum, finite := math.Inf(1), math.Inf(-1), 0.0, 0
	for i, n := 0, a.Len(); i < n; i++ {
		v := a.Float64(i)
		switch {
		case math.IsNaN(v):
			t.NaN++
		case math.IsInf(v, 0):
			t.Inf++
		default:
			low, high = min(low, v), max(high, v)
			sum += v
			finite++
		}
	}
	if finite > 0 {
		mean := sum / float64(finite)
		t.Min, t.Max, t.Mean = &low, &high, &mean
		if math.IsInf(mean, 0) { // the sum of float64 values can overflow
			t.Mean = nil
		}
	}
	if looksLikeLabels(a, low, high) {
		t.Classes = countClasses(a)
	}
	return t
}

// maxCounted is the largest label up to which classes are counted.
const maxCounted = 1000

func looksLikeLabels(a Array, low, high float64) bool {
	return len(a.Shape) == 1 && !a.DType.IsFloat() && a.DType != dtype.Bool &&
		low >= 0 && high <= maxCounted && high < float64(a.Len())
}

func countClasses(a Array) []ClassCount {
	counts := map[int]int{}
	for i, n := 0, a.Len(); i < n; i++ {
		counts[int(a.Float64(i))]++
	}
	if len(counts) == a.Len() {
		return nil // an index, such as 0, 1, 2, ...
	}
	out := make([]ClassCount, 0, len(counts))
	for l, c := range counts {
		out = append(out, ClassCount{l, c})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Label < out[j].Label })
	return out
}
