//go:build cgo && linux

package gpu

// #include "driver.h"
import "C"

import (
	"errors"
	"fmt"
	"strings"
)

// Error is a status other than success of a library.
type Error struct {
	Call string // the function that answered it: "cuMemAlloc"
	Code int
	Name string // the library's own name for it: "CUDA_ERROR_OUT_OF_MEMORY"
	Text string // the library's own words, or ""
	full bool   // it says something else, but there is no memory for what it wants
}

// Error is "cuMemAlloc: out of memory (CUDA_ERROR_OUT_OF_MEMORY, 2)".
func (e *Error) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s: %s (%d)", e.Call, e.Name, e.Code)
	}
	return fmt.Sprintf("%s: %s (%s, %d)", e.Call, e.Text, e.Name, e.Code)
}

// OutOfMemory tells whether the device had too little memory.
func (e *Error) OutOfMemory() bool {
	switch e.Name {
	case "CUDA_ERROR_OUT_OF_MEMORY", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED",
		"CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED":
		return true
	}
	return e.full
}

// Unavailable tells whether others keep the device from being used, as a process that has it for itself alone.
func (e *Error) Unavailable() bool { return e.Name == "CUDA_ERROR_DEVICE_UNAVAILABLE" }

// ErrSpoiled is what every Error is after which a stream's capture is lost, as by a call that waits for the whole
// device while the capture goes on: CUDA_ERROR_STREAM_CAPTURE_INVALIDATED and those beside it, 900 to 907.
var ErrSpoiled = errors.New("the capture is spoiled")

// Is tells whether e is ErrSpoiled.
func (e *Error) Is(target error) bool {
	return target == ErrSpoiled && strings.HasPrefix(e.Name, "CUDA_ERROR_STREAM_CAPTURE_")
}

// Sticky tells whether only another process can go on with the device: of these errors cuda.h says that
// the process, or its context on the device, can't be used any more (faults of a kernel, memory that ECC
// can't mend, the end of an MPS client).
func (e *Error) Sticky() bool {
	switch e.Name {
	case "CUDA_ERROR_ECC_UNCORRECTABLE", "CUDA_ERROR_CONTAINED", "CUDA_ERROR_ILLEGAL_ADDRESS", "CUDA_ERROR_LAUNCH_TIMEOUT",
		"CUDA_ERROR_CONTEXT_IS_DESTROYED", "CUDA_ERROR_ASSERT", "CUDA_ERROR_HARDWARE_STACK_ERROR",
		"CUDA_ERROR_ILLEGAL_INSTRUCTION", "CUDA_ERROR_MISALIGNED_ADDRESS", "CUDA_ERROR_INVALID_ADDRESS_SPACE",
		"CUDA_ERROR_INVALID_PC", "CUDA_ERROR_LAUNCH_FAILED", "CUDA_ERROR_TENSOR_MEMORY_LEAK",
		"CUDA_ERROR_MPS_CLIENT_TERMINATED", "CUDA_ERROR_EXTERNAL_DEVICE":
		return true
	}
	return false
}

// check makes an error of the driver's status.
func check(call string, status C.int) error {
	if status == 0 {
		return nil
	}
	return failure(call, status)
}

// failure asks the driver for its words.
func failure(call string, status C.int) error {
	e := &Error{Call: call, Code: int(status), Name: "unknown CUDA error"}
	if status == C.GPU_NO_SYMBOL {
		e.Name, e.Text = "no such function", "the installed driver is too old for this call"
		return e
	}
	var s *C.char
	if C.gpu_cuGetErrorName(status, &s) == 0 && s != nil {
		e.Name = C.GoString(s)
	}
	if C.gpu_cuGetErrorString(status, &s) == 0 && s != nil {
		e.Text = C.GoString(s)
	}
	return e
}
