package bounded

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// EnvLimit names the environment variable that sets Limit: bytes, or a number with KiB, MiB, GiB or
// TiB behind it.
const EnvLimit = "NOISE2SPARSE_MAX_UNPACKED"

// defaultLimit holds ImageNet's 1.28 million training images at 32×32.
const defaultLimit = 4 << 30

// Limit is the most that a compressed file may become in memory. Compression makes it cheap to
// declare, and to really have, sizes far beyond a machine's memory.
func Limit() (int64, error) {
	s := os.Getenv(EnvLimit)
	if s == "" {
		return defaultLimit, nil
	}
	n, err := parseSize(s)
	if err != nil {
		return 0, fmt.Errorf("%s is %q; give bytes, or such as 8GiB", EnvLimit, s)
	}
	return n, nil
}

var units = []struct {
	name string
	size float64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

func parseSize(s string) (int64, error) {
	unit := 1.0
	for _, u := range units {
		if t, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimSpace(t), u.size
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, err
	}
	if v *= unit; !(v >= 1 && v <= math.MaxInt64/2) {
		return 0, fmt.Errorf("out of range")
	}
	return int64(v), nil
}

// Check refuses what unpacks to n bytes where that is beyond Limit; what names it.
func Check(what string, n int64) error {
	limit, err := Limit()
	if err != nil || n <= limit {
		return err
	}
	return fmt.Errorf("%s takes %d bytes unpacked, more than %d; if that is meant, raise the limit with %s", what, n, limit, EnvLimit)
}
