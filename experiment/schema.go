package experiment

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	search, err := searchSchema()
	if err != nil {
		return nil, err
	}
	properties[searchKey] = search
	s["patternProperties"] = map[string]any{"^x-": map[string]any{"description": "left alone; a place for anchors"}}
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "noise2sparse experiment"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(s)
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
	one := map[string]any{"type": "object", "properties": axes, "patternProperties": patterns, "additionalProperties": false}
	return map[string]any{
		"type": []string{"object", "array"}, "properties": axes, "patternProperties": patterns, "additionalProperties": false, "items": one,
		"description": "what is swept: dotted field paths with lists of values; a job per combination, the first field varies slowest. A list of such mappings: one after the other",
	}
}

// searchSchema is the schema of search: that of its struct, and the distributions, for each field those
// that suit it.
func searchSchema() (map[string]any, error) {
	f, _, ok := strict.Lookup(reflect.TypeFor[searchFile](), searchKey)
	if !ok {
		return nil, fmt.Errorf("the search section has lost its key") // cannot happen
	}
	s := strict.Schema(f.Type)
	s["description"], s["default"] = f.Doc, nil
	ranges := map[string]any{}
	for _, p := range strict.Paths(configType) {
		f, _, _ := strict.Lookup(configType, p)
		one := map[string]any{choiceKey: map[string]any{"type": "array", "items": strict.Schema(f.Type), "minItems": 1, "uniqueItems": true}}
		for _, d := range strict.Fields(reflect.TypeFor[distribution]()) {
			if r := (Range{Path: p, Kind: d.Name, lo: 1, hi: 2}); r.wrong() == "" {
				one[d.Name] = map[string]any{"type": "array", "items": map[string]any{"type": "number"}, "minItems": 2, "maxItems": 2, "description": d.Doc}
			}
		}
		ranges[p] = map[string]any{"type": "object", "properties": one, "additionalProperties": false, "minProperties": 1, "maxProperties": 1, "description": f.Doc}
	}
	s["properties"].(map[string]any)[spaceKey] = map[string]any{
		"type": []string{"object", "null"}, "properties": ranges, "additionalProperties": false, "default": nil,
		"description": "random: fields that are drawn from distributions: uniform, log_uniform or int with [low, high], or choice with values",
	}
	return s, nil
}
