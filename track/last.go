package track

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// lastChunk is how much of metrics.jsonl LastPoint reads at first, in bytes: some lines.
const lastChunk = 16 << 10

// LastPoint returns the last line of the run's metrics, with the values of earlier lines for those
// of names that it does not have, such as validation metrics. It reads the file's end alone, as far
// back as it must. ok is false where there is no line yet. Lines are left out as ReadMetrics does.
func LastPoint(dir string, names ...string) (p Point, ok bool, err error) {
	attempts, err := ReadAttempts(dir)
	if err != nil {
		return p, false, err
	}
	path := filepath.Join(dir, metricsName)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, nil
	}
	if err != nil {
		return p, false, explain(path, "cannot read", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return p, false, explain(path, "cannot read", err)
	}
	for chunk := int64(lastChunk); ; chunk *= 4 {
		from := max(0, st.Size()-chunk)
		b := make([]byte, st.Size()-from)
		if _, err := f.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
			return p, false, explain(path, "cannot read", err)
		}
		if from > 0 { // the first line is a part of one, most likely
			b = b[bytes.IndexByte(b, '\n')+1:]
		}
		if p, ok = lastOf(b, attempts, names); from == 0 || ok && hasAll(p.Values, names) {
			return p, ok, nil
		}
	}
}

// lastOf is LastPoint for the lines in b.
func lastOf(b []byte, attempts []Attempt, names []string) (last Point, ok bool) {
	for len(b) > 0 && !(ok && hasAll(last.Values, names)) {
		end := bytes.LastIndexByte(bytes.TrimRight(b, "\n"), '\n') + 1
		line := b[end:]
		b = b[:end]
		var p Point
		if json.Unmarshal(line, &p) != nil || repeated(p, attempts) {
			continue
		}
		if !ok {
			last, ok = p, true
			continue
		}
		for _, n := range names {
			if v, has := p.Values[n]; has {
				if _, has := last.Values[n]; !has {
					last.Values[n] = v
				}
			}
		}
	}
	return last, ok
}

func hasAll(values map[string]float64, names []string) bool {
	for _, n := range names {
		if _, ok := values[n]; !ok {
			return false
		}
	}
	return true
}
