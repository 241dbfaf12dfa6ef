package launch

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"noise2sparse/launch/console"
	"noise2sparse/report"
	"noise2sparse/track"
)

// Print writes what came out: one screen about a single job, with its receptive fields where f can
// show them; a table of several.
func (r *Result) Print(f *os.File) error {
	switch len(r.Jobs) {
	case 0:
		return nil // none was begun, and the error says why
	case 1:
		return r.Jobs[0].print(f, r.Experiment)
	}
	return r.table(f)
}

func (o *Outcome) print(f *os.File, experiment string) error {
	if o.Summary == nil {
		return nil // the error says it all
	}
	mode := report.DetectMode(f)
	title := fmt.Sprintf("%s, job %s: done", experiment, o.Job)
	if o.Action == Skip {
		title += " already; --fresh begins anew"
	}
	h, err := track.ReadMetrics(o.Dir)
	if err != nil {
		h = nil // curves are worth no error
	}
	res := console.Result{Title: title, Folder: o.Dir, Figure: o.Figure, Summary: *o.Summary, History: h, Best: bestCheckpoint(o.Dir, *o.Summary, h)}
	if err := console.Summary(f, res, mode); err != nil {
		return err
	}
	if o.Fields == nil || mode == report.ASCII {
		return nil
	}
	return o.Fields.print(f, mode)
}

// bestCheckpoint is the folder of the checkpoint of the run's best epoch, "" where that was not saved.
func bestCheckpoint(dir string, s track.Summary, h *track.History) string {
	if h == nil || s.BestEpoch == nil {
		return ""
	}
	saved, err := track.Checkpoints(dir)
	if err != nil {
		return ""
	}
	epochs, steps, _ := h.Series(s.BestMetric)
	for i, e := range epochs {
		if e == *s.BestEpoch && slices.Contains(saved, steps[i]) {
			return filepath.Join(dir, "checkpoints", fmt.Sprint(steps[i]))
		}
	}
	return ""
}

// fieldLines is the height of the receptive fields in the terminal: with the summary, one screen.
const fieldLines = 20

func (p *Fields) print(f *os.File, mode report.Mode) error {
	width := min(console.Width(f)-2, 100)
	img, err := report.TerminalFields(p.Weights, p.Dim, p.Geometry, width, fieldLines, report.FieldOptions{Activity: p.Activity})
	if err != nil {
		return err
	}
	fmt.Fprintln(f)
	return report.TerminalImage(img, width, f, mode)
}

func (r *Result) table(f *os.File) error {
	rows := [][]string{{"job", "state", "train loss", "val loss", "active", "dead", "ms/step"}}
	for _, o := range r.Jobs {
		row := []string{filepath.Base(o.Dir), string(o.State), "", "", "", "", ""}
		if o.State == "" {
			row[1] = "not begun"
		}
		if s := o.Summary; s != nil {
			row[2], row[6] = console.Loss(float64(s.TrainLoss)), fmt.Sprintf("%.3g", float64(s.MsPerStep))
			row[3] = optional(s.ValLoss, console.Loss)
			row[4] = optional(s.ValActiveFraction, console.Percent)
			row[5] = optional(s.ValDeadFraction, console.Percent)
		} else if o.State != "" { // as far as it came
			r := statusOf(o.Dir)
			row[2], row[3], row[4] = optional(r.Train, console.Loss), optional(r.Val, console.Loss), optional(r.Active, console.Percent)
		}
		rows = append(rows, row)
	}
	fmt.Fprintf(f, "\n%s, in %s\n", plural(len(r.Jobs), "job"), filepath.Dir(r.Jobs[0].Dir))
	return console.Table(f, "llrrrrr", rows)
}

func optional(v *track.Float, show func(float64) string) string {
	if v == nil {
		return ""
	}
	return show(float64(*v))
}

// HowToGoOn is the command that goes on with the job that was interrupted: program is this one as the
// user calls it, flags are those of the command that was, as far as they count for this one.
func (r *Result) HowToGoOn(program string, flags []string) string {
	for _, o := range r.Jobs {
		if o.State != track.Interrupted {
			continue
		}
		command := Command(append([]string{program, "run", "--resume", o.Dir}, flags...)...)
		if len(r.Jobs) > 1 {
			return "the same command goes on, or for this job alone: " + command
		}
		return "checkpoint saved; go on with: " + command
	}
	return "nothing was begun"
}

// Command is what to type in a shell for a program and its arguments.
func Command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// quote writes a path so that a shell takes it as one word.
func quote(path string) string {
	if path == "" || strings.ContainsAny(path, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// Print writes the table of a dry run.
func (d *DryRun) Print(f *os.File) error {
	rows := [][]string{{"job", "to do", "parameters", "epochs", "steps", "ms/step", "time", "disk"}}
	for _, e := range d.Jobs {
		rows = append(rows, []string{
			filepath.Base(e.Dir), string(e.Action), fmt.Sprint(e.Parameters), fmt.Sprint(e.Epochs),
			fmt.Sprint(e.Steps), digits3(e.MsPerStep), about(e.Seconds), console.Bytes(e.Disk),
		})
	}
	if err := console.Table(f, "llrrrrrr", rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(f, "%s, in %s; to do: about %s on this machine, one after the other, and %s of disk space\n",
		plural(len(d.Jobs), "job"), filepath.Dir(d.Jobs[0].Dir), about(d.Seconds), console.Bytes(d.Disk))
	for _, n := range d.Notes {
		fmt.Fprintln(f, n)
	}
	if len(d.NotReady) > 0 {
		fmt.Fprintln(f, "it can't be run yet:")
	}
	for _, n := range d.NotReady {
		fmt.Fprintln(f, "  "+n)
	}
	for _, s := range d.Scripts {
		if err == nil {
			_, err = fmt.Fprintf(f, "\n%s", s)
		}
	}
	return err
}

// about is an estimated time for people.
func about(seconds float64) string {
	return console.Duration(time.Duration(math.Min(seconds, 1e9) * 1e9))
}

// digits3 is a number with three digits at least, and without an exponent.
func digits3(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
