package data

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"noise2sparse/internal/problem"
	"noise2sparse/internal/registry"
)

func init() {
	Datasets.Register(registry.Entry[Kind]{
		Name: "file",
		Doc:  "any file of samples (and labels), or folder of pictures: give its path as the dataset's name, such as ./vectors.pt",
		Value: Kind{
			Params: fileKind.Params,
		},
	})
}

// fileKind is the kind of a dataset that is named by its path.
var fileKind = Kind{
	Params: []Param{{
		Name: "val_fraction", Default: 0.1, Min: 1e-6, Max: 0.9,
		Doc: "share of the samples, the last ones, that is held out where no test file lies beside the file",
	}, {
		Name: "channels", Default: 3, Min: 1, Max: 3, Integer: true,
		Doc: "of pictures: 3 (red, green, blue) or 1 (grey)",
	}},
	check: func(p params, ps *problem.List) {
		if p.int("channels") == 2 {
			ps.Addf("channels", "is 2; give 1 (grey) or 3 (red, green, blue)")
		}
	},
	load: func(o Options, p params) (*Dataset, error) {
		path, err := findFile(o)
		if err != nil {
			return nil, err
		}
		return loadPath(path, p)
	},
}

// extensions mark a name as that of a file.
var extensions = []string{".pt", ".pth", ".ckpt", ".safetensors", ".npy", ".npz", ".gz", ".idx", "-ubyte", ".tar", ".tgz", ".bin", ".pkl", ".pickle"}

// isPath tells whether a dataset's name is a path rather than a registered name.
func isPath(name string) bool {
	if strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator) {
		return true
	}
	for _, e := range extensions {
		if strings.HasSuffix(strings.ToLower(name), e) {
			return true
		}
	}
	return false
}

// loadPath loads a file or a folder, and the validation samples from, in this order: tensors of the
// same file that are called so, a file beside it ("test" or "val" in the place of "train" in its
// name), the last samples of the file.
func loadPath(path string, p params) (*Dataset, error) {
	s, err := open(path, p.int("channels"))
	if err != nil {
		return nil, err
	}
	defer s.close()
	d := &Dataset{Files: []string{path}}
	if f := s.cifarFacts(); f != nil {
		d.Mean, d.Std = f.Mean, f.Std
	}
	if hasSplits(s.tensors) {
		if err := d.loadSplits(s); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return d, nil
	}
	if d.Train, err = s.split(nil); err != nil {
		return nil, err
	}
	if err := d.addIDXLabels(&d.Train, path, s.format); err != nil {
		return nil, err
	}
	beside, err := besideFile(path)
	if err != nil {
		return nil, err
	}
	if beside == "" {
		return d, d.holdOut(p["val_fraction"])
	}
	d.Files = append(d.Files, beside)
	v, err := open(beside, p.int("channels"))
	if err != nil {
		return nil, err
	}
	defer v.close()
	if d.Val, err = v.split(nil); err != nil {
		return nil, err
	}
	if err := renameClasses(d.Val.Labels, v.classes, s.classes); err != nil {
		return nil, fmt.Errorf("%s: %w", beside, err)
	}
	return d, d.addIDXLabels(&d.Val, beside, v.format)
}

// findFile looks where the path says, and, for relative ones, below DATA_DIR.
func findFile(o Options) (string, error) {
	_, err := os.Stat(o.Name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return o.Name, nil // opening it says what is wrong, if anything is
	}
	if filepath.IsAbs(o.Name) {
		return "", fmt.Errorf("no file %s; correct the path", o.Name)
	}
	below := filepath.Join(o.Dir, o.Name)
	if _, err := os.Stat(below); err == nil {
		return below, nil
	}
	return "", fmt.Errorf("no file %s, and no file %s; correct the path, or say where the datasets lie with --data-dir or %s", o.Name, below, EnvDir)
}

// split loads the samples and the labels of one split.
func (s *source) split(words []string) (Split, error) {
	fail := func(err error) (Split, error) { return Split{}, fmt.Errorf("%s: %w", s.path, err) }
	x, y, err := pick(s.tensors, words)
	if err != nil {
		return fail(err)
	}
	out := Split{file: s.path}
	if out.X, err = s.load(x); err != nil {
		return Split{}, err
	}
	if y < 0 {
		return out, nil
	}
	labels, err := s.load(y)
	if err != nil {
		return Split{}, err
	}
	if out.Labels, err = toLabels(labels); err != nil {
		return fail(fmt.Errorf("tensor %q: %w", s.tensors[y].name, err))
	}
	return out, nil
}

// hasSplits tells whether a file holds a training and a validation split by their names.
func hasSplits(tensors []description) bool {
	train, val := false, false
	for _, d := range tensors {
		w := splitOf(d.name)
		train = train || indexOf(trainNames, w) >= 0
		val = val || indexOf(valNames, w) >= 0
	}
	return train && val
}

func (d *Dataset) loadSplits(s *source) (err error) {
	if d.Train, err = s.split(trainNames); err != nil {
		return err
	}
	d.Val, err = s.split(valNames)
	return err
}

// holdOut makes the last samples the validation split: at least one, and at least one stays.
func (d *Dataset) holdOut(fraction float64) error {
	n := d.Train.Len()
	if n < 2 {
		return fmt.Errorf("%s: %d samples are too few to hold one out for validation", d.Files[0], n)
	}
	k := min(max(1, int(math.Round(float64(n)*fraction))), n-1)
	all := d.Train
	d.Train.X, d.Val.X = all.X.Slice(0, n-k), all.X.Slice(n-k, n)
	d.Val.file, d.Val.first = all.file, n-k
	if all.Labels != nil {
		if len(all.Labels) != n {
			return fmt.Errorf("%s: %d samples and %d labels", d.Files[0], n, len(all.Labels))
		}
		d.Train.Labels, d.Val.Labels = all.Labels[:n-k], all.Labels[n-k:]
	}
	return nil
}

// besideFile is the file of validation samples beside a file of training samples, or "".
func besideFile(path string) (string, error) {
	folder, name := filepath.Split(path)
	if !strings.Contains(name, "train") {
		return "", nil
	}
	for _, w := range []string{"test", "val", "t10k"} {
		p := filepath.Join(folder, strings.Replace(name, "train", w, 1))
		switch _, err := os.Stat(p); {
		case err == nil:
			return p, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return "", nil
}

// addIDXLabels reads the labels that lie in a file of their own beside IDX images.
func (d *Dataset) addIDXLabels(s *Split, path, format string) error {
	folder, name := filepath.Split(path)
	if format != "IDX" || !strings.Contains(name, "images") {
		return nil
	}
	name = strings.Replace(strings.Replace(name, "images", "labels", 1), "idx3", "idx1", 1)
	found, err := findIDX(folder, strings.TrimSuffix(name, ".gz"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // images without labels
	}
	if err != nil {
		return err
	}
	if s.Labels, err = readLabels(found); err == nil {
		d.Files = append(d.Files, found)
	}
	return err
}
