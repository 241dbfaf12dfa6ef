package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"noise2sparse/data"
)

func dataSplitCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "split",
		Usage:     "divide a dataset's classes into tasks of continual learning; with --out, write their files",
		ArgsUsage: "DATASET|PATH",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "classes-per-task", Value: 2, Usage: "`N` classes a task; the last one takes what remains"},
			&cli.Int64Flag{Name: "seed", Value: -1, Usage: "`SEED` of the order in which classes come", DefaultText: "0, 1, 2, ..."},
			&cli.StringFlag{Name: "order", Usage: "the order itself, such as `3,7,0,1`; classes that are left out are in no task"},
			&cli.StringFlag{Name: "out", Usage: "write split_train_<task>.pt and split_test_<task>.pt into `DIR`"},
			dataDirFlag(),
			e.jsonFlag(),
		},
		Action: func(c *cli.Context) error { return dataSplit(e, c) },
	})
}

func dataSplit(e *env, c *cli.Context) error {
	name, err := oneArg(c, "a dataset or a file of data")
	if err != nil {
		return err
	}
	if c.IsSet("order") && c.IsSet("seed") {
		return usagef("--order and --seed both say in which order classes come; give one of them")
	}
	if n := c.Int64("seed"); c.IsSet("seed") && n < 0 {
		return usagef("--seed is %d; give 0 or more, or leave it out for the order 0, 1, 2, ...", n)
	}
	var order []int
	for _, s := range strings.FieldsFunc(c.String("order"), func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return usagef("--order: %q is not a class; give numbers, such as 3,7,0,1", s)
		}
		order = append(order, n)
	}
	if order != nil { // before any data is read
		if _, err := data.Tasks(order, c.Int("classes-per-task")); err != nil {
			return usagef("--order: %v", err)
		}
	}
	if n := c.Int("classes-per-task"); n < 1 {
		return usagef("--classes-per-task is %d; give at least 1", n)
	}
	d, err := data.Load(data.Options{Dir: data.Dir(c.String("data-dir")), Name: name})
	if err != nil {
		return err
	}
	if order == nil {
		order = data.ClassOrder(d.Classes, c.Int64("seed"))
	}
	tasks, err := data.Tasks(order, c.Int("classes-per-task"))
	if err != nil {
		return err
	}
	infos, err := data.SplitTasks(d, tasks, c.String("out"))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if e.json {
		return e.answer(map[string]any{"dataset": name, "classes": d.Classes, "tasks": infos})
	}
	t := tabwriter.NewWriter(e, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TASK\tCLASSES\tTRAIN\tTEST\tFILES")
	for i, info := range infos {
		fmt.Fprintf(t, "%d\t%s\t%d\t%d\t%s\n", i, strings.Trim(fmt.Sprint(info.Classes), "[]"), info.Train, info.Test, strings.Join(info.Files, " "))
	}
	return t.Flush()
}
