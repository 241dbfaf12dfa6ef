//go:build cgo && linux

package gpu

// #include "dnn.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
)

// DNN is a cuDNN handle on a stream.
type DNN struct {
	x *Context
	h C.gpu_handle
}

// dnnPath is the file that cuDNN was loaded from.
var dnnPath string

// dnnNames are the versions that do, newest first.
var dnnNames = []string{"libcudnn.so.9", "libcudnn.so.8"}

// LoadDNN finds cuDNN, once per process. It loads parts of itself, which lie beside it, and cuBLAS,
// which therefore is loaded before.
var LoadDNN = sync.OnceValue(func() error {
	if err := LoadBlas(); err != nil {
		return err
	}
	candidates, err := places(dnnNames, true)
	if err != nil {
		return err
	}
	library, err := open(candidates)
	if err != nil {
		return fmt.Errorf("no cuDNN was found (%w); install cuDNN 9 or 8, or `pip install nvidia-cudnn-cu12` (-cu13 for CUDA 13), or name its folder in %s", err, EnvLibraries)
	}
	path := pathOf(library, "cudnnCreate")
	var message [256]C.char
	if C.gpu_dnn(library, &message[0], C.size_t(len(message))) == 0 {
		return fmt.Errorf("the cuDNN in %s can't be used: %s", path, C.GoString(&message[0]))
	}
	dnnPath = path
	return nil
})

// DNNPath is the file that cuDNN was loaded from.
func DNNPath() string { return dnnPath }

// DNNVersion is cuDNN's own, such as "9.1.0"; "" where it is not loaded.
func DNNVersion() string {
	if dnnPath == "" {
		return ""
	}
	return dnnVersionText(int(C.gpu_dnn_version()))
}

// dnnVersionText reads cuDNN's number: 90100 is 9.1.0, and before 9 it was 8907 for 8.9.7.
func dnnVersionText(v int) string {
	major := 10000
	if v < major {
		major = 1000
	}
	return fmt.Sprintf("%d.%d.%d", v/major, v%major/100, v%100)
}

// NewDNN returns a handle whose convolutions run on s.
func (s *Stream) NewDNN() (*DNN, error) {
	if err := LoadDNN(); err != nil {
		return nil, err
	}
	defer onOneThread()()
	d := &DNN{x: s.x}
	if err := s.x.starting(dnnCheck("cudnnCreate", C.gpu_cudnnCreate(s.x.c, &d.h))); err != nil {
		return nil, err
	}
	if err := dnnCheck("cudnnSetStream", C.gpu_cudnnSetStream(s.x.c, d.h, s.s)); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close gives the handle back.
func (d *DNN) Close() error {
	defer onOneThread()()
	return dnnCheck("cudnnDestroy", C.gpu_cudnnDestroy(d.x.c, d.h))
}

// onOneThread keeps the goroutine on its thread until what it returns is called. cuDNN keeps its words of an
// error for the thread that met it, so dnnCheck must run on the thread of the call.
func onOneThread() (done func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

// dnnCheck makes an error of cuDNN's status, in its own words: see onOneThread.
func dnnCheck(call string, status C.int) error {
	if status == 0 {
		return nil
	}
	if status == C.GPU_NO_CONTEXT {
		return &Error{Call: call, Code: int(status), Name: "the device's context can't be used any more"}
	}
	var words [1024]C.char
	C.gpu_dnn_words(&words[0], C.size_t(len(words)))
	text := strings.Join(strings.Fields(C.GoString(&words[0])), " ")
	return &Error{Call: call, Code: int(status), Name: C.GoString(C.gpu_dnn_name(status)), Text: text}
}
