package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"noise2sparse/launch"
	"noise2sparse/track"
)

// `make run` shows the effect within a minute on machines with nothing installed too: without OpenBLAS,
// and without a C compiler, where kernels and products are plain Go.
func TestQuickstartOnBareMachines(t *testing.T) {
	if os.Getenv("NOISE2SPARSE_SLOW") == "" {
		t.Skip("NOISE2SPARSE_SLOW is not set: two whole quickstarts take up to two minutes")
	}
	plain := filepath.Join(t.TempDir(), "trainer")
	build := exec.Command("go", "build", "-o", plain, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{"gonum": exe, "plain Go": plain} {
		t.Run(name, func(t *testing.T) {
			c := exec.Command(program, "run", "--exp", "quickstart", "--out", t.TempDir(), "--json")
			c.Env = append(os.Environ(), "TRAINER_TEST_MAIN=1", "NOISE2SPARSE_OPENBLAS=none")
			began := time.Now()
			said, err := c.Output()
			took := time.Since(began)
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			var r launch.Result
			if err := json.Unmarshal(said, &r); err != nil || len(r.Jobs) != 1 || r.Jobs[0].State != track.Done {
				t.Fatalf("%+v (%v)", r, err)
			}
			j := r.Jobs[0]
			t.Logf("%v, %.1f %% active", took.Round(time.Second/10), 100*float64(*j.Summary.ValActiveFraction))
			if took >= time.Minute || *j.Summary.ValActiveFraction >= 0.35 || !exists(j.Figure) || filepath.Ext(j.Figure) != ".png" {
				t.Errorf("after %v the active fraction is %v, the figure %q", took, *j.Summary.ValActiveFraction, j.Figure)
			}
		})
	}
}
