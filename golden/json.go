package golden

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// plain rewrites JSON so that whole numbers are written as such, 4 for 4.0 or 4e0: a field of whole
// numbers takes no other form.
func plain(raw []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
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
