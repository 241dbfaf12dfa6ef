//go:build cgo && linux

package gpu

import (
	"fmt"
	"testing"
)

func TestBlasFitsDriver(t *testing.T) {
	for driver, want := range map[int]string{
		0:     "[libcublas.so.13 libcublas.so.12 libcublas.so.11] nvidia-cublas",
		13000: "[libcublas.so.13 libcublas.so.12 libcublas.so.11] nvidia-cublas",
		12020: "[libcublas.so.12 libcublas.so.11] nvidia-cublas-cu12",
		11080: "[libcublas.so.11] nvidia-cublas-cu11",
	} {
		if got := fmt.Sprint(blasNames(driver), " ", blasWheel(driver)); got != want {
			t.Errorf("driver %d: %s, want %s", driver, got, want)
		}
	}
}
