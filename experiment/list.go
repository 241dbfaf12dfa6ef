package experiment

import (
	"fmt"
	"slices"

	"noise2sparse/exp_commands"
	"noise2sparse/train"
)

// Info is one line of `trainer exp list`.
type Info struct {
	Name      string          `json:"name"`
	Jobs      int             `json:"jobs"`
	Epochs    int             `json:"epochs"`
	Dataset   string          `json:"dataset"`
	Purpose   string          `json:"purpose"`
	Reference string          `json:"reference,omitempty"` // its name there
	Missing   []train.Feature `json:"missing,omitempty"`   // what it needs and is not there yet
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
	return Info{e.Name, e.Count(), c.Epochs, c.Dataset, e.Purpose, e.Reference, e.Missing()}
}

// Missing lists what jobs need and this program does not have, each once. Of more than ConfirmJobs
// jobs it looks at so many.
func (e *Experiment) Missing() []train.Feature {
	var out []train.Feature
	for i := range min(e.Count(), ConfirmJobs) {
		c, _ := e.config(i)
		for _, f := range c.Missing() {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
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
