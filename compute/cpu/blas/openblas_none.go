//go:build !cgo || !(linux || darwin || freebsd)

package blas

import "errors"

// openBLAS can't be loaded without cgo.
func openBLAS() (library, error) {
	return nil, errors.New("this trainer was built without cgo; install a C compiler (apt-get install gcc) and build again")
}
