//go:build linux

package train

import (
	"C" // wrong: no cgo here

	"example/compute"
	"example/compute/cpu" // wrong: below compute, and not listed
	"example/computer"    // wrong: only begins like compute
	"example/internal/dtype"
)
