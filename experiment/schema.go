package experiment

import (
	"bytes"
	"encoding/json"
	"reflect"

	"noise2sparse/experiment/strict"
)

// Schema is the JSON Schema (draft 2020-12) of an experiment file, for editors: all fields with
// docs and defaults, and the fields that a grid may sweep.
func Schema() ([]byte, error) {
	s := strict.Schema(configType)
	properties := s["properties"].(map[string]any)
	for key, sub := range strict.Schema(headType)["properties"].(map[string]any) {
		delete(sub.(map[string]any), "default")
		properties[key] = sub
	}
	properties["name"].(map[string]any)["pattern"] = nameForm.String()
	properties[gridKey] = gridSchema()
	s["patternProperties"] = map[string]any{"^x-": map[string]any{"description": "left alone; a place for anchors"}}
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "noise2sparse experiment"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(s)
	return b.Bytes(), err
}

func gridSchema() map[string]any {
	axes := map[string]any{}
	patterns := map[string]any{}
	for _, p := range strict.Paths(configType) {
		f, _, _ := strict.Lookup(configType, p)
		list := func(t reflect.Type) map[string]any {
			return map[string]any{"type": "array", "items": strict.Schema(t), "minItems": 1, "uniqueItems": true, "description": f.Doc}
		}
		axes[p] = list(f.Type)
		if f.Type.Kind() == reflect.Map {
			patterns["^"+p+`\.[^.]+$`] = list(f.Type.Elem())
		}
	}
	return map[string]any{
		"type": "object", "properties": axes, "patternProperties": patterns, "additionalProperties": false,
		"description": "what is swept: dotted field paths with lists of values; a job per combination, the first field varies slowest",
	}
}
