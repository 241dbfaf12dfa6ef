package launch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"noise2sparse/data"
	"noise2sparse/track"
)

// Here is a Launcher whose jobs run on this machine, with these data.
type Here interface {
	Launcher
	// Fit is told what the jobs need, before the first one, and answers how they will be run, for the
	// user.
	Fit(Needs) (string, error)
}

// Needs are what jobs need of a machine.
type Needs struct {
	Jobs          int     // to be run
	Bytes         float64 // of memory that each allocates, at least, without its dataset
	Dataset       float64 // bytes of that; the jobs on one GPU share it
	DatasetOnHost bool    // no job has it in a GPU's memory
}

// preflight checks the jobs of this machine against their data and its memory, before anything is
// made, and tells what is going to happen.
func (s *sweep) preflight(res *Result) error {
	todo := 0
	for _, t := range s.Tasks {
		if t.Action != Skip {
			todo++
		}
	}
	if todo == 0 {
		return nil
	}
	jobs := plural(len(s.Tasks), "job")
	if todo < len(s.Tasks) {
		jobs += fmt.Sprintf(", %d of them done already", len(s.Tasks)-todo)
	}
	s.console.Printf("experiment  %s, %s", s.Name, jobs)
	here, ok := s.engine.(Here)
	if !ok {
		s.console.Printf("engine      %s", s.engine.Name())
		return nil
	}
	r := &runner{Plan: s.Plan, console: s.console, log: s.log, data: newDatasets(s.DataDir, s.Tasks)}
	first := r.firstToRun()
	s.console.Busy("reading " + first.Config.Dataset)
	set, err := r.data.get(first.Config)
	s.console.Clear()
	if err != nil {
		return err
	}
	if err := r.fits(set); err != nil {
		return err
	}
	needs := Needs{Jobs: todo, Dataset: datasetBytes(set.Dataset), DatasetOnHost: true}
	key := r.data.key(first.Config)
	for _, t := range s.Tasks {
		switch {
		case r.data.key(t.Config) != key:
		case t.Action != Skip:
			needs.Bytes = max(needs.Bytes, leastMemory(t.Config, set.Dataset))
			needs.DatasetOnHost = needs.DatasetOnHost && t.Config.Compute.Dataset == "host"
		default:
			if sum, err := track.ReadSummary(t.Dir); err == nil {
				r.sameData(t, sum)
			}
		}
	}
	s.console.Item("data", "%v", set)
	s.console.Item("sha256", "%s", set.sha256)
	how, err := here.Fit(needs)
	if err != nil {
		return err
	}
	res.Placement = how
	s.console.Item("device", "%s", how)
	s.console.Printf("folder      %s", filepath.Dir(s.Tasks[0].Dir))
	return nil
}

// datasetBytes is the memory that the samples take.
func datasetBytes(d *data.Dataset) float64 {
	return float64(len(d.Train.X.Bytes) + len(d.Val.X.Bytes))
}

// hashFile is the SHA-256 of a file's contents in hex; "" where it can't be read.
func hashFile(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
