package strict

import (
	"math"
	"reflect"
)

// Schema is the JSON Schema (draft 2020-12) of a type: what Decode accepts, with the fields' docs
// and defaults. encoding/json writes it.
func Schema(t reflect.Type) map[string]any {
	switch {
	case t.Kind() == reflect.Pointer:
		return orNull(Schema(t.Elem()))
	case t.Kind() == reflect.Bool:
		return map[string]any{"type": "boolean"}
	case t.Kind() == reflect.String:
		return map[string]any{"type": "string"}
	case isFloat(t):
		return map[string]any{"type": "number"}
	case isInt(t):
		s := map[string]any{"type": "integer"}
		if t.Bits() < 64 {
			s["minimum"], s["maximum"] = int64(math.MinInt64)>>(64-t.Bits()), int64(math.MaxInt64)>>(64-t.Bits())
		}
		return s
	case isUint(t):
		return map[string]any{"type": "integer", "minimum": 0, "maximum": uint64(math.MaxUint64) >> (64 - t.Bits())}
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": Schema(t.Elem())}
	case t.Kind() == reflect.Array:
		return map[string]any{"type": "array", "items": Schema(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case t.Kind() == reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": Schema(t.Elem())}
	}
	return structSchema(t)
}

func structSchema(t reflect.Type) map[string]any {
	properties := map[string]any{}
	for _, f := range Fields(t) {
		properties[f.Name] = fieldSchema(f)
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

func fieldSchema(f Field) map[string]any {
	s := Schema(f.Type)
	if f.Doc != "" {
		s["description"] = f.Doc
	}
	if f.HasDefault {
		s["default"] = defaultJSON(f)
	} else if deref(f.Type).Kind() != reflect.Struct {
		s["default"] = zeroJSON(f.Type)
	} else if f.Type.Kind() == reflect.Pointer {
		s["default"] = nil
	}
	return s
}

// orNull lets a schema accept null too.
func orNull(s map[string]any) map[string]any {
	if one, ok := s["type"].(string); ok {
		s["type"] = []string{one, "null"}
	}
	return s
}

func zeroJSON(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Pointer:
		return nil
	case reflect.Slice:
		return []any{}
	case reflect.Map:
		return map[string]any{}
	}
	return reflect.Zero(t).Interface()
}

// defaultJSON is a field's default as encoding/json would write it.
func defaultJSON(f Field) any {
	v := reflect.New(f.Type).Elem()
	var rep Report
	NewDecoder(&rep).value(f.node, v, f.Name)
	mustFit(f.Type, f, rep.Err())
	return plainJSON(v)
}

// plainJSON turns a value into what encoding/json writes under the keys of the yaml tags.
func plainJSON(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plainJSON(v.Elem())
	case reflect.Struct:
		out := map[string]any{}
		for _, f := range Fields(v.Type()) {
			out[f.Name] = plainJSON(v.FieldByIndex(f.index))
		}
		return out
	case reflect.Slice, reflect.Array:
		out := []any{}
		for i := range v.Len() {
			out = append(out, plainJSON(v.Index(i)))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[k.String()] = plainJSON(v.MapIndex(k))
		}
		return out
	}
	return v.Interface()
}
