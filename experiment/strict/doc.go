// Package strict reads YAML into Go structs without guessing: every unknown, doubled or ill-typed
// key is reported, all at once, each with file:line:column, the source line and the nearest known
// name. Nothing in it knows what the structs are about; it is driven by their types and tags:
//
//	yaml:"name"      the key (",inline" joins an embedded struct's keys to the outer ones)
//	default:"[1, 2]" the value where the file gives none, as YAML; without it the zero value
//	doc:"..."        one line for people: comments of written files, descriptions of the schema
//	resume:"free"    the field may change when a run is resumed (a section's tag holds for all in it)
//
// Pointers and maps may be null; lists and maps that are empty are read as nil, so that what is
// written reads back identical. Numbers are finite.
package strict
