//go:build cgo && linux

package gpu

import "testing"

func TestDNNVersionText(t *testing.T) {
	for v, want := range map[int]string{8907: "8.9.7", 8100: "8.1.0", 90100: "9.1.0", 91002: "9.10.2"} {
		if got := dnnVersionText(v); got != want {
			t.Errorf("%d is %q, want %q", v, got, want)
		}
	}
}
