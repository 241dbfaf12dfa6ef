package track

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
	"time"
)

const metricsName = "metrics.jsonl"

// timeFormat is RFC 3339 in UTC with milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// Names of a metrics line that are no metrics.
var lineFields = map[string]bool{"epoch": true, "step": true, "time": true, "attempt": true}

// metricsWriter appends lines to metrics.jsonl.
type metricsWriter struct {
	lines   *Lines
	attempt int
	buf     []byte
	epoch   int
	step    uint64
	begun   bool
}

// add appends the line of (epoch, step): one write(2), names sorted. Lines of an attempt must come
// in ascending order of (step, epoch), since readers take the last line per (epoch, step).
func (m *metricsWriter) add(epoch int, step uint64, values map[string]float64) error {
	if m.begun && (step < m.step || step == m.step && epoch <= m.epoch) {
		return fmt.Errorf("%s: a line for epoch %d, step %d comes after the one for epoch %d, step %d; write all metrics of a step in one line, in order",
			m.lines.f.Name(), epoch, step, m.epoch, m.step)
	}
	names := make([]string, 0, len(values))
	for n := range values {
		if n == "" || lineFields[n] {
			return fmt.Errorf("%s: a metric cannot be named %q", m.lines.f.Name(), n)
		}
		names = append(names, n)
	}
	sort.Strings(names)
	b := append(m.buf[:0], `{"epoch":`...)
	b = strconv.AppendInt(b, int64(epoch), 10)
	b = append(b, `,"step":`...)
	b = strconv.AppendUint(b, step, 10)
	b = append(b, `,"time":"`...)
	b = time.Now().UTC().AppendFormat(b, timeFormat)
	b = append(b, `","attempt":`...)
	b = strconv.AppendInt(b, int64(m.attempt), 10)
	for _, n := range names {
		b = append(b, ',')
		b = appendString(b, n)
		b = append(b, ':')
		b = appendFloat(b, values[n])
	}
	m.buf = append(b, "}\n"...)
	if _, err := m.lines.Write(m.buf); err != nil {
		return err
	}
	m.epoch, m.step, m.begun = epoch, step, true
	return nil
}

func appendString(b []byte, s string) []byte {
	q, err := json.Marshal(s)
	if err != nil { // cannot happen: every string marshals
		panic(err)
	}
	return append(b, q...)
}

// Point is one line of metrics.jsonl.
type Point struct {
	Epoch   int
	Step    uint64
	Time    time.Time
	Attempt int
	Values  map[string]float64
}

// UnmarshalJSON reads a line; it fails where a field is missing or no number.
func (p *Point) UnmarshalJSON(b []byte) error {
	var head struct {
		Epoch   *int      `json:"epoch"`
		Step    *uint64   `json:"step"`
		Time    time.Time `json:"time"`
		Attempt int       `json:"attempt"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return err
	}
	if head.Epoch == nil || head.Step == nil {
		return fmt.Errorf("a metrics line has no epoch or no step")
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	*p = Point{*head.Epoch, *head.Step, head.Time, head.Attempt, make(map[string]float64, len(all))}
	for n, raw := range all {
		if lineFields[n] {
			continue
		}
		if v, ok := parseFloat(string(raw)); ok {
			p.Values[n] = v
		}
	}
	return nil
}

// History is what metrics.jsonl tells about a run.
type History struct {
	Points []Point // ascending (step, epoch), one each
	Torn   int     // lines that a crash cut off, skipped
	Stale  int     // lines beyond the point where a later attempt began, skipped
}

// ReadMetrics reads the metrics of the run in dir: the last whole line per (epoch, step). A run
// resumed at step s repeats what came after s; the earlier attempts' lines beyond s are left out,
// so that no curve has a stale tail where the repetition is not as far yet.
func ReadMetrics(dir string) (*History, error) { return readMetrics(dir, false) }

// ReadMetricsAll is ReadMetrics without leaving out the earlier attempts' lines.
func ReadMetricsAll(dir string) (*History, error) { return readMetrics(dir, true) }

func readMetrics(dir string, keepStale bool) (*History, error) {
	attempts, err := ReadAttempts(dir)
	if err != nil {
		return nil, err
	}
	type key struct {
		epoch int
		step  uint64
	}
	h := &History{}
	last := map[key]int{}
	h.Torn, err = ReadLines(filepath.Join(dir, metricsName), func(p Point) {
		if !keepStale && repeated(p, attempts) {
			h.Stale++
			return
		}
		k := key{p.Epoch, p.Step}
		if i, ok := last[k]; ok {
			h.Points[i] = p
			return
		}
		last[k] = len(h.Points)
		h.Points = append(h.Points, p)
	})
	sort.SliceStable(h.Points, func(i, j int) bool {
		a, b := h.Points[i], h.Points[j]
		return a.Step < b.Step || a.Step == b.Step && a.Epoch < b.Epoch
	})
	return h, err
}

// repeated tells whether a later attempt began before p's step, and so computes it again.
func repeated(p Point, attempts []Attempt) bool {
	for _, a := range attempts {
		if a.Attempt > p.Attempt && p.Step > a.Step {
			return true
		}
	}
	return false
}

// Series returns the values of one metric with their epochs and steps; lines without it are left out.
func (h *History) Series(name string) (epochs []int, steps []uint64, values []float64) {
	for _, p := range h.Points {
		if v, ok := p.Values[name]; ok {
			epochs, steps, values = append(epochs, p.Epoch), append(steps, p.Step), append(values, v)
		}
	}
	return epochs, steps, values
}
