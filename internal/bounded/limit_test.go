package bounded

import (
	"strings"
	"testing"
)

func TestLimit(t *testing.T) {
	for in, want := range map[string]int64{"": 4 << 30, "100": 100, "1.5KiB": 1536, "8 GiB": 8 << 30, "2TiB": 2 << 40} {
		t.Setenv(EnvLimit, in)
		if n, err := Limit(); n != want || err != nil {
			t.Errorf("%q: %d, %v; want %d", in, n, err, want)
		}
	}
	for _, in := range []string{"8GB", "-1", "0", "NaN", "1e300", "lots"} {
		t.Setenv(EnvLimit, in)
		if n, err := Limit(); err == nil || !strings.Contains(err.Error(), EnvLimit) {
			t.Errorf("%q: %d, %v", in, n, err)
		}
	}
	t.Setenv(EnvLimit, "10")
	if err := Check("x", 10); err != nil {
		t.Error(err)
	}
	if err := Check("x.gz: it", 11); err == nil || !strings.Contains(err.Error(), "x.gz: it takes 11 bytes unpacked, more than 10; if that is meant, raise the limit with "+EnvLimit) {
		t.Error(err)
	}
}
