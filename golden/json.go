package golden

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// notNumber is what Python's json writes for what JSON has no number for.
var notNumber = regexp.MustCompile(`([\[,:]\s*)-?(NaN|Infinity)`)

// plain rewrites JSON as Python writes it into what Go reads: whole numbers as such, 4 for 4.0 or 4e0,
// since a field of whole numbers takes no other form, and NaN as null.
func plain(raw []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(notNumber.ReplaceAll(raw, []byte("${1}null"))))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(wholes(v))
}

// wholes does it to a decoded value.
func wholes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = wholes(x)
		}
	case []any:
		for i, x := range v {
			v[i] = wholes(x)
		}
	case json.Number:
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return json.Number(strconv.FormatInt(int64(f), 10))
		}
	}
	return v
}
