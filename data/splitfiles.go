package data

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
)

var errNoSplits = errors.New("no split_train_0.pt")

// openSplits opens a folder of the reference's split files, split_train_0.pt, split_test_0.pt and so
// on: all tasks together, one after the other. errNoSplits: there are none.
func openSplits(folder string) (*source, error) {
	if !isFile(splitFile(folder, "train", 0)) {
		return nil, errNoSplits
	}
	n := 0
	for isFile(splitFile(folder, "train", n)) {
		n++
	}
	if all := matching(folder, "split_train_", ".pt"); len(all) != n {
		return nil, fmt.Errorf("%s: %d files split_train_*.pt, of which %s is the first that is missing", folder, len(all), filepath.Base(splitFile(folder, "train", n)))
	}
	var named []Named
	for _, split := range []string{"train", "test"} {
		var joined Split
		for i := range n {
			if err := appendFile(&joined, splitFile(folder, split, i)); err != nil {
				return nil, err
			}
		}
		named = append(named, Named{Name: split + ".images", Array: joined.X}, Named{Name: split + ".labels", Array: labelArray(joined.Labels)})
	}
	return loaded("split files", named), nil
}

// appendFile adds the samples of a file, which must be like those before.
func appendFile(to *Split, path string) error {
	s, err := openSource(path)
	if err != nil {
		return err
	}
	defer s.close()
	part, err := s.split(nil)
	if err != nil {
		return err
	}
	if part.Labels == nil || len(part.Labels) != part.Len() {
		return fmt.Errorf("%s: %d samples and %d labels", path, part.Len(), len(part.Labels))
	}
	if to.Labels == nil {
		*to = part
		to.X.Bytes = bytes.Clone(part.X.Bytes) // what follows is appended to bytes of its own
		return nil
	}
	if part.X.DType != to.X.DType || fmt.Sprint(part.X.Shape[1:]) != fmt.Sprint(to.X.Shape[1:]) {
		return fmt.Errorf("%s: samples of %v, and those of the tasks before are of %v", path, part.X, to.X)
	}
	to.X.Bytes = append(to.X.Bytes, part.X.Bytes...)
	to.Labels = append(to.Labels, part.Labels...)
	to.X.Shape = append([]int{len(to.Labels)}, to.X.Shape[1:]...)
	return nil
}
