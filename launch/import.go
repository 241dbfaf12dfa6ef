package launch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"noise2sparse/convert"
	"noise2sparse/data"
	"noise2sparse/experiment"
	"noise2sparse/internal/array"
	"noise2sparse/internal/problem"
	"noise2sparse/track"
	"noise2sparse/train"
)

// defaultBase is the experiment that says what a file leaves open.
const defaultBase = "relu_noise08"

// ImportOptions say what Import imports, and whereto.
type ImportOptions struct {
	File       string
	Experiment string   // what the file leaves open; "": what it carries, else the default run
	Set        []string // overrides upon that and upon what the file says
	Out        string   // folder of all runs
	Fresh      bool     // import again, beside the run that is there
	DataDir    string   // folder of the datasets; used for attention alone
	Device     Device
	Version    string // of the program
}

// Imported is what `trainer import --json` prints.
type Imported struct {
	File       string   `json:"file"`
	Format     string   `json:"format"`
	Dir        string   `json:"dir"`
	Checkpoint string   `json:"checkpoint"`
	Base       string   `json:"base"` // the experiment beneath
	Epoch      int      `json:"epoch"`
	Epochs     int      `json:"epochs"`
	Step       uint64   `json:"step"`
	Fields     []string `json:"fields"` // what the file says: "model.hidden=[1000]"
	Tensors    []string `json:"tensors"`
	Moments    int      `json:"moments"` // tensors of the optimizer that were taken
	Notes      []string `json:"notes,omitempty"`
}

// Import makes a run of a checkpoint or state dict of PyTorch: a folder with a configuration and
// one checkpoint, which can be evaluated, resumed and exported. It needs no dataset, but for attention.
func Import(o ImportOptions) (*Imported, error) {
	if err := o.Device.Check(); err != nil {
		return nil, err
	}
	im, err := convert.Read(o.File)
	if err != nil {
		return nil, err
	}
	e, base, err := importConfig(o, im)
	if err != nil {
		return nil, err
	}
	job := e.Jobs()[0]
	dir, action, err := folderFor(o.Out, e.Name, job.ID, o.Fresh)
	if err != nil {
		return nil, err
	}
	if action != Begin {
		return nil, wrong("", "%s is there already; import it again beside that with --fresh", dir)
	}
	res := &Imported{
		File: o.File, Format: im.Format, Dir: dir, Base: base, Epoch: im.Epoch, Epochs: job.Config.Epochs, Step: im.Step,
		Fields: im.Overrides, Moments: len(im.Moments), Notes: im.Notes,
	}
	for _, t := range im.Params {
		res.Tensors = append(res.Tensors, t.Name+" "+t.Array.String())
	}
	if err := res.write(o, im, &Task{Job: job, experiment: e}); err != nil {
		return nil, err
	}
	if im.Epoch >= job.Config.Epochs {
		res.Notes = append(res.Notes, fmt.Sprintf("it has done %d epochs and is configured for %d; to train on, resume it with --set epochs=%d", im.Epoch, job.Config.Epochs, 2*max(1, im.Epoch)))
	}
	return res, nil
}

var foreign = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// importConfig resolves the configuration: the base, what the file says, what the user says.
func importConfig(o ImportOptions, im *convert.Import) (e *experiment.Experiment, base string, err error) {
	base = o.Experiment
	ref := base
	switch {
	case ref == "" && im.Config != "":
		var remove func()
		if ref, remove, err = carried(im.Config); err != nil {
			return nil, "", err
		}
		defer remove()
		base = o.File
	case ref == "":
		base, ref = defaultBase, defaultBase
	}
	stem := strings.TrimSuffix(filepath.Base(o.File), filepath.Ext(o.File))
	sets := append([]string{"name=import-" + foreign.ReplaceAllString(stem, "-")}, im.Overrides...)
	e, err = experiment.Load(ref, append(sets, o.Set...))
	if err != nil {
		return nil, "", saidBy(err, o.File, im.Overrides)
	}
	if n := len(e.Jobs()); n > 1 {
		return nil, "", wrong("--exp", "%s sweeps %d jobs and a file is one; pin what it sweeps with --set, or give --set grid={}", base, n)
	}
	return e, base, nil
}

