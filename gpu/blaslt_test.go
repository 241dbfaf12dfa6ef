//go:build cgo && linux

package gpu

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestLtVersion(t *testing.T) {
	for v, want := range map[int]string{111103: "11.11.3", 120805: "12.8.5", 131000: "13.10.0"} {
		if got := ltVersionText(v); got != want {
			t.Errorf("version %d is %s, want %s", v, got, want)
		}
	}
}

// TestNoLt: the error says what is missing and how to get it.
func TestNoLt(t *testing.T) {
	path := filepath.Join(t.TempDir(), ltName("libcublas.so.12"))
	err := loadLt(path, 12080)
	for _, want := range []string{"libcublasLt.so.12", "pip install nvidia-cublas-cu12`", EnvLibraries} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestMaskBytes: each column of bits is padded to 128.
func TestMaskBytes(t *testing.T) {
	for _, c := range []struct{ rows, cols, want int }{{1, 1, 16}, {128, 3, 48}, {129, 3, 96}, {1000, 512, 65536}} {
		if got := MaskBytes(c.rows, c.cols); got != c.want {
			t.Errorf("the mask of (%d × %d) takes %d bytes, want %d", c.rows, c.cols, got, c.want)
		}
	}
}

func TestEpilogues(t *testing.T) {
	for e, want := range map[Epilogue][2]bool{ // bias, mask
		EpilogueNone: {}, EpilogueBias: {true, false}, EpilogueReLU: {}, EpilogueReLUBias: {true, false},
		EpilogueReLUMask: {false, true}, EpilogueReLUMaskBias: {true, true},
		EpilogueDReLU: {false, true}, EpilogueDReLUBiasGrad: {true, true}, EpilogueBiasGradB: {true, false},
	} {
		if got := [2]bool{e.Bias(), e.Mask()}; got != want {
			t.Errorf("epilogue %d has a bias, a mask: %v, want %v", e, got, want)
		}
	}
}
