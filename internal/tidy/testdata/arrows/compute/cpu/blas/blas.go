package blas

import (
	"C"

	"example/compute"
	"golang.org/x/sys/cpu"
)