// carried puts the experiment file that a checkpoint carries where it can be loaded from.
func carried(config string) (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "noise2sparse-import-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	path = filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}

// saidBy names the file, not --set, where what the file says is at fault.
func saidBy(err error, file string, overrides []string) error {
	var p *problem.Error
	if !errors.As(err, &p) {
		return err
	}
	out := &problem.Error{}
	for _, one := range p.Problems {
		for _, o := range overrides {
			one.Path = strings.ReplaceAll(one.Path, "--set "+o, file+" asks for "+o)
			one.Text = strings.ReplaceAll(one.Text, "--set "+o, file+" asks for "+o)
		}
		out.Problems = append(out.Problems, one)
	}
	return out
}

// write makes the run's folder. Everything that can be wrong with the tensors is found before.
func (res *Imported) write(o ImportOptions, im *convert.Import, t *Task) (err error) {
	b, err := o.Device.open(t.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	like := &data.Dataset{Name: t.Config.Dataset}
	if im.Images != nil {
		if like, err = o.imagesOf(t.Config, im); err != nil {
			return err
		}
	}
	if im.Input == 0 { // attention: the data decide
		set, err := newDatasets(o.DataDir, nil).get(t.Config)
		if err != nil {
			return err
		}
		im.Input, im.Output = set.Dim(), set.Dim()
	}
	shape := &data.Dataset{Train: data.Split{X: data.Array{Shape: []int{1, im.Input}}}, Classes: im.Output, Image: like.Image}
	if err := checkMemory(leastMemory(t.Config, shape), AvailableMemory()); err != nil {
		return err
	}
	versions := train.Job{Backend: b, Version: o.Version}.Versions()
	delete(versions, "data_sha256")
	snap, unused, err := train.Adopt(b, t.Config, train.Adopted{
		Like: like, Input: im.Input, Output: im.Output, Model: im.Params, State: append(im.State, im.Moments...),
		Epochs: im.Epoch, Steps: im.Step, Loop: []byte(im.Loop),
	}, versions)
	if err != nil {
		return fmt.Errorf("%s: %w; the network is that of %s, and can be changed with --exp and --set", o.File, err, res.Base)
	}
	if len(unused) > 0 {
		res.Moments -= len(unused)
		res.Notes = append(res.Notes, fmt.Sprintf("%d tensors of state have no place in a run with optimizer %s: %s", len(unused), t.Config.Optimizer.Kind, strings.Join(unused[:min(3, len(unused))], ", ")))
	}
	config, err := t.yaml()
	if err != nil {
		return err
	}
	folder, err := track.Create(res.Dir, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	source, err := filepath.Abs(o.File)
	if err != nil {
		source = o.File
	}
	err = folder.Start(track.Attempt{
		Epoch: im.Epoch, Step: im.Step, Epochs: t.Config.Epochs, Device: b.Device().Name, Checkpoint: source, Versions: versions,
	}, config)
	if err == nil {
		res.Checkpoint, err = keep(folder, snap)
	}
	state := track.Interrupted
	if err != nil {
		state = track.Failed
	}
	log := zap.New(folder.LogCore(zapcore.InfoLevel))
	log.Info("imported", zap.String("file", source), zap.String("format", im.Format), zap.Strings("fields", im.Overrides), zap.Strings("notes", res.Notes))
	return errors.Join(err, folder.Finish(state, im.Epoch, im.Step, err))
}

// keep saves the one checkpoint.
func keep(folder *track.Run, snap *track.Snapshot) (string, error) {
	saver, err := folder.NewSaver(snap.Model, snap.Optimizer, track.Retention{KeepLast: 1})
	if err != nil {
		return "", err
	}
	own, err := saver.Begin()
	if err == nil {
		fill(own.Model, snap.Model)
		fill(own.Optimizer, snap.Optimizer)
		own.Step, own.Epoch, own.State, own.Versions = snap.Step, snap.Epoch, snap.State, snap.Versions
		err = saver.Save(own)
	}
	err = errors.Join(err, saver.Close())
	return saver.Last(), err
}

func fill(to, from []array.Named) {
	for i := range to {
		copy(to[i].Array.Bytes, from[i].Array.Bytes)
	}
}
