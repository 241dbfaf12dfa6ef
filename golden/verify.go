package golden

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"noise2sparse/compute"
)

// Tally is how many cases passed, failed and need what is not there yet.
type Tally struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Verify replays every case in dir, each on a backend of its own, and writes a line for each: its
// worst error in units of the case's tolerance, or what it needs, or what differs. A case that can't
// be read or replayed has failed, like one that differs; the others go on. The error is about the
// folder or the backend.
func Verify(dir string, open func() (compute.Backend, error), w io.Writer) (Tally, error) {
	var t Tally
	cases, err := List(dir)
	if err != nil {
		return t, err
	}
	for _, path := range cases {
		b, err := open()
		if err != nil {
			return t, err
		}
		r, err := verifyOne(path, b)
		name := filepath.Base(path)
		var missing *MissingError
		switch {
		case errors.As(err, &missing):
			t.Skipped++
			fmt.Fprintf(w, "skip  %-44s %v\n", name, err)
		case err != nil:
			t.Failed++
			fmt.Fprintf(w, "FAIL  %-44s %v\n", name, err)
		case r.Passed():
			t.Passed++
			fmt.Fprintf(w, "ok    %-44s %3d comparisons, worst %s at %.3f of its tolerance\n", name, r.Checked, r.WorstName, r.Worst)
		default:
			t.Failed++
			fmt.Fprintf(w, "FAIL  %-44s worst %s at %.3g of its tolerance\n", name, r.WorstName, r.Worst)
			for _, f := range r.Failures {
				fmt.Fprintf(w, "      %s\n", f)
			}
		}
	}
	return t, nil
}

func verifyOne(path string, b compute.Backend) (*Report, error) {
	defer b.Close()
	c, err := Load(path)
	if err != nil {
		return nil, err
	}
	return Replay(c, b)
}
