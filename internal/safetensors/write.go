package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"unicode/utf8"

	"noise2sparse/internal/array"
)

// align is what the payload's start, and by the order of the tensors each tensor's, is a
// multiple of: the largest element.
const align = 8

// Write writes the tensors and the metadata (nil: none). The bytes depend on the values alone,
// not on the order of the arguments: wider elements come first, which keeps every tensor
// aligned, then names in order. Nothing is written where an argument is wrong.
func Write(w io.Writer, tensors []array.Named, metadata map[string]string) error {
	sorted := append([]array.Named(nil), tensors...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		if sa, sb := a.Array.DType.Size(), b.Array.DType.Size(); sa != sb {
			return sa > sb
		}
		return a.Name < b.Name
	})
	header, err := formatHeader(sorted, metadata)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range sorted {
		if _, err := w.Write(t.Array.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// formatHeader writes the length and the JSON, padded with spaces.
func formatHeader(sorted []array.Named, metadata map[string]string) ([]byte, error) {
	b := make([]byte, prefix, 1024)
	b = append(b, '{')
	comma := false
	add := func(name string, value any) error {
		if !utf8.ValidString(name) {
			return fmt.Errorf("the name %q is not valid UTF-8", name)
		}
		var err error
		if comma {
			b = append(b, ',')
		}
		comma = true
		if b, err = appendJSON(b, name); err == nil {
			b, err = appendJSON(append(b, ':'), value)
		}
		return err
	}
	if len(metadata) > 0 {
		if err := add("__metadata__", metadata); err != nil { // maps are written in the keys' order
			return nil, err
		}
	}
	at, seen := int64(0), map[string]bool{"__metadata__": true}
	for _, t := range sorted {
		if err := t.Array.Check(); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if seen[t.Name] {
			return nil, fmt.Errorf("tensor %q: the name is taken", t.Name)
		}
		seen[t.Name] = true
		end := at + int64(len(t.Array.Bytes))
		shape := append([]int{}, t.Array.Shape...) // [] for a scalar, never null
		if err := add(t.Name, entry{DType: names[t.Array.DType], Shape: shape, Offsets: []int64{at, end}}); err != nil {
			return nil, err
		}
		at = end
	}
	b = append(b, '}')
	for len(b)%align != 0 {
		b = append(b, ' ')
	}
	if len(b)-prefix > MaxHeader {
		return nil, fmt.Errorf("a header of %d bytes; at most %d are allowed", len(b)-prefix, MaxHeader)
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-prefix))
	return b, nil
}

// appendJSON appends v, without turning <, > and & into escapes.
func appendJSON(b []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...), err
}
