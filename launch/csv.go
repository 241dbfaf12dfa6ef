package launch

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/track"
)

// csvHead are the columns that every table of runs begins with.
var csvHead = []string{"run", "experiment", "job", "state", "epoch", "epochs", "step", "error"}

// csvSummary are the columns from summary.json, in this order, those that some run has.
var csvSummary = []string{
	"seed", "train_loss", "val_loss", "val_accuracy", "val_active_fraction", "val_dead_fraction", "train_dead_fraction",
	"best_epoch", "best_metric", "best_value", "stopped_early", "dictionary_elements", "dictionary_found",
	"steps", "attempts", "ms_per_step", "samples_per_second", "seconds", "device", "config_sha256", "data_sha256", "version",
}

// WriteCSV writes a table of the runs, a line each: where it is and how far, the fields of the
// configuration in which the runs differ, what its summary says, and the last value of every metric.
// Configurations are read from the run folders, so no experiment file is needed. A value that a run
// does not have is empty.
func (o *Overview) WriteCSV(w io.Writer) error {
	configs := make([]map[string]string, len(o.Runs))
	values := make([]map[string]string, len(o.Runs))
	for i, r := range o.Runs {
		configs[i] = configValues(r.Dir)
		values[i] = summaryValues(r)
	}
	swept := differing(configs)
	columns := slices.Concat(csvHead, swept)
	for _, name := range csvSummary {
		if !slices.Contains(columns, name) && has(values, name) {
			columns = append(columns, name)
		}
	}
	columns = append(columns, metricColumns(values)...)
	c := csv.NewWriter(w)
	if err := c.Write(columns); err != nil {
		return err
	}
	for i, r := range o.Runs {
		row := []string{
			r.Dir, filepath.Base(filepath.Dir(r.Dir)), jobID(r.Dir), string(r.State),
			strconv.Itoa(r.Epoch), strconv.Itoa(r.Epochs), strconv.FormatUint(r.Step, 10), r.Error,
		}
		for _, name := range columns[len(csvHead):] {
			if v, ok := configs[i][name]; ok {
				row = append(row, v)
			} else {
				row = append(row, values[i][name])
			}
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// configValues are the fields of a run's newest configuration, as YAML text by their dotted paths; none
// where it can't be read. What names the run or asks for machines is left out.
func configValues(dir string) map[string]string {
	text, name, err := track.ReadConfig(dir)
	if err != nil {
		return nil
	}
	var rep strict.Report
	root := strict.Parse(&strict.Source{Name: name}, text, &rep)
	if root == nil || root.Kind != strict.Map {
		return nil
	}
	out := map[string]string{}
	for _, f := range root.Fields {
		if !slices.Contains([]string{"name", "purpose", "base", "reference", "launch"}, f.Key) {
			flatten(f.Value, f.Key, out)
		}
	}
	return out
}

func flatten(n *strict.Node, path string, out map[string]string) {
	switch {
	case n.Kind == strict.Map && len(n.Fields) > 0:
		for _, f := range n.Fields {
			flatten(f.Value, path+"."+f.Key, out)
		}
	case n.Kind == strict.Text:
		out[path] = n.Text
	default:
		out[path] = n.Inline()
	}
}

// differing are the fields in which the configurations differ, sorted. Runs without one don't count.
func differing(configs []map[string]string) []string {
	all := map[string]string{}
	differ := map[string]bool{}
	n := 0
	counts := map[string]int{}
	for _, c := range configs {
		if c == nil {
			continue
		}
		n++
		for path, v := range c {
			if first, ok := all[path]; ok && first != v {
				differ[path] = true
			}
			all[path] = v
			counts[path]++
		}
	}
	for path, k := range counts {
		if k < n {
			differ[path] = true
		}
	}
	return slices.Sorted(maps.Keys(differ))
}

// summaryValues are what summary.json says; of a run without one, its last metrics.
func summaryValues(r RunStatus) map[string]string {
	out := map[string]string{}
	var metrics map[string]track.Float
	if s, err := track.ReadSummary(r.Dir); err == nil {
		metrics = s.Metrics
		s.Metrics = nil
		b, err := json.Marshal(s)
		var fields map[string]json.RawMessage
		if err == nil && json.Unmarshal(b, &fields) == nil {
			for name, raw := range fields {
				out[name] = strings.Trim(string(raw), `"`)
			}
		}
	} else if p, ok, err := track.LastPoint(r.Dir, "val/loss"); err == nil && ok {
		metrics = track.Floats(p.Values)
	}
	for name, v := range metrics {
		out[name] = strconv.FormatFloat(float64(v), 'g', -1, 64)
	}
	return out
}

// metricColumns are the names of metrics that some run has, sorted: they hold a slash.
func metricColumns(values []map[string]string) []string {
	names := map[string]bool{}
	for _, v := range values {
		for name := range v {
			if strings.Contains(name, "/") {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func has(values []map[string]string, name string) bool {
	return slices.ContainsFunc(values, func(v map[string]string) bool { _, ok := v[name]; return ok })
}
