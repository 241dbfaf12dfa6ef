//go:build cgo && linux

package gpu

/*
#include <stdlib.h>
#include "nvml.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"
)

// loadNVML finds NVML, which comes with the driver, once per process. Nothing rests on it: it only tells.
var loadNVML = sync.OnceValue(func() error {
	candidates, err := places([]string{"libnvidia-ml.so.1"}, false)
	if err != nil {
		return err
	}
	library, err := open(candidates)
	if err != nil {
		return fmt.Errorf("no NVML was found (%w)", err)
	}
	if C.gpu_nvml(library) == 0 {
		return errors.New("NVML lacks a call; the driver is too old")
	}
	return nvmlCheck("nvmlInit", C.gpu_nvmlInit())
})

func nvmlCheck(call string, status C.int) error {
	if status == 0 {
		return nil
	}
	return fmt.Errorf("%s: NVML answers with status %d", call, int(status))
}

// Use is how busy a device is, by all processes.
type Use struct {
	Free, Total int64 // bytes of its memory
	Busy        int   // percent of the last moment in which something ran; -1: not known
}

// DriverVersion is the driver's own version, such as "580.65.06".
func DriverVersion() (string, error) {
	if err := loadNVML(); err != nil {
		return "", err
	}
	var text [96]C.char
	if err := nvmlCheck("nvmlSystemGetDriverVersion", C.gpu_nvmlSystemGetDriverVersion(&text[0], C.uint(len(text)))); err != nil {
		return "", err
	}
	return C.GoString(&text[0]), nil
}

// Use asks NVML about the device, without touching it: no context is made.
func (d *Device) Use() (Use, error) {
	if err := loadNVML(); err != nil {
		return Use{}, err
	}
	pci := C.CString(d.PCI)
	defer C.free(unsafe.Pointer(pci))
	var h C.gpu_handle
	if err := nvmlCheck("nvmlDeviceGetHandleByPciBusId", C.gpu_nvmlDeviceGetHandleByPciBusId(pci, &h)); err != nil {
		return Use{}, err
	}
	var m C.gpu_nvml_memory
	if err := nvmlCheck("nvmlDeviceGetMemoryInfo", C.gpu_nvmlDeviceGetMemoryInfo(h, &m)); err != nil {
		return Use{}, err
	}
	u := Use{Free: int64(m.available), Total: int64(m.total), Busy: -1}
	var busy C.gpu_nvml_use
	if C.gpu_nvmlDeviceGetUtilizationRates(h, &busy) == 0 { // a slice of a device (MIG) can't tell
		u.Busy = int(busy.gpu)
	}
	return u, nil
}
