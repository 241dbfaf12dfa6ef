// Package exp_commands holds the paper's experiments, one YAML file each, embedded in the binary.
// A new experiment is a new file here and nothing else; package experiment reads them, and
// `trainer exp schema` prints what a file may say.
package exp_commands

import "embed"

// Files holds NAME.yaml for every experiment NAME.
//
//go:embed *.yaml
var Files embed.FS
