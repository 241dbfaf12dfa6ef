package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"noise2sparse/data"
	"noise2sparse/internal/registry"
	"noise2sparse/launch"
	"noise2sparse/launch/console"
)

func dataCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:  "data",
		Usage: "look at datasets",
		Subcommands: []*cli.Command{
			command(&cli.Command{
				Name: "list", Usage: "list the known datasets, their parameters, and whether their files are there",
				Flags:  []cli.Flag{dataDirFlag(), e.jsonFlag()},
				Action: func(c *cli.Context) error { return dataList(e, c) },
			}),
			command(&cli.Command{
				Name: "info", Usage: "show shapes, types, ranges, class counts and hashes of a file", ArgsUsage: "PATH",
				Flags:  []cli.Flag{e.jsonFlag()},
				Action: func(c *cli.Context) error { return dataInfo(e, c) },
			}),
			dataSplitCommand(e),
			dataGetCommand(e),
			embedCommand(e),
		},
	})
}

// datasetLine is a dataset in `trainer data list --json`.
type datasetLine struct {
	registry.Line
	Available  bool         `json:"available"` // generated, or all files are there
	Generated  bool         `json:"generated"`
	Needs      []string     `json:"needs,omitempty"` // files below the data folder
	Parameters []data.Param `json:"parameters,omitempty"`
}

func dataList(e *env, c *cli.Context) error {
	if err := noArgs(c); err != nil {
		return err
	}
	dir := data.Dir(c.String("data-dir"))
	lines := []datasetLine{}
	for _, l := range data.Datasets.Lines() {
		k, err := data.Datasets.Get(l.Name)
		if err != nil {
			return err
		}
		lines = append(lines, datasetLine{l, launch.Available(dir, l.Name), k.Value.Generated, k.Value.Needs, k.Value.Params})
	}
	if e.json {
		return e.answer(map[string]any{"data_dir": dir, "datasets": lines})
	}
	fmt.Fprintf(e, "datasets in %s\n", dir)
	for _, l := range lines {
		fmt.Fprintf(e, "\n%s\n", l.Name)
		if err := console.Table(e.stdout, "", [][]string{{"", l.Doc}}); err != nil {
			return err
		}
		var rows [][]string
		for _, p := range l.Parameters {
			rows = append(rows, []string{fmt.Sprintf("    data.%-13s", p.Name), fmt.Sprint(p.Default), p.Doc})
		}
		if err := console.Table(e.stdout, "lr", rows); err != nil {
			return err
		}
		if len(l.Needs) == 0 {
			continue
		}
		there := "not there"
		if l.Available {
			there = "there"
		}
		for _, n := range l.Needs {
			fmt.Fprintf(e, "    %s\n", n)
		}
		fmt.Fprintf(e, "    its files are %s\n", there)
	}
	return nil
}

func dataInfo(e *env, c *cli.Context) error {
	file, err := oneArg(c, "a file of data")
	if err != nil {
		return err
	}
	info, err := data.Info(file)
	if err != nil {
		return err
	}
	if e.json {
		return e.answer(info)
	}
	return info.WriteText(e.stdout)
}
