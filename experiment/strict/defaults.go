package strict

import (
	"fmt"
	"reflect"
)

// SetDefaults sets *v, a struct, to its defaults: the default tags, else zero values. A tag that
// doesn't fit its field is a programming error and panics.
func SetDefaults(v any) {
	rv := reflect.ValueOf(v).Elem()
	rv.SetZero()
	setDefaults(rv)
}

func setDefaults(v reflect.Value) {
	for _, f := range Fields(v.Type()) {
		fv := v.FieldByIndex(f.index)
		if fv.Kind() == reflect.Struct {
			setDefaults(fv)
		}
		if !f.HasDefault {
			continue
		}
		var rep Report
		if n := f.defaultNode(&rep); n != nil {
			d := NewDecoder(&rep)
			d.root = v.Type()
			d.value(n, fv, f.Name)
		}
		if err := rep.Err(); err != nil {
			panic(fmt.Sprintf("strict: %v: the default of %s: %v", v.Type(), f.Name, err))
		}
	}
}

// defaultNode parses the default tag. A default for text is the text itself, unquoted.
func (f Field) defaultNode(rep *Report) *Node {
	src := &Source{Name: "default", Whole: true}
	if deref(f.Type).Kind() == reflect.String && f.Default != "null" {
		return &Node{Kind: Text, Text: f.Default, Pos: Pos{Src: src}}
	}
	return Parse(src, []byte(f.Default), rep)
}
