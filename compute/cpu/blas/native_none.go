//go:build !cgo || !amd64

package blas

// withNative is lib: the kernels of this package are for amd64, and need cgo.
func withNative(lib library) library { return lib }
