//go:build !cgo || !linux

package gpu

import "fmt"

// Load says that this build has no CUDA.
func Load() error {
	return fmt.Errorf("%w in this build: it needs Linux and cgo (apt-get install gcc, then build again)", ErrNone)
}

// LoadDNN says that too.
func LoadDNN() error { return Load() }

// LoadLt says that too.
func LoadLt() error { return Load() }

// Look says the same.
func Look() Summary { return Describe() }

// Describe says the same.
func Describe() Summary { return Summary{Devices: []Seen{}, Missing: Load().Error()} }
