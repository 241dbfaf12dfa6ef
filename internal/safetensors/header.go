package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

// MaxHeader is the longest header that is read, in bytes; the format's own limit.
const MaxHeader = 100_000_000

// names are the format's element types.
var names = map[dtype.DType]string{
	dtype.Float16: "F16", dtype.BFloat16: "BF16", dtype.Float32: "F32", dtype.Float64: "F64",
	dtype.Uint8: "U8", dtype.Int8: "I8", dtype.Int16: "I16", dtype.Int32: "I32", dtype.Int64: "I64",
	dtype.Uint64: "U64", dtype.Bool: "BOOL",
}

var types = func() map[string]dtype.DType {
	m := map[string]dtype.DType{}
	for d, n := range names {
		m[n] = d
	}
	return m
}()

// entry is a tensor's description in the header.
type entry struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
	name    string
	dtype   dtype.DType
}

// parseHeader reads {"__metadata__": {...}, name: {"dtype", "shape", "data_offsets"}, ...} and
// checks it against the payload of so many bytes. The entries come back in the payload's order.
func parseHeader(header []byte, payload int64) ([]entry, map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(header))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, fmt.Errorf("the header is not a JSON object")
	}
	var entries []entry
	var metadata map[string]string
	seen := map[string]bool{}
	for d.More() {
		at := d.InputOffset() + prefix
		t, err := d.Token()
		if err != nil {
			return nil, nil, fmt.Errorf("header, byte %d: %w", at, err)
		}
		name := t.(string) // a JSON object's keys are strings
		if seen[name] {
			return nil, nil, fmt.Errorf("header, byte %d: %q is there twice", at, name)
		}
		seen[name] = true
		if name == "__metadata__" {
			err = d.Decode(&metadata)
		} else {
			e := entry{name: name}
			if err = d.Decode(&e); err == nil {
				err = e.check(payload)
			}
			entries = append(entries, e)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("header, byte %d: %q: %w", at, name, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	if rest := bytes.TrimRight(header[d.InputOffset():], " "); len(rest) > 0 {
		return nil, nil, fmt.Errorf("header, byte %d: something follows the JSON object", d.InputOffset()+prefix)
	}
	return entries, metadata, checkLayout(entries, payload)
}

// check looks at a tensor's description alone.
func (e *entry) check(payload int64) error {
	var ok bool
	if e.dtype, ok = types[e.DType]; !ok {
		return fmt.Errorf("element type %q is not supported", e.DType)
	}
	if e.Shape == nil || len(e.Offsets) != 2 {
		return fmt.Errorf("needs a shape and two data_offsets")
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin < 0 || end < begin || end > payload {
		return fmt.Errorf("its bytes [%d, %d) lie outside the payload of %d: truncated or corrupt", begin, end, payload)
	}
	n, err := array.Size(e.dtype, e.Shape)
	if err != nil {
		return err
	}
	if int64(n) != end-begin {
		return fmt.Errorf("%v %s takes %d bytes, and its offsets give it %d", e.dtype, array.ShapeString(e.Shape), n, end-begin)
	}
	return nil
}

// checkLayout sorts the entries by place, and refuses overlaps, gaps and bytes that belong to
// no tensor.
func checkLayout(entries []entry, payload int64) error {
	sort.SliceStable(entries, func(i, j int) bool {
		a, b := entries[i], entries[j]
		if a.Offsets[0] != b.Offsets[0] {
			return a.Offsets[0] < b.Offsets[0]
		}
		return a.Offsets[1] < b.Offsets[1] // empty tensors first
	})
	at := int64(0)
	for _, e := range entries {
		switch begin := e.Offsets[0]; {
		case begin < at:
			return fmt.Errorf("%q begins at byte %d of the payload, inside the tensor before it, which ends at %d: an overlap", e.name, begin, at)
		case begin > at:
			return fmt.Errorf("%q begins at byte %d of the payload, and the tensor before it ends at %d: a gap", e.name, begin, at)
		}
		at = e.Offsets[1]
	}
	if at != payload {
		return fmt.Errorf("the tensors end at byte %d of a payload of %d", at, payload)
	}
	return nil
}
