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
		if f.HasDefault {
			var rep Report
			d := NewDecoder(&rep)
			d.root = v.Type()
			d.value(f.node, fv, f.Name)
			mustFit(v.Type(), f, rep.Err())
		}
	}
}

// parseDefault parses the default tag. A default for text is the text itself, unquoted.
func parseDefault(t reflect.Type, f Field) *Node {
	src := &Source{Name: "default", Whole: true}
	if deref(f.Type).Kind() == reflect.String && f.Default != "null" {
		return &Node{Kind: Text, Text: f.Default, Pos: Pos{Src: src}}
	}
	var rep Report
	n := Parse(src, []byte(f.Default), &rep)
	mustFit(t, f, rep.Err())
	return n
}

func mustFit(t reflect.Type, f Field, err error) {
	if err != nil {
		panic(fmt.Sprintf("strict: %v: the default of %s: %v", t, f.Name, err))
	}
}
