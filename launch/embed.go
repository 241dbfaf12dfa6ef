package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"noise2sparse/compute"
	"noise2sparse/convert"
	"noise2sparse/data"
	"noise2sparse/internal/atomicfile"
	"noise2sparse/internal/dtype"
	"noise2sparse/internal/lease"
	"noise2sparse/internal/rowlog"
	"noise2sparse/model"
	"noise2sparse/train"
)

// EmbedOptions say which images Embed passes through which network.
type EmbedOptions struct {
	Images  string // a dataset's name, or the path of a file
	DataDir string
	Split   string // train or test
	Weights string // a state dict or checkpoint of a network on images
	Out     string
	Format  string // pt or safetensors; "": by the ending of Out
	DType   string // float16 or float32
	Limit   int    // the first so many images; 0: all
	Batch   int
	Force   bool // replace a file that is there
	// Mean and Std normalise each channel; nil: the dataset's, or where it has none CIFAR-10's.
	Mean, Std []float64
	Device    Device
	Watch     func(done, total int) // called after each batch; nil: nobody
}

// Embedded is what `trainer data embed --json` prints.
type Embedded struct {
	File             string    `json:"file"`
	Format           string    `json:"format"`
	Images           int       `json:"images"`
	Features         int       `json:"features"`
	DType            string    `json:"dtype"`
	Labels           bool      `json:"labels"`
	Network          string    `json:"network"`
	Mean             []float64 `json:"mean"`
	Std              []float64 `json:"std"`
	Device           string    `json:"device"`
	Resumed          int       `json:"resumed"` // images that an earlier, interrupted call had done
	Seconds          float64   `json:"seconds"` // for the others
	SamplesPerSecond float64   `json:"samples_per_second"`
	Notes            []string  `json:"notes,omitempty"`
}

// Embed writes the features that a network on images computes before its classifier, with the images'
// labels, as a dataset of latents. What is done is kept beside the file, verified and gone on with by
// the next call; the file itself is whole or absent. The error is train.ErrInterrupted where ctx ended.
func Embed(ctx context.Context, o EmbedOptions) (*Embedded, error) {
	format, err := o.check()
	if err != nil {
		return nil, err
	}
	lock, err := lease.Acquire(o.Out + ".lock")
	var held *lease.HeldError
	switch {
	case errors.As(err, &held):
		return nil, wrong("--out", "%s is being written by %v", o.Out, held.Owner)
	case err != nil:
		return nil, fmt.Errorf("%s: cannot be written: %w", o.Out, reason(err))
	}
	defer lock.Release()
	b, err := o.Device.Open("float32")
	if err != nil {
		return nil, err
	}
	defer b.Close()
	w, err := o.prepare(b)
	if err != nil {
		return nil, err
	}
	w.res.File, w.res.Format = o.Out, format
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	return &w.res, w.finish(format)
}

// check finds what is wrong with the options, before anything is read.
func (o *EmbedOptions) check() (format string, err error) {
	format, err = convert.Format(o.Format, o.Out)
	switch {
	case (err != nil || format == "npz") && o.Format != "":
		return "", wrong("--format", "is %q; give pt or safetensors", o.Format)
	case err != nil || format == "npz":
		return "", wrong("--format", "is not given, and the file's name %s ends neither in .pt nor in .safetensors: give --format pt or safetensors", o.Out)
	case o.DType != "float16" && o.DType != "float32":
		return "", wrong("--dtype", "is %q; give float16 or float32", o.DType)
	case o.Split != "train" && o.Split != "test":
		return "", wrong("--split", "is %q; give train or test", o.Split)
	case o.Limit < 0:
		return "", wrong("--limit", "is %d; give at least 1, or 0 for all", o.Limit)
	case o.Batch < 1:
		return "", wrong("--batch", "is %d; give at least 1", o.Batch)
	case len(o.Mean) != len(o.Std):
		return "", wrong("--std", "has %d values, --mean has %d; give one of each for every channel", len(o.Std), len(o.Mean))
	}
	if _, err := os.Lstat(o.Out); err == nil && !o.Force {
		return "", wrong("--out", "%s is there already; give another name, or --force to replace it", o.Out)
	}
	return format, o.Device.Check()
}

// embedding is a call of Embed at work.
type embedding struct {
	o      *EmbedOptions
	part   *data.Part
	engine *train.Embedding
	dtype  dtype.DType
	log    *rowlog.Log
	res    Embedded
}

// cifar10Mean and cifar10Std are what the published network was trained with.
var (
	cifar10Mean = []float64{0.4914, 0.4822, 0.4465}
	cifar10Std  = []float64{0.2471, 0.2435, 0.2616}
)

