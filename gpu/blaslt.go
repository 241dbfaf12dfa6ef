//go:build cgo && linux

package gpu

// #include "blaslt.h"
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
)

// Lt is a cuBLASLt handle on a stream: products with what follows them in the same pass.
type Lt struct {
	x         *Context
	h, s      C.gpu_handle
	workspace Ptr
	room      int64
}

// ltPath is the file that cuBLASLt was loaded from.
var ltPath string

// LoadLt takes the cuBLASLt that belongs to the cuBLAS in use, once per process: the one in its folder,
// since either knows the other's inside.
var LoadLt = sync.OnceValue(func() error {
	if err := LoadBlas(); err != nil {
		return err
	}
	path := filepath.Join(filepath.Dir(blasPath), ltName(filepath.Base(blasPath)))
	driver, err := driverVersion()
	if err != nil {
		return err
	}
	if err := loadLt(path, driver); err != nil {
		return err
	}
	ltPath = path
	return nil
})

// loadLt takes the calls out of a file; driver is the newest CUDA that the driver supports.
func loadLt(path string, driver int) error {
	library, err := openFile(path)
	if err != nil {
		return fmt.Errorf("no cuBLASLt was found beside cuBLAS (%w); a whole cuBLAS has it: install CUDA's libcublas, or `pip install %s`, or name its folder in %s", err, blasWheel(driver), EnvLibraries)
	}
	var message [256]C.char
	if C.gpu_lt(library, &message[0], C.size_t(len(message))) == 0 {
		return fmt.Errorf("the cuBLASLt in %s can't be used: %s", path, C.GoString(&message[0]))
	}
	return nil
}

// LtPath is the file that cuBLASLt was loaded from.
func LtPath() string { return ltPath }

// LtVersion is cuBLASLt's own, such as "12.8.5"; "" where it is not loaded.
func LtVersion() string {
	if ltPath == "" {
		return ""
	}
	return ltVersionText(int(C.gpu_lt_version()))
}

// ltVersionText reads cuBLASLt's number: 120805 is 12.8.5.
func ltVersionText(v int) string { return fmt.Sprintf("%d.%d.%d", v/10000, v/100%100, v%100) }

// NewLt returns a handle whose products run on s. workspace is n bytes of device memory that only work on s
// uses; cuBLAS's own will do, since one product runs after the other.
func (s *Stream) NewLt(workspace Ptr, n int64) (*Lt, error) {
	if err := LoadLt(); err != nil {
		return nil, err
	}
	l := &Lt{x: s.x, s: s.s, workspace: workspace, room: n}
	if err := s.x.starting(blasCheck("cublasLtCreate", C.gpu_cublasLtCreate(s.x.c, &l.h))); err != nil {
		return nil, err
	}
	return l, nil
}

// Close gives the handle back.
func (l *Lt) Close() error { return blasCheck("cublasLtDestroy", C.gpu_cublasLtDestroy(l.x.c, l.h)) }

// Epilogue is what follows a product, as cuBLASLt numbers it. With D the product's result (M × N,
// column-major), a bias and its gradient run along D's rows: [M].
type Epilogue int

// The epilogues. A mask has a bit for each element of D, in an order of cuBLASLt's own; see MaskBytes.
const (
	EpilogueNone          Epilogue = C.GPU_LT_DEFAULT
	EpilogueBias          Epilogue = C.GPU_LT_ADD_BIAS      // D + bias
	EpilogueReLU          Epilogue = C.GPU_LT_RELU          // max(D, 0), which is 0 for NaN
	EpilogueReLUBias      Epilogue = C.GPU_LT_RELU_BIAS     // max(D + bias, 0)
	EpilogueReLUMask      Epilogue = C.GPU_LT_RELU_AUX      // the same as EpilogueReLU; the mask is which elements are above 0
	EpilogueReLUMaskBias  Epilogue = C.GPU_LT_RELU_AUX_BIAS // the same as EpilogueReLUBias, with the mask
	EpilogueDReLU         Epilogue = C.GPU_LT_DRELU         // D where the mask is set, else 0
	EpilogueDReLUBiasGrad Epilogue = C.GPU_LT_DRELU_BGRAD   // the same, and bias = its sums over D's columns
	EpilogueBiasGradB     Epilogue = C.GPU_LT_BGRADB        // D, and bias [N] = the sums of op(B) over its rows
)

// Mask tells whether the epilogue writes or reads a mask.
func (e Epilogue) Mask() bool {
	const mask = C.GPU_LT_RELU_AUX &^ C.GPU_LT_RELU
	return e&mask != 0
}

// Bias tells whether it reads a bias or writes the gradient of one.
func (e Epilogue) Bias() bool {
	const gradient = C.GPU_LT_DRELU_BGRAD &^ C.GPU_LT_DRELU
	return e&(C.GPU_LT_ADD_BIAS|gradient|C.GPU_LT_BGRADB) != 0
}

// LtAlignment is what addresses of operands, biases and masks must be multiples of.
const LtAlignment = 16

// maskColumn is what a mask's columns are padded to, in bits, as cuBLASLt demands.
const maskColumn = 128

// maskLD is the distance of a mask's columns in bits.
func maskLD(rows int) int { return (rows + maskColumn - 1) / maskColumn * maskColumn }

// MaskBytes is how large the mask of a D (rows × cols) is. That of D's first columns is its beginning.
func MaskBytes(rows, cols int) int { return maskLD(rows) / 8 * cols }

// notSupported tells whether cuBLASLt says that it has no way to do a product.
func notSupported(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == C.GPU_LT_NOT_SUPPORTED
}
