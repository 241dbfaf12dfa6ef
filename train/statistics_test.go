package train_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/data"
	"noise2sparse/experiment"
	"noise2sparse/track"
	"noise2sparse/train"
)

// TestStatistics trains the default network on CIFAR-10 latents for 20 epochs and compares where
// it ends with what PyTorch measured for the same experiment.
func TestStatistics(t *testing.T) {
	if os.Getenv("NOISE2SPARSE_SLOW") == "" {
		t.Skip("NOISE2SPARSE_SLOW is not set: seven runs of 20 epochs take minutes")
	}
	dir := os.Getenv("NOISE2SPARSE_DATA")
	if dir == "" {
		t.Skip("NOISE2SPARSE_DATA is not set: the latents are needed")
	}
	d, err := data.Load(data.Options{Dir: dir, Name: "cifar10-latents"})
	if err != nil {
		t.Fatal(err)
	}
	within := func(want, admitted float64) [2]float64 { return [2]float64{want - admitted, want + admitted} }
	for _, c := range []struct {
		sigma        float64
		seed         uint64
		loss, active [2]float64 // admitted ranges
	}{
		{0.8, 5, within(0.0162, 0.0003), within(0.447, 0.02)},
		{0.8, 6, within(0.0162, 0.0003), within(0.447, 0.02)},
		{0.8, 7, within(0.0162, 0.0003), within(0.447, 0.02)},
		{0, 5, [2]float64{0, 5e-5}, [2]float64{0.98, 1}},
		{0.1, 5, within(0.00433, 0.0002), within(0.93, 0.02)},
		{0.3, 5, within(0.01032, 0.0003), within(0.570, 0.03)},
		{3, 5, within(0.0203, 0.0004), within(0.49, 0.03)},
	} {
		t.Run(fmt.Sprintf("sigma=%v,seed=%d", c.sigma, c.seed), func(t *testing.T) {
			s := runLatents(t, d, c.sigma, c.seed)
			loss, active := float64(*s.ValLoss), float64(*s.ValActiveFraction)
			t.Logf("val_loss %.5f, val_active_fraction %.4f, %.2f ms per step", loss, active, s.MsPerStep)
			if !(loss >= c.loss[0] && loss <= c.loss[1]) {
				t.Errorf("validation loss %.5f is not within %v", loss, c.loss)
			}
			if !(active >= c.active[0] && active <= c.active[1]) {
				t.Errorf("validation active fraction %.4f is not within %v", active, c.active)
			}
			if math.IsNaN(float64(s.TrainLoss)) {
				t.Error("training loss is NaN")
			}
		})
	}
}

// runLatents is the experiment relu_noise08 for 20 epochs, measured and saved after the last one alone.
func runLatents(t *testing.T, d *data.Dataset, sigma float64, seed uint64) track.Summary {
	t.Helper()
	x, err := experiment.Load("relu_noise08", []string{
		"epochs=20", "validation.every_epochs=20", "checkpoint.every_epochs=20", fmt.Sprintf("noise.sigma=%v", sigma), fmt.Sprintf("seed=%d", seed),
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := x.Jobs()[0].Config
	if cfg.Dataset != d.Name {
		t.Fatalf("relu_noise08 is for %s, not %s", cfg.Dataset, d.Name)
	}
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	folder, err := track.Create(filepath.Join(t.TempDir(), "run"), []byte("# test\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	s, err := train.Run(context.Background(), train.Job{
		Experiment: "relu_noise08", Config: cfg, ConfigYAML: []byte("# test\n"), Version: "test",
		Backend: b, Data: d, Folder: folder, Log: zap.NewNop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