// prepare reads images and weights, builds the network, and opens what an earlier call has left.
func (o *EmbedOptions) prepare(b compute.Backend) (*embedding, error) {
	im, err := convert.Read(o.Weights)
	if err != nil {
		return nil, err
	}
	if im.Images == nil {
		return nil, wrong("--weights", "%s holds no network on images: a convmixer or resnet50 is needed", o.Weights)
	}
	w := &embedding{o: o, dtype: dtype.Float16}
	if o.DType == "float32" {
		w.dtype = dtype.Float32
	}
	w.part, err = data.LoadPart(data.Options{Dir: o.DataDir, Name: o.Images}, o.Split)
	if err != nil {
		return nil, err
	}
	if o.Limit > 0 && o.Limit < w.part.Len() {
		w.part.X = w.part.X.Slice(0, o.Limit)
		if w.part.Labels != nil {
			w.part.Labels = w.part.Labels[:o.Limit]
		}
	}
	g := w.part.Image
	switch {
	case g == nil:
		return nil, wrong("--images", "%s holds vectors of %d numbers, not images", o.Images, w.part.X.RowLen())
	case g.Channels != im.Images.Channels:
		return nil, wrong("--images", "%s holds images of %d channels, but the network of %s takes %d", o.Images, g.Channels, o.Weights, im.Images.Channels)
	}
	w.normalise()
	cfg := im.Images.Model
	cfg.InputNormalization = &model.NormalizationConfig{Mean: w.res.Mean, Std: w.res.Std, Target: "raw", Source: "given"}
	w.engine, err = train.NewEmbedding(b, train.EmbedSpec{
		Model: cfg, Weights: im.Params, Classes: im.Output, Image: model.Image(*g), Pixels: w.part.X.DType, Batch: min(o.Batch, w.part.Len()),
	})
	if err != nil {
		return nil, eachLine(o.Weights, err)
	}
	w.res.Images, w.res.Features, w.res.DType, w.res.Labels = w.part.Len(), w.engine.Width(), o.DType, w.part.Labels != nil
	w.res.Network, w.res.Device = cfg.Kind, b.Device().Name
	w.log, err = rowlog.Open(o.Out+".partial", w.key(im.Params), w.engine.Width()*w.dtype.Size())
	var other *rowlog.OtherError
	if errors.As(err, &other) {
		return nil, wrong("--out", "%s is what another embedding has left, of other images, weights or options; remove it, or give another name", other.Path)
	}
	return w, err
}

// eachLine puts the file's name before each line of an error.
func eachLine(file string, err error) error {
	lines := strings.Split(err.Error(), "\n")
	for i, l := range lines {
		lines[i] = file + ": " + l
	}
	return errors.New(strings.Join(lines, "\n"))
}

// normalise chooses mean and deviation.
func (w *embedding) normalise() {
	switch {
	case w.o.Mean != nil:
		w.res.Mean, w.res.Std = w.o.Mean, w.o.Std
	case w.part.Mean != nil:
		w.res.Mean, w.res.Std = w.part.Mean, w.part.Std
	default:
		w.res.Mean, w.res.Std = cifar10Mean, cifar10Std
		w.res.Notes = append(w.res.Notes, "no mean and deviation are known of these images; CIFAR-10's were taken (--mean and --std give others)")
	}
}

// run passes the images that are not done through the network.
func (w *embedding) run(ctx context.Context) (err error) {
	total, width := w.part.Len(), w.engine.Width()
	w.res.Resumed = w.log.Rows()
	if w.res.Resumed > total { // cannot happen: the key is of exactly these images
		return errors.Join(fmt.Errorf("%s.partial holds %d rows of %d images", w.o.Out, w.res.Resumed, total), w.log.Close())
	}
	features := make([]float32, min(w.o.Batch, total)*width)
	began := time.Now()
	for done := w.log.Rows(); done < total; {
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("%w after %d of %d images; the same command goes on from there", train.ErrInterrupted, done, total), w.log.Close())
		}
		n := min(w.o.Batch, total-done)
		if err := w.engine.Batch(features, w.part.X.Slice(done, done+n)); err != nil {
			return errors.Join(err, w.log.Close())
		}
		rows, err := w.encode(features[:n*width], done)
		if err == nil {
			err = w.log.Append(rows)
		}
		if err != nil {
			return errors.Join(err, w.log.Close())
		}
		if done += n; w.o.Watch != nil {
			w.o.Watch(done, total)
		}
	}
	w.res.Seconds = time.Since(began).Seconds()
	if fresh := total - w.res.Resumed; fresh > 0 && w.res.Seconds > 0 {
		w.res.SamplesPerSecond = float64(fresh) / w.res.Seconds
	}
	return nil
}

// finish writes the file, and removes what was kept on the way.
func (w *embedding) finish(format string) error {
	rows, err := w.log.ReadAll()
	if err != nil {
		return errors.Join(err, w.log.Close())
	}
	write := atomicfile.WriteNewFunc
	if w.o.Force {
		write = atomicfile.WriteFunc
	}
	err = write(w.o.Out, func(f io.Writer) error { return w.write(f, format, rows) })
	if errors.Is(err, fs.ErrExist) {
		return errors.Join(wrong("--out", "%s has come into being meanwhile; give another name, or --force to replace it", w.o.Out), w.log.Close())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: cannot be written: %w", w.o.Out, reason(err)), w.log.Close())
	}
	return w.log.Remove()
}
