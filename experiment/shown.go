package experiment

import (
	"noise2sparse/experiment/strict"
	"noise2sparse/train"
)

// Shown is what `trainer exp show --json` prints: the experiment resolved.
type Shown struct {
	Name      string          `json:"name"`
	Purpose   string          `json:"purpose"`
	Reference string          `json:"reference,omitempty"` // its name there
	Base      string          `json:"base,omitempty"`
	Missing   []train.Feature `json:"missing,omitempty"` // what it needs and is not there yet
	Config    any             `json:"config"`            // what all jobs share, every field
	Jobs      []ShownJob      `json:"jobs"`
}

// ShownJob is a job of it.
type ShownJob struct {
	Job          string            `json:"job"`
	Index        int               `json:"index"`
	Values       map[string]string `json:"values"` // what is swept, as YAML
	ConfigSHA256 string            `json:"config_sha256"`
}

// Shown is the experiment for programs: see Show.
func (e *Experiment) Shown() Shown {
	s := Shown{
		Name: e.Name, Purpose: e.Purpose, Reference: e.Reference, Base: e.Base, Missing: e.Missing(),
		Config: strict.Tree(config{e.Config, e.Launch}), Jobs: []ShownJob{},
	}
	for i := range e.Count() {
		j := e.Job(i)
		values := map[string]string{}
		for _, v := range j.Values {
			values[v.Path] = v.Value
		}
		s.Jobs = append(s.Jobs, ShownJob{j.ID, i, values, j.SHA256})
	}
	return s
}
