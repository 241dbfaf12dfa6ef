package data

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"noise2sparse/internal/problem"
)

// EnvDir is the environment variable that names the folder of datasets.
const EnvDir = "NOISE2SPARSE_DATA"

// Dir is the folder in which datasets lie: flag where given, else $NOISE2SPARSE_DATA, else the
// folder noise2sparse in the user's cache folder (or in the temporary one, where there is none).
func Dir(flag string) string {
	if flag != "" {
		return flag
	}
	if d := os.Getenv(EnvDir); d != "" {
		return d
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "noise2sparse")
}

// Check records what is wrong with a dataset's name and parameters, before any file is opened.
// Parameters are recorded under "data.<name>", the name under "dataset".
func Check(name string, given map[string]float64, ps *problem.List) {
	check(name, given, ps)
}

func check(name string, given map[string]float64, ps *problem.List) (Kind, params) {
	kind := fileKind
	if !isPath(name) {
		e, err := Datasets.Get(name)
		if err != nil {
			ps.Addf("dataset", "%v; a file is named by its path, such as ./%s.pt", err, name)
			return kind, nil
		}
		kind = e.Value
		if kind.load == nil {
			ps.Addf("dataset", "%q stands for any file: give its path, such as ./vectors.pt", name)
			return kind, nil
		}
	}
	before := len(ps.All())
	p := resolve(kind.params(), given, ps.At("data"))
	if kind.check != nil && len(ps.All()) == before {
		kind.check(p, ps.At("data"))
	}
	return kind, p
}

// Load reads or generates a dataset and checks all of it: shapes, labels, and that every value
// is finite. Errors name the file and the row.
func Load(o Options) (*Dataset, error) {
	var ps problem.List
	kind, p := check(o.Name, o.Params, &ps)
	if err := ps.Err(); err != nil {
		return nil, err
	}
	d, err := kind.load(o, p)
	if err != nil && !kind.Available(o.Dir) && fetchable(o.Name) {
		err = fmt.Errorf("%w, or fetch it: trainer data get %s", err, o.Name)
	}
	if err == nil {
		d.Name = o.Name
		if f := kind.Facts; f != nil {
			d.Mean, d.Std = f.Mean, f.Std
		}
		err = d.finish()
	}
	if err == nil {
		err = d.takeTask(p)
	}
	if err == nil {
		err = d.limit(o.Limit)
	}
	if err == nil {
		err = d.scale(o.Scaling)
	}
	switch {
	case err == nil:
		return d, nil
	case strings.Contains(err.Error(), o.Name): // a file's name is in it already
		return nil, err
	}
	return nil, fmt.Errorf("dataset %s: %w", o.Name, err)
}

// fetchable tells whether `trainer data get` knows where a dataset is published.
func fetchable(name string) bool {
	s, err := Sources.Get(name)
	return err == nil && len(s.Value.Files) > 0 && len(s.Value.Files[0].URLs) > 0
}

// limit keeps the first n training samples. The validation samples all stay.
func (d *Dataset) limit(n *int) error {
	if n == nil {
		return nil
	}
	if *n < 1 || *n > d.Train.Len() {
		return &problem.Error{Problems: []problem.Problem{{Path: "dataset_size", Text: fmt.Sprintf("is %d; give 1 to %d, the number of training samples", *n, d.Train.Len())}}}
	}
	d.Train.X = d.Train.X.Slice(0, *n)
	if d.Train.Labels != nil {
		d.Train.Labels = d.Train.Labels[:*n]
	}
	return nil
}

// missing explains that a file is not there, and how to say where it is.
func missing(path string) error {
	return fmt.Errorf("no file %s; say where the datasets lie with --data-dir or %s", path, EnvDir)
}
