//go:build !cgo || !amd64

package blas

func natives() []library { return nil }
