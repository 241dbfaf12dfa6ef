package experiment

import (
	"fmt"

	"noise2sparse/exp_commands"
)

// Info is one line of `trainer exp list`.
type Info struct {
	Name    string `json:"name"`
	Jobs    int    `json:"jobs"`
	Epochs  int    `json:"epochs"`
	Dataset string `json:"dataset"`
	Purpose string `json:"purpose"`
}

// Listing is what `trainer exp list --json` prints.
type Listing struct {
	Experiments []Info `json:"experiments"`
}

// Names lists the experiments that come with the program, sorted.
func Names() []string { return libraryNames(exp_commands.Files) }

// Info sums the experiment up. Where epochs or dataset are swept it tells the first job's.
func (e *Experiment) Info() Info {
	c, _ := e.config(0)
	return Info{e.Name, e.Count(), c.Epochs, c.Dataset, e.Purpose}
}

// List sums up the experiments that come with the program, sorted by name.
func List() (Listing, error) {
	out := Listing{Experiments: []Info{}}
	for _, name := range Names() {
		e, err := Load(name, nil)
		if err != nil {
			return Listing{}, fmt.Errorf("the experiment %s, which comes with the program, is broken:\n%w", name, err)
		}
		out.Experiments = append(out.Experiments, e.Info())
	}
	return out, nil
}
