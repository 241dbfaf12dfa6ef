package data

import (
	"errors"
	"fmt"
	"strings"
)

// sampleNames and labelNames are what tensors are commonly called, once a split's suffix or
// prefix (x_train, train_images) is taken off.
var (
	sampleNames = []string{"x", "images", "data", "samples", "features", "latents", "vectors", "arr_0"}
	labelNames  = []string{"y", "labels", "targets", "label", "target"}
	trainNames  = []string{"train"}
	valNames    = []string{"val", "valid", "validation", "test"}
)

// pick finds the samples and the labels among a file's tensors. split is nil for a file that is
// one split, or the words for the split that is wanted. The index of the labels is -1 where there
// are none.
//
// Samples are the only tensor of 2 to 4 dimensions, else the one with a common name; labels are
// the only integer vector with one entry per sample, else the one with a common name.
func pick(tensors []description, split []string) (x, y int, err error) {
	x, err = choose(tensors, sampleNames, split, func(d description) bool {
		return len(d.shape) >= 2 && len(d.shape) <= 4
	})
	if err != nil {
		return 0, 0, err
	}
	if x < 0 {
		return 0, 0, errors.New("no tensor of samples × values in it; it holds " + list(tensors))
	}
	y, err = choose(tensors, labelNames, split, func(d description) bool {
		return len(d.shape) == 1 && !d.dtype.IsFloat() && d.shape[0] == tensors[x].shape[0]
	})
	return x, y, err
}

// choose returns the index of the only fitting tensor, or among several the one with one of the
// names, or -1 where none fits.
func choose(tensors []description, names, split []string, fits func(description) bool) (int, error) {
	var found []int
	for i, d := range tensors {
		if fits(d) && (split == nil || indexOf(split, splitOf(d.name)) >= 0) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 0:
		return -1, nil
	case 1:
		return found[0], nil
	}
	for _, n := range names {
		for _, i := range found {
			if bare(tensors[i].name) == n {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("several tensors could be meant; call one of them %q: it holds %s", names[0], list(tensors))
}

// splitOf is the word for a split at the begin or the end of a tensor's name, or "".
func splitOf(name string) string {
	low := strings.ToLower(name)
	for _, words := range [][]string{trainNames, valNames} {
		for _, w := range words {
			if strings.HasPrefix(low, w+"_") || strings.HasPrefix(low, w+".") ||
				strings.HasSuffix(low, "_"+w) || strings.HasSuffix(low, "."+w) || low == w {
				return w
			}
		}
	}
	return ""
}

// bare is a tensor's name without the word for its split: "x" of "x_train" and of "train.x".
func bare(name string) string {
	low := strings.ToLower(name)
	if w := splitOf(name); w != "" {
		low = strings.TrimPrefix(strings.TrimPrefix(low, w+"_"), w+".")
		low = strings.TrimSuffix(strings.TrimSuffix(low, "_"+w), "."+w)
	}
	return low
}

// list names a few tensors, for messages.
func list(tensors []description) string {
	if len(tensors) == 0 {
		return "no tensors"
	}
	var s []string
	for i, d := range tensors {
		if i == 5 {
			s = append(s, fmt.Sprintf("and %d more", len(tensors)-i))
			break
		}
		s = append(s, d.String())
	}
	return strings.Join(s, ", ")
}
