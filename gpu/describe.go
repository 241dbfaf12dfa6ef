//go:build cgo && linux

package gpu

import "fmt"

// Look looks at the driver and its devices, and at no library. It touches no device.
func Look() Summary {
	s := Summary{Devices: []Seen{}}
	found, err := Devices()
	if err != nil {
		s.Missing = err.Error()
		return s
	}
	s.Path = DriverPath()
	if s.CUDA, err = DriverCUDA(); err != nil {
		s.Missing = err.Error()
	}
	if v, err := DriverVersion(); err == nil {
		s.Driver = v
	}
	for _, d := range found {
		seen := Seen{Index: d.Index, Name: d.Name, Capability: fmt.Sprintf("%d.%d", d.Major, d.Minor), UUID: d.UUID, Memory: d.Memory, Free: -1, Busy: -1}
		if u, err := d.Use(); err == nil {
			seen.Free, seen.Busy = u.Free, u.Busy
		}
		s.Devices = append(s.Devices, seen)
	}
	return s
}

// Describe looks at everything and touches no device.
func Describe() Summary {
	s := Look()
	if len(s.Devices) == 0 {
		return s
	}
	if err := LoadBlas(); err != nil {
		s.Missing = err.Error()
	}
	s.Blas = BlasPath()
	if err := LoadLt(); err != nil {
		s.NoLt = err.Error()
	}
	s.Lt, s.LtPath = LtVersion(), LtPath()
	if err := LoadDNN(); err != nil {
		s.NoDNN = err.Error()
	}
	s.DNN, s.DNNPath = DNNVersion(), DNNPath()
	return s
}
