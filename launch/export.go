package launch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"noise2sparse/convert"
	"noise2sparse/internal/array"
	"noise2sparse/internal/atomicfile"
	"noise2sparse/track"
)

// ExportOptions say what Export exports, and whereto.
type ExportOptions struct {
	Path      string // run folder, or one of its checkpoint folders
	File      string
	Format    string // safetensors, pt or npz; "": by the file's ending
	Names     string // ours or reference
	Optimizer bool   // pt: what it takes to go on training, too
	Force     bool   // replace a file that is there
	Version   string // of the program
}

// Exported is what `trainer export --json` prints.
type Exported struct {
	File       string   `json:"file"`
	Format     string   `json:"format"`
	Checkpoint string   `json:"checkpoint"`
	Epoch      int      `json:"epoch"`
	Step       uint64   `json:"step"`
	Tensors    []string `json:"tensors"` // name and shape, "hidden.0.weight float32 1000×256"
	Warnings   []string `json:"warnings,omitempty"`
}

// Export writes a run's parameters, from its newest intact checkpoint or the one given, into a file
// that other programs read. The file is whole or absent, and replaced only with Force.
func Export(o ExportOptions) (*Exported, error) {
	format, err := convert.Format(o.Format, o.File)
	switch {
	case err != nil:
		return nil, wrong("--format", "%v", err)
	case o.Names != "ours" && o.Names != "reference":
		return nil, wrong("--names", "is %q; give ours or reference", o.Names)
	case o.Optimizer && format != "pt":
		return nil, wrong("--optimizer", "only .pt files have a place for the optimizer; give --format pt")
	}
	switch there, err := os.Stat(o.File); {
	case err != nil: // absent; or what is wrong shows when it is written
	case !there.Mode().IsRegular():
		return nil, wrong("", "%s is there and no regular file; give another name with -o", o.File)
	case !o.Force:
		return nil, exists(o.File)
	}
	dir, path, err := track.Find(o.Path)
	if err != nil {
		return nil, wrong("", "%v", err)
	}
	if dir == "" {
		return nil, wrong("", "%s lies in no run folder, so its configuration is not known", path)
	}
	if _, err := os.Stat(o.File); err == nil && within(o.File, dir) {
		return nil, wrong("", "%s is a file of the run itself; give another name with -o", o.File)
	}
	out := &Evaluation{Run: dir}
	c, err := checkpointOf(dir, path, out)
	if err != nil {
		return nil, err
	}
	x, err := exportOf(dir, c, o)
	if err != nil {
		return nil, err
	}
	write := atomicfile.WriteNewFunc
	if o.Force {
		write = atomicfile.WriteFunc
	}
	err = write(o.File, func(w io.Writer) error { return x.Write(w, format) })
	if errors.Is(err, fs.ErrExist) {
		return nil, exists(o.File)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be written: %w", o.File, reason(err))
	}
	res := &Exported{File: o.File, Format: format, Checkpoint: c.Path, Epoch: x.Epoch, Step: x.Step, Warnings: out.Warnings}
	for _, t := range x.Params {
		res.Tensors = append(res.Tensors, t.Name+" "+t.Array.String())
	}
	return res, nil
}

// within tells whether a file lies below a folder.
func within(file, dir string) bool {
	rel, err := filepath.Rel(real(dir), filepath.Join(real(filepath.Dir(file)), filepath.Base(file)))
	return err == nil && filepath.IsLocal(rel)
}

// real is a path without links, where there are any.
func real(path string) string {
	if p, err := filepath.Abs(path); err == nil {
		path = p
	}
	if p, err := filepath.EvalSymlinks(path); err == nil {
		path = p
	}
	return path
}

func exists(file string) error {
	return wrong("", "%s is there already; give another name with -o, or --force to replace it", file)
}

// exportOf gathers what goes into the file.
func exportOf(dir string, c *track.Checkpoint, o ExportOptions) (*convert.Export, error) {
	e, err := loadConfig(dir, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: its configuration can't be read: %w", dir, err)
	}
	x := &convert.Export{
		Epoch: c.Manifest.Epoch, Step: c.Manifest.Step, Reference: o.Names == "reference",
	}
	cfg := e.Jobs()[0].Config
	x.Params, x.ProjectFirst = inOrder(c), cfg.Model.Projection == "before_noise"
	for _, t := range c.Optimizer {
		if !strings.Contains(t.Name, "/") { // the network's; others are of a parameter, a layer, the loop
			x.State = append(x.State, t)
		}
	}
	if !o.Optimizer {
		return x, nil
	}
	config, _, err := track.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	x.Training = &convert.Training{
		State: c.Optimizer, Optimizer: cfg.Optimizer, Loop: string(c.Manifest.State), Config: string(config), Version: o.Version,
	}
	return x, nil
}

// inOrder are the parameters in the order in which data pass through them, as a state dict has them:
// layer by layer, each weight before its bias. (Files of checkpoints are sorted by name.)
func inOrder(c *track.Checkpoint) []array.Named {
	out := slices.Clone(c.Model)
	slices.SortStableFunc(out, func(a, b array.Named) int { return strings.Compare(convert.Order(a.Name), convert.Order(b.Name)) })
	return out
}
