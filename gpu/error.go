//go:build cgo && linux

package gpu

// #include "driver.h"
import "C"

import "fmt"

// Error is a status other than success of a library.
type Error struct {
	Call string // the function that answered it: "cuMemAlloc"
	Code int
	Name string // the library's own name for it: "CUDA_ERROR_OUT_OF_MEMORY"
	Text string // the library's own words, or ""
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
	return e.Code == C.GPU_OUT_OF_MEMORY && e.Name == "CUDA_ERROR_OUT_OF_MEMORY"
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
