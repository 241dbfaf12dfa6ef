//go:build cgo && (linux || darwin || freebsd)

package blas

/*
#cgo linux LDFLAGS: -ldl
#cgo noescape n2s_sgemm
#cgo nocallback n2s_sgemm
#cgo noescape n2s_dgemm
#cgo nocallback n2s_dgemm
#include <stdlib.h>
#include "openblas.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

// cOpenBLAS is a loaded OpenBLAS.
type cOpenBLAS struct {
	fn     C.n2s_blas
	about  Info
	serial bool // a build that may not allow concurrent calls
	mu     *sync.Mutex
}

// openBLAS loads the first candidate that is there and multiplies correctly.
func openBLAS() (library, error) {
	if asked() == "none" {
		return nil, errors.New(EnvLibrary + "=none asks for it")
	}
	var refused []string
	for _, name := range candidates() {
		lib, err := open(name)
		if err == nil {
			return lib, nil
		}
		if asked() != "" || !missing(err) {
			refused = append(refused, err.Error())
		}
	}
	if asked() != "" {
		return nil, fmt.Errorf("%s: %s", EnvLibrary, strings.Join(refused, "; "))
	}
	if len(refused) > 0 {
		return nil, fmt.Errorf("%s; %s", strings.Join(refused, "; "), howToGet())
	}
	return nil, fmt.Errorf("no OpenBLAS was found; %s", howToGet())
}

// howToGet says how to install OpenBLAS.
func howToGet() string {
	if runtime.GOOS == "darwin" {
		return "brew install openblas"
	}
	return "apt-get install libopenblas0-pthread (dnf install openblas-threads), or name a file in " + EnvLibrary
}

// missing says whether a file is simply not there.
func missing(err error) bool {
	return strings.Contains(err.Error(), "No such file") || strings.Contains(err.Error(), "no such file")
}

// open loads one library, with one thread a call and the kernels that suit this processor.
func open(name string) (*cOpenBLAS, error) {
	cName, cCore := C.CString(name), C.CString(coreType(int(C.n2s_amd_family())))
	defer C.free(unsafe.Pointer(cName))
	defer C.free(unsafe.Pointer(cCore))
	lib := &cOpenBLAS{mu: new(sync.Mutex)}
	var message [256]C.char
	if C.n2s_open_blas(&lib.fn, cName, cCore, &message[0], C.size_t(len(message))) == 0 {
		return nil, errors.New(C.GoString(&message[0]))
	}
	lib.serial = lib.fn.parallel == 0
	lib.about = Info{
		Library: "OpenBLAS",
		Version: version(C.GoString(lib.fn.config)),
		Core:    C.GoString(lib.fn.core),
		Path:    C.GoString(&lib.fn.path[0]),
		Threads: 1,
	}
	if err := verify(lib); err != nil {
		return nil, fmt.Errorf("%s (%s): %w", name, lib.about.Name(), err)
	}
	return lib, nil
}

// version is the second word of "OpenBLAS 0.3.21 DYNAMIC_ARCH ...".
func version(config string) string {
	if w := strings.Fields(config); len(w) > 1 && w[0] == "OpenBLAS" {
		return w[1]
	}
	return ""
}

func (l *cOpenBLAS) info() Info { return l.about }

func (l *cOpenBLAS) gemm32(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if l.serial {
		l.mu.Lock()
		defer l.mu.Unlock()
	}
	// With beta = 0, OpenBLAS clears c before it adds to it, in a loop that takes up to a tenth of a
	// training step, since it waits for each of c's lines. Go's clear does not wait, and with beta = 1
	// OpenBLAS leaves c alone. The sums are the same.
	if beta == 0 {
		scale(m, n, 0, c, ldc)
		beta = 1
	}
	C.n2s_sgemm(l.fn.sgemm, cFlag(transA), cFlag(transB), C.int(m), C.int(n), C.int(k), C.float(alpha),
		(*C.float)(unsafe.SliceData(a)), C.int(lda), (*C.float)(unsafe.SliceData(b)), C.int(ldb),
		C.float(beta), (*C.float)(unsafe.SliceData(c)), C.int(ldc))
}

func (l *cOpenBLAS) gemm64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if l.serial {
		l.mu.Lock()
		defer l.mu.Unlock()
	}
	if beta == 0 { // as in gemm32
		scale(m, n, 0, c, ldc)
		beta = 1
	}
	C.n2s_dgemm(l.fn.dgemm, cFlag(transA), cFlag(transB), C.int(m), C.int(n), C.int(k), C.double(alpha),
		(*C.double)(unsafe.SliceData(a)), C.int(lda), (*C.double)(unsafe.SliceData(b)), C.int(ldb),
		C.double(beta), (*C.double)(unsafe.SliceData(c)), C.int(ldc))
}

// cFlag is CBLAS's name for op: 111 for the matrix as stored, 112 for its transpose.
func cFlag(trans bool) C.int {
	if trans {
		return 112
	}
	return 111
}
