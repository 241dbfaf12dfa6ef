package golden_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/golden"
)

// TestGolden replays each case of $GOLDEN_DIR (default testdata/golden) as one subtest.
func TestGolden(t *testing.T) {
	dir := os.Getenv("GOLDEN_DIR")
	if dir == "" {
		dir = filepath.Join("testdata", "golden")
	}
	cases, err := golden.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range cases {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			c, err := golden.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			b, err := compute.Open("cpu", compute.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			r, err := golden.Replay(c, b)
			var missing *golden.MissingError
			if errors.As(err, &missing) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Failures {
				t.Error(f)
			}
			t.Logf("%d comparisons, worst %s at %.3g of its tolerance", r.Checked, r.WorstName, r.Worst)
		})
	}
}
