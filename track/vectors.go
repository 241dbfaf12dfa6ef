package track

import (
	"fmt"
	"io"
	"path/filepath"

	"noise2sparse/internal/array"
	"noise2sparse/internal/atomicfile"
)

const (
	neuronsName = "neurons"
	figuresName = "figures"
)

// WriteNeurons writes neurons/<epoch>.safetensors: vectors with one value per neuron, as they are
// after that many epochs. A resumed run writes the same epoch's again.
func (r *Run) WriteNeurons(epoch int, vectors []array.Named) error {
	dir := filepath.Join(r.dir, neuronsName)
	if err := atomicfile.MkdirAll(dir); err != nil {
		return explain(dir, "cannot make the folder", err)
	}
	path := filepath.Join(dir, fmt.Sprintf("%d.safetensors", epoch))
	return explain(path, "cannot write", atomicfile.WriteFunc(path, func(w io.Writer) error {
		return writeTensors(w, vectors)
	}))
}

// Figure makes the folder for drawings and returns the path of the one with that file name, to be
// written whole or not at all.
func (r *Run) Figure(name string) (string, error) {
	dir := filepath.Join(r.dir, figuresName)
	if err := atomicfile.MkdirAll(dir); err != nil {
		return "", explain(dir, "cannot make the folder", err)
	}
	return filepath.Join(dir, name), nil
}
