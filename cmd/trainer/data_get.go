package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"
	"go.uber.org/zap"

	"noise2sparse/data"
	"noise2sparse/internal/download"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
	"noise2sparse/train"
)

func dataGetCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name: "get", Usage: "fetch a dataset, or pretrained weights, verified; without NAME: what there is", ArgsUsage: "[NAME]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "take it from `FILE|DIR|URL` instead, on machines without a network"},
			&cli.BoolFlag{Name: "unverified", Usage: "accept another version of the data than the one whose hash is known"},
			dataDirFlag(),
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return dataGet(e, c) },
	})
}

func dataGet(e *env, c *cli.Context) error {
	if c.NArg() == 0 {
		return dataGetList(e)
	}
	name, err := oneArg(c, "a name of what to fetch")
	if err != nil {
		return err
	}
	if _, err := data.Sources.Get(name); err != nil {
		return usagef("%v", err)
	}
	out := console.New(e.stderr, console.People)
	e.show = out
	log := zap.New(out.Core())
	ctx, stop := interruptible(e, "stopping")
	defer stop()
	bar := &console.Meter{}
	o := data.GetOptions{
		Dir: data.Dir(c.String("data-dir")), Name: name, From: c.String("from"), Unverified: c.Bool("unverified"),
		Begin: func(f data.SourceFile) { *bar = console.Meter{Name: filepath.Base(f.Path)} },
		Client: download.Client{
			Log: func(format string, args ...any) { log.Warn(fmt.Sprintf(format, args...)) },
			Progress: func(done, total int64) {
				if line, ok := bar.Line(time.Now(), done, total); ok && out.Terminal() {
					out.Live([]string{line})
				}
			},
		},
	}
	got, err := data.Get(ctx, o)
	out.Clear()
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w; what has come stays, and the same command goes on from there", train.ErrInterrupted)
	case err != nil && !c.IsSet("from"):
		return fmt.Errorf("%w\nfrom elsewhere: %s --from FILE|DIR|URL", err, launch.Command(e.program, "data", "get", name))
	case err != nil:
		return err
	case e.json:
		return e.answer(got)
	}
	for _, f := range got.Files {
		how := "there already, verified"
		if !f.There {
			how = "from " + f.From
		}
		fmt.Fprintf(e, "%s\n  %s, sha256 %s\n  %s\n", f.Path, console.Bytes(f.Bytes), f.SHA256, how)
	}
	if got.Dataset != nil {
		fmt.Fprintf(e, "\n%v\n", got.Dataset)
	}
	return nil
}

// sourceLine is a source in `trainer data get --json`.
type sourceLine struct {
	Name      string            `json:"name"`
	Doc       string            `json:"doc"`
	Files     []data.SourceFile `json:"files"`
	Elsewhere string            `json:"elsewhere,omitempty"`
}

func dataGetList(e *env) error {
	var lines []sourceLine
	for _, l := range data.Sources.Lines() {
		s, err := data.Sources.Get(l.Name)
		if err != nil {
			return err
		}
		lines = append(lines, sourceLine{l.Name, l.Doc, s.Value.Files, s.Value.Elsewhere})
	}
	if e.json {
		return e.answer(map[string]any{"sources": lines})
	}
	var rows [][]string
	for _, l := range lines {
		var size int64
		for _, f := range l.Files {
			size += f.Size
		}
		doc := l.Doc
		if size > 0 {
			doc += ", " + console.Bytes(size)
		}
		if rows = append(rows, []string{l.Name, doc}); l.Elsewhere != "" {
			rows = append(rows, []string{"", l.Elsewhere})
		}
	}
	return console.Table(e.stdout, "", rows)
}
