package track

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func reopened(t *testing.T, dir string, from uint64) *Run {
	t.Helper()
	r, err := Open(dir)
	must(t, err)
	must(t, r.Start(Attempt{Step: from, Epoch: int(from / 10)}, nil))
	t.Cleanup(func() { r.Close() })
	return r
}

func loss(v float64) map[string]float64 { return map[string]float64{"train/loss": v} }

func series(t *testing.T, dir string) string {
	t.Helper()
	h, err := ReadMetrics(dir)
	must(t, err)
	_, steps, values := h.Series("train/loss")
	var b strings.Builder
	for i := range steps {
		fmt.Fprintf(&b, "%d:%v ", steps[i], values[i])
	}
	return strings.TrimSpace(b.String())
}

func TestMetricsRoundTripBits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	values := map[string]float64{
		"train/loss": math.Nextafter(0.1, 1), "a": math.NaN(), "b": math.Inf(1), "c": math.Inf(-1), "d": 1e-300,
		"e": 1e21, "f": math.Copysign(0, -1), "g": float64(float32(0.1)), `odd "name"`: math.MaxFloat64, "σ": 5e-324,
	}
	must(t, r.Metrics(1, 49, values))
	line := read(t, filepath.Join(dir, metricsName))
	var any map[string]any
	if err := json.Unmarshal([]byte(line), &any); err != nil || strings.Count(line, "\n") != 1 {
		t.Fatalf("not one line of JSON: %q, %v", line, err)
	}
	if !strings.HasPrefix(line, `{"epoch":1,"step":49,"time":"`) || any["attempt"] != 1.0 || any["a"] != "NaN" || any["b"] != "Infinity" || any["c"] != "-Infinity" {
		t.Errorf("line %s", line)
	}
	h, err := ReadMetrics(dir)
	must(t, err)
	if len(h.Points) != 1 || len(h.Points[0].Values) != len(values) || h.Points[0].Time.IsZero() {
		t.Fatalf("read back %+v", h)
	}
	for n, v := range values {
		if got := h.Points[0].Values[n]; math.Float64bits(got) != math.Float64bits(v) && !(math.IsNaN(got) && math.IsNaN(v)) {
			t.Errorf("%s: %v became %v", n, v, got)
		}
	}
}

func TestMetricsRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	wantError(t, r.Metrics(1, 5, map[string]float64{"step": 1}), "cannot be named \"step\"")
	wantError(t, r.Metrics(1, 5, map[string]float64{"": 1}), "cannot be named")
	must(t, r.Metrics(1, 5, loss(1)))
	wantError(t, r.Metrics(1, 5, loss(2)), "epoch 1, step 5 comes after")
	wantError(t, r.Metrics(2, 4, loss(2)), "comes after")
	must(t, r.Metrics(2, 5, loss(2)))
	if n := strings.Count(read(t, filepath.Join(dir, metricsName)), "\n"); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	fresh, err := Create(filepath.Join(t.TempDir(), "run"), nil)
	must(t, err)
	defer fresh.Close()
	wantError(t, fresh.Metrics(1, 5, loss(1)), "before the run was started")
}

// The file is cut off at every byte of its last line; then the run is resumed.
func TestTornLines(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	must(t, r.Metrics(1, 10, loss(1)))
	whole := read(t, filepath.Join(dir, metricsName))
	must(t, r.Metrics(2, 20, loss(2)))
	both := read(t, filepath.Join(dir, metricsName))
	must(t, r.Close())
	for n := len(whole); n < len(both); n++ {
		must(t, os.WriteFile(filepath.Join(dir, metricsName), []byte(both[:n]), 0o666))
		h, err := ReadMetricsAll(dir) // earlier rounds' resumes make the second line stale
		must(t, err)
		torn := n > len(whole) && n < len(both)-1 // without its newline alone, the line is whole
		if (h.Torn == 1) != torn || len(h.Points) != map[bool]int{true: 1, false: 2}[n < len(both)-1] {
			t.Fatalf("cut off at byte %d: %d torn lines, %d points", n, h.Torn, len(h.Points))
		}
		r := reopened(t, dir, 10)
		must(t, r.Metrics(2, 20, loss(3)))
		must(t, r.Close())
		if got := series(t, dir); got != "10:1 20:3" {
			t.Fatalf("cut off at byte %d, then resumed: %s", n, got)
		}
		if !strings.HasPrefix(read(t, filepath.Join(dir, metricsName)), both[:n]) {
			t.Fatalf("cut off at byte %d: the resume changed what was there", n)
		}
	}
}

func TestResumeLeavesNoStaleTail(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	for e := 1; e <= 5; e++ {
		must(t, r.Metrics(e, uint64(10*e), loss(float64(e))))
	}
	must(t, r.Close())
	r = reopened(t, dir, 20) // resumed at 20: 30, 40, 50 are not repeated yet
	if got := series(t, dir); got != "10:1 20:2" {
		t.Errorf("right after the resume: %s", got)
	}
	must(t, r.Metrics(3, 30, loss(33)))
	if got := series(t, dir); got != "10:1 20:2 30:33" {
		t.Errorf("one epoch on: %s", got)
	}
	must(t, r.Close())
	r = reopened(t, dir, 10) // further back: the second attempt's 30 falls away too
	must(t, r.Metrics(2, 20, loss(22)))
	if got := series(t, dir); got != "10:1 20:22" {
		t.Errorf("resumed further back: %s", got)
	}
	h, err := ReadMetrics(dir)
	must(t, err)
	if h.Stale != 5 || h.Torn != 0 { // 20, 30, 40, 50 of the first, 30 of the second
		t.Errorf("%d stale, %d torn lines", h.Stale, h.Torn)
	}
	all, err := ReadMetricsAll(dir)
	must(t, err)
	_, steps, values := all.Series("train/loss")
	if !reflect.DeepEqual(steps, []uint64{10, 20, 30, 40, 50}) || !reflect.DeepEqual(values, []float64{1, 22, 33, 4, 5}) {
		t.Errorf("all: %v %v", steps, values)
	}
}

func TestForeignLinesAreSkipped(t *testing.T) {
	dir := t.TempDir()
	text := `{"step":1,"x":1}
null
[1]
{"epoch":1,"step":-1,"x":1}
{"epoch":1,"step":2,"time":"2026-01-01T00:00:00.000Z","attempt":1,"x":0.5,"note":"hello","deep":{"y":1}}
`
	must(t, os.WriteFile(filepath.Join(dir, metricsName), []byte(text), 0o666))
	h, err := ReadMetrics(dir)
	must(t, err)
	if len(h.Points) != 1 || !reflect.DeepEqual(h.Points[0].Values, map[string]float64{"x": 0.5}) {
		t.Errorf("read %+v", h)
	}
}

func TestLogIsOneObjectALine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	out, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	must(t, err)
	defer out.Close()
	log := Logger(ConsoleCore(out, zap.InfoLevel), r.LogCore(zap.DebugLevel))
	log.Debug("detail")
	log.Info("two\nlines", zap.Int("epoch", 3), zap.Float64("loss", math.NaN()))
	for path, want := range map[string]int{out.Name(): 1, filepath.Join(dir, logName): 2} { // no terminal: JSON too
		lines := strings.Split(strings.TrimSpace(read(t, path)), "\n")
		var last map[string]any
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || len(lines) != want {
			t.Fatalf("%s: %d lines, %v", path, len(lines), err)
		}
		if last["msg"] != "two\nlines" || last["level"] != "info" || last["epoch"] != 3.0 || last["loss"] != "NaN" || last["time"] == nil {
			t.Errorf("%s: %v", path, last)
		}
	}
}
