package kernels

import "testing"

func TestNewer(t *testing.T) {
	for _, tt := range []struct {
		version, than string
		want          bool
	}{{"11.8", "11.8", true}, {"12.0", "11.8", true}, {"11.4", "11.8", false}, {"10.9", "11.8", false}, {"", "11.8", false}} {
		if newer(tt.version, tt.than) != tt.want {
			t.Errorf("newer(%q, %q) is %v", tt.version, tt.than, !tt.want)
		}
	}
}
