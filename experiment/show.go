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
	return strict.Write(w, config{j.Config, j.Launch}, strict.Doc)
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
	if e.Reference != "" {
		if _, err := fmt.Fprintf(w, "# %s in the reference.\n", e.Reference); err != nil {
			return err
		}
	}
	if err := e.writeHead(w); err != nil {
		return err
	}
	if err := strict.Write(w, config{e.Config, e.Launch}, e.origin); err != nil {
		return err
	}
	var b strings.Builder
	e.writeGrid(&b)
	e.writeSearch(&b)
	const shown = 1000 // jobs; nobody reads more
	fmt.Fprintf(&b, "\n# %s:\n", plural(e.Count(), "job"))
	for i := range min(e.Count(), shown) {
		fmt.Fprintf(&b, "#   %s\n", e.Job(i).ID)
	}
	if e.Count() > shown {
		fmt.Fprintf(&b, "#   ... and %d more\n", e.Count()-shown)
	}
	for _, f := range e.Missing() {
		fmt.Fprintf(&b, "# Not there yet, so trainer run refuses it: %s (%s).\n", f.Name, f.Field)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeGrid writes the grid: a mapping, or a list of them.
func (e *Experiment) writeGrid(b *strings.Builder) {
	if len(e.Grid) > 0 {
		b.WriteString("grid:\n")
	}
	for _, p := range e.Grid {
		for i, a := range p {
			indent := "  "
			if len(e.Grid) > 1 && i == 0 {
				indent += "- "
			} else if len(e.Grid) > 1 {
				indent += "  "
			}
			var values []string
			for _, n := range a.nodes {
				values = append(values, n.Inline())
			}
			fmt.Fprintf(b, "%s%s: [%s]  # %s\n", indent, a.Path, strings.Join(values, ", "), a.pos.Brief())
		}
	}
}

func (e *Experiment) writeSearch(b *strings.Builder) {
	if e.search == nil {
		return
	}
	b.WriteString(searchText(e.search))
	if len(e.search.Space) > 0 {
		b.WriteString("  space:\n")
		for _, r := range e.search.Space {
			fmt.Fprintf(b, "    %s: %s  # %s\n", r.Path, r.Text, r.pos.Brief())
		}
	}
}

// searchText is the section without its space.
func searchText(s *Search) string {
	var b strings.Builder
	silent := func(string, strict.Field, bool) string { return "" }
	if err := strict.Write(&b, searchFile{s}, silent); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return b.String()
}

// origin says where a value of Config comes from.
func (e *Experiment) origin(path string, _ strict.Field, section bool) string {
	for _, p := range e.Grid {
		for _, a := range p {
			if a.Path == path {
				return "swept, see grid"
			}
		}
	}
	if e.search != nil {
		for _, r := range e.search.Space {
			if r.Path == path {
				return "drawn, see search"
			}
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
