package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"noise2sparse/data"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
)

func embedCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:  "embed",
		Usage: "pass images through a convolutional network, and save its features as a dataset of latents",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "images", Usage: "a dataset of images: its `NAME|PATH`"},
			&cli.StringFlag{Name: "split", Value: "train", Usage: "`train|test`; of a file that does not tell them apart, all images are taken"},
			&cli.StringFlag{Name: "weights", Usage: "state dict of a ConvMixer or ResNet `FILE`: .pt, .safetensors, .npz"},
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "the dataset to be written `FILE`: .pt or .safetensors"},
			&cli.StringFlag{Name: "format", Usage: "`pt|safetensors`", DefaultText: "by the file's ending"},
			&cli.StringFlag{Name: "dtype", Value: "float16", Usage: "`float16|float32`"},
			&cli.IntFlag{Name: "limit", Usage: "the first `N` images only; 0: all"},
			&cli.IntFlag{Name: "batch", Value: 32, Usage: "`N` images at once; changes the speed, and the memory"},
			&cli.StringFlag{Name: "mean", Usage: "mean of each channel, pixels being 0 to 1: `R,G,B`", DefaultText: "the dataset's, else CIFAR-10's"},
			&cli.StringFlag{Name: "std", Usage: "standard deviation of each channel: `R,G,B`", DefaultText: "the dataset's, else CIFAR-10's"},
			&cli.BoolFlag{Name: "force", Usage: "replace a file that is there"},
			&cli.IntFlag{Name: "threads", Usage: "use `N` cores; 0: all"},
			dataDirFlag(),
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return embed(e, c) },
	})
}

func embed(e *env, c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	if err := embedFlags(c); err != nil {
		return err
	}
	mean, err := numbers(c, "mean")
	if err != nil {
		return err
	}
	std, err := numbers(c, "std")
	if err != nil {
		return err
	}
	level := console.People
	if e.json {
		level = console.Log
	}
	e.show = console.New(e.stderr, level)
	show := e.show.NewAmount("images")
	ctx, stop := interruptible(e, "stopping after this batch")
	defer stop()
	r, err := launch.Embed(ctx, launch.EmbedOptions{
		Images: c.String("images"), DataDir: data.Dir(c.String("data-dir")), Split: c.String("split"), Weights: c.String("weights"),
		Out: c.String("out"), Format: c.String("format"), DType: c.String("dtype"), Limit: c.Int("limit"), Batch: c.Int("batch"),
		Mean: mean, Std: std, Force: c.Bool("force"), Device: launch.Device{Threads: c.Int("threads")}, Watch: show.Done,
	})
	show.Close()
	if err != nil {
		return err
	}
	if e.json {
		return e.answer(r)
	}
	fmt.Fprintf(e, "%s: %d × %d values of %s, normalised with mean %v and std %v\n", r.File, r.Images, r.Features, r.DType, r.Mean, r.Std)
	for _, n := range r.Notes {
		fmt.Fprintf(e, "note: %s\n", n)
	}
	if r.Resumed > 0 {
		fmt.Fprintf(e, "%d images had been done before\n", r.Resumed)
	}
	fmt.Fprintf(e, "%s: %s images/s, %s\n", r.Network, console.Count(r.SamplesPerSecond), console.Duration(time.Duration(r.Seconds*float64(time.Second))))
	return nil
}

// maxEmbedBatch is far beyond what makes it faster; a typing error shall not ask for all memory there is.
const maxEmbedBatch = 65536

// embedFlags finds what is wrong with files and batch before anything is read.
func embedFlags(c *cli.Context) error {
	var missing []string
	for _, name := range []string{"images", "weights", "out"} {
		if c.String(name) == "" {
			missing = append(missing, "--"+name+" is missing")
		}
	}
	if len(missing) > 0 {
		return usagef("%s", strings.Join(missing, "\n"))
	}
	if n := c.Int("batch"); n > maxEmbedBatch {
		return usagef("--batch: is %d; give 1 to %d", n, maxEmbedBatch)
	}
	images := c.String("images")
	return replaceable(c.String("out"), images, filepath.Join(data.Dir(c.String("data-dir")), images), c.String("weights"))
}

// replaceable refuses to write --out in the place of what is no file, such as a folder or a device, or
// of a file that is read. --force is for older results.
func replaceable(out string, inputs ...string) error {
	there, err := os.Stat(out)
	switch {
	case err != nil: // absent; or what is wrong shows when it is written
		return nil
	case !there.Mode().IsRegular():
		return usagef("--out: %s is there and no regular file; give another name", out)
	}
	for _, name := range inputs {
		if in, err := os.Stat(name); err == nil && os.SameFile(there, in) {
			return usagef("--out: %s is what is read here (%s); give another name", out, name)
		}
	}
	return nil
}

// numbers reads a flag of numbers with commas between; nil where it is not given.
func numbers(c *cli.Context, flag string) ([]float64, error) {
	if !c.IsSet(flag) {
		return nil, nil
	}
	var out []float64
	for _, s := range strings.Split(c.String(flag), ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return nil, usagef("--%s is %q; give a number for each channel, with commas between", flag, c.String(flag))
		}
		out = append(out, v)
	}
	return out, nil
}
