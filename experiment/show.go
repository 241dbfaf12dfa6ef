package experiment

import (
	"fmt"
	"io"
	"strings"

	"noise2sparse/experiment/strict"
)

// WriteConfig writes config.yaml of a job: every value, with its meaning behind it. Load reads it
// back as an experiment with the one job's identical config.
func (e *Experiment) WriteConfig(w io.Writer, j Job) error {
	_, err := fmt.Fprintf(w, "# Job %s of experiment %s, fully resolved.\n# config_sha256: %s\n", j.ID, e.Name, j.SHA256)
	if err != nil {
		return err
	}
	if err := e.writeHead(w); err != nil {
		return err
	}
	return strict.Write(w, j.Config, strict.Doc)
}

func (e *Experiment) writeHead(w io.Writer) error {
	_, err := fmt.Fprintf(w, "name: %s\n", strict.Inline(e.Name))
	if err == nil && e.Purpose != "" {
		_, err = fmt.Fprintf(w, "purpose: %s\n", strict.Inline(e.Purpose))
	}
	return err
}

// Show writes the experiment resolved, as a file that needs no base: every value with the place
// that it comes from, then the grid, then the jobs.
func (e *Experiment) Show(w io.Writer) error {
	if err := e.writeHead(w); err != nil {
		return err
	}
	if err := strict.Write(w, e.Config, e.origin); err != nil {
		return err
	}
	var b strings.Builder
	if len(e.Grid) > 0 {
		b.WriteString("grid:\n")
		for _, a := range e.Grid {
			var values []string
			for _, n := range a.nodes {
				values = append(values, n.Inline())
			}
			fmt.Fprintf(&b, "  %s: [%s]  # %s\n", a.Path, strings.Join(values, ", "), a.pos.Brief())
		}
	}
	fmt.Fprintf(&b, "\n# %s:\n", plural(len(e.jobs), "job"))
	for _, j := range e.jobs {
		fmt.Fprintf(&b, "#   %s\n", j.ID)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// origin says where a value of Config comes from.
func (e *Experiment) origin(path string, _ strict.Field, section bool) string {
	for _, a := range e.Grid {
		if a.Path == path {
			return "swept, see grid"
		}
	}
	if section {
		return ""
	}
	if pos := e.origins[path]; pos.Known() {
		return pos.Brief()
	}
	return "default"
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
