package main

import (
	"fmt"
	"sort"

	"github.com/urfave/cli/v2"

	"noise2sparse/internal/registry"
	"noise2sparse/launch/console"
)

func listCommand(e *env) *cli.Command {
	return command(&cli.Command{
		Name:      "list",
		Usage:     "list what experiment files can name: networks, activations, noises, optimizers, datasets, metrics",
		ArgsUsage: "[KIND]",
		Flags:     []cli.Flag{e.jsonFlag()},
		Action:    func(c *cli.Context) error { return listKinds(e, c) },
	})
}

func listKinds(e *env, c *cli.Context) error {
	kinds := registry.Kinds()
	var names []string
	for k := range kinds {
		names = append(names, k)
	}
	sort.Strings(names)
	if c.NArg() > 1 {
		return usagef("list takes at most one kind; trainer list shows all of them")
	}
	if k := c.Args().First(); k != "" {
		if k == "models" { // as most programs call them
			k = "networks"
		}
		if _, ok := kinds[k]; !ok {
			return usagef("unknown kind %q%s", k, hint(k, names))
		}
		names = []string{k}
	}
	if e.json {
		out := map[string][]registry.Line{}
		for _, k := range names {
			out[k] = kinds[k]
		}
		return e.answer(out)
	}
	for i, k := range names {
		if i > 0 {
			fmt.Fprintln(e)
		}
		fmt.Fprintf(e, "%s\n", k)
		var rows [][]string
		for _, l := range kinds[k] {
			doc := l.Doc
			if l.Reference != "" && l.Reference != l.Name {
				doc += " (reference: " + l.Reference + ")"
			}
			rows = append(rows, []string{"  " + l.Name, doc})
		}
		if err := console.Table(e.stdout, "", rows); err != nil {
			return err
		}
	}
	return nil
}
