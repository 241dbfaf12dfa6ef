//go:build cgo && linux

package gpu

/*
#cgo noescape gpu_gemm
#cgo nocallback gpu_gemm
#include "blas.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"unsafe"
)

// Precision is how a product of float32 matrices is computed.
type Precision int

// The precisions. Sums are float32 in all of them.
const (
	Float32  Precision = iota // as float32 is
	TF32                      // factors rounded to 10 bits of fraction, for tensor cores of compute capability 8.0
	BFloat16                  // factors rounded to bfloat16, 7 bits
)

// Blas is a cuBLAS handle on a stream.
type Blas struct {
	x *Context
	h C.gpu_handle
}

// blasPath is the file that cuBLAS was loaded from.
var blasPath string

// blasNames are the versions that do, newest first, so that one that fits a new device wins; not those
// of a CUDA whose first number is above that of the driver, such as 12020, for they would not start. 0:
// the driver is not known.
func blasNames(driver int) []string {
	var names []string
	for _, major := range []int{13, 12, 11} {
		if driver == 0 || major <= driver/1000 {
			names = append(names, fmt.Sprintf("libcublas.so.%d", major))
		}
	}
	return names
}

// LoadBlas finds cuBLAS, once per process. libcublas loads libcublasLt, which lies beside it; where the
// loader does not look there by itself, the one beside it is loaded before.
var LoadBlas = sync.OnceValue(func() error {
	driver := 0
	if Load() == nil {
		driver, _ = driverVersion() // 0 where it can't tell
	}
	candidates, err := places(blasNames(driver), true)
	if err != nil {
		return err
	}
	var problems []error
	for _, path := range candidates {
		library, err := openBlas(path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		blasPath = pathOf(library, "cublasCreate_v2")
		return nil
	}
	return fmt.Errorf("no cuBLAS was found that this machine's driver can run (%w); install CUDA's libcublas, or `pip install %s`, or name its folder in %s",
		worst(problems), blasWheel(driver), EnvLibraries)
})

// openBlas loads a cuBLAS, and before it the cuBLASLt in its folder. Where it is not to be had, neither stays: the
// next one has a cuBLASLt of its own.
func openBlas(path string) (unsafe.Pointer, error) {
	var lt unsafe.Pointer
	if dir := filepath.Dir(path); dir != "." {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("%s: cannot open shared object file: %w", path, err)
		}
		lt, _ = openFile(filepath.Join(dir, ltName(filepath.Base(path)))) // if it isn't there, cuBLAS says so
	}
	library, err := openFile(path)
	if err != nil {
		closeFile(lt)
		return nil, err
	}
	var message [256]C.char
	if C.gpu_blas(library, &message[0], C.size_t(len(message))) == 0 {
		closeFile(library)
		closeFile(lt)
		return nil, fmt.Errorf("%s: %s", path, C.GoString(&message[0]))
	}
	return library, nil
}

// blasWheel is the Python package that has cuBLAS for the driver.
func blasWheel(driver int) string {
	if major := driver / 1000; major == 11 || major == 12 {
		return fmt.Sprintf("nvidia-cublas-cu%d", major)
	}
	return "nvidia-cublas"
}

// ltName is the cuBLASLt library that belongs to a cuBLAS: libcublasLt.so.12 to libcublas.so.12.
func ltName(blas string) string { return "libcublasLt" + blas[len("libcublas"):] }

// worst is the error that tells most: of a library that is there but can't be used, else of the first.
func worst(problems []error) error {
	for _, p := range problems {
		if !absent(p) {
			return p
		}
	}
	return problems[0]
}

// NewBlas returns a handle whose products run on s. workspace is n bytes of device memory for s alone:
// with it, and in one stream, equal calls give equal bits.
func (s *Stream) NewBlas(workspace Ptr, n int64) (*Blas, error) {
	if err := LoadBlas(); err != nil {
		return nil, err
	}
	b := &Blas{x: s.x}
	if err := s.x.starting(blasCheck("cublasCreate", C.gpu_cublasCreate(s.x.c, &b.h))); err != nil {
		return nil, err
	}
	err := errors.Join(
		blasCheck("cublasSetStream", C.gpu_cublasSetStream(s.x.c, b.h, s.s)),
		blasCheck("cublasSetWorkspace", C.gpu_cublasSetWorkspace(s.x.c, b.h, C.gpu_ptr(workspace), C.size_t(n))))
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// Close gives the handle back.
func (b *Blas) Close() error { return blasCheck("cublasDestroy", C.gpu_cublasDestroy(b.x.c, b.h)) }

// Version is cuBLAS's own, such as "12.4.5".
func (b *Blas) Version() string {
	var part [3]C.int // major, minor, patch
	for i := range part {
		if C.gpu_cublasGetProperty(b.x.c, C.int(i), &part[i]) != 0 {
			return "of unknown version"
		}
	}
	return fmt.Sprintf("%d.%d.%d", part[0], part[1], part[2])
}

// BlasPath is the file that cuBLAS was loaded from.
func BlasPath() string { return blasPath }

// Gemm is a product of column-major matrices, C = Alpha op(A) op(B) + Beta C, with op(A) (M × K),
// op(B) (K × N), C (M × N), and distances LDA, LDB, LDC between columns. All are float32, or float64
// where Double is set. With Beta 0 the old C is not read. Count products, where it is more than 1, lie
// StrideA, StrideB and StrideC elements apart.
type Gemm struct {
	TransA, TransB            bool
	M, N, K                   int
	Alpha, Beta               float64
	A, B, C                   Ptr
	LDA, LDB, LDC             int
	Double                    bool
	Precision                 Precision // of float32
	Count                     int
	StrideA, StrideB, StrideC int
}

// Gemm queues the product.
func (b *Blas) Gemm(g *Gemm) error {
	args := C.gpu_gemm_args{
		ta: flag(g.TransA), tb: flag(g.TransB), m: C.int(g.M), n: C.int(g.N), k: C.int(g.K),
		alpha: C.double(g.Alpha), beta: C.double(g.Beta), a: C.gpu_ptr(g.A), b: C.gpu_ptr(g.B), c: C.gpu_ptr(g.C),
		lda: C.int(g.LDA), ldb: C.int(g.LDB), ldc: C.int(g.LDC), _type: C.GPU_R_32F, compute: C.GPU_COMPUTE_32F,
		sa: C.longlong(g.StrideA), sb: C.longlong(g.StrideB), sc: C.longlong(g.StrideC), count: C.int(max(1, g.Count)),
	}
	switch {
	case g.Double:
		args._type, args.compute = C.GPU_R_64F, C.GPU_COMPUTE_64F
	case g.Precision == TF32:
		args.compute = C.GPU_COMPUTE_TF32
	case g.Precision == BFloat16:
		args.compute = C.GPU_COMPUTE_BF16
	}
	if status := C.gpu_gemm(b.x.c, b.h, &args); status != 0 {
		return blasCheck("cublasGemmEx", status)
	}
	return nil
}

// flag is whether a matrix is transposed, as cuBLAS has it.
func flag(v bool) C.int {
	if v {
		return C.GPU_OP_T
	}
	return C.GPU_OP_N
}

var blasStatus = map[C.int]string{
	1: "CUBLAS_STATUS_NOT_INITIALIZED", 3: "CUBLAS_STATUS_ALLOC_FAILED", 7: "CUBLAS_STATUS_INVALID_VALUE", 8: "CUBLAS_STATUS_ARCH_MISMATCH",
	11: "CUBLAS_STATUS_MAPPING_ERROR", 13: "CUBLAS_STATUS_EXECUTION_FAILED", 14: "CUBLAS_STATUS_INTERNAL_ERROR", 15: "CUBLAS_STATUS_NOT_SUPPORTED",
	C.GPU_NO_CONTEXT: "the device's context can't be used any more",
}

// blasCheck makes an error of cuBLAS's status.
func blasCheck(call string, status C.int) error {
	if status == 0 {
		return nil
	}
	name := blasStatus[status]
	if name == "" {
		name = "unknown status"
	}
	return &Error{Call: call, Code: int(status), Name: name}
}
