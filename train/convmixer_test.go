package train_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/model"
	"noise2sparse/track"
	"noise2sparse/train"
)

// photographs are n random images of 3×6×4 pixels, red or blue.
func photographs(t *testing.T, n int) *data.Dataset {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	split := func() data.Split {
		x, err := array.New(dtype.Uint8, n, 3, 6, 4)
		if err != nil {
			t.Fatal(err)
		}
		s := data.Split{X: x, Labels: make([]int32, n)}
		for i := range x.Bytes {
			sample, channel := i/72, i%72/24
			s.Labels[sample] = int32(sample % 2)
			v := rng.IntN(128)
			if channel == 2*(sample%2) {
				v += 100
			}
			x.Bytes[i] = byte(v)
		}
		return s
	}
	return &data.Dataset{
		Name: "photographs", Train: split(), Val: split(), Classes: 2, Image: &data.Image{Channels: 3, Height: 6, Width: 4},
		Mean: []float64{0.4, 0.4, 0.4}, Std: []float64{0.2, 0.2, 0.2},
	}
}

func convMixerConfig() train.Config {
	c := config(8, 16)
	c.Task, c.Epochs, c.Optimizer.LR = "classification", 6, 1e-2
	c.Model = model.Config{
		Kind: "convmixer", ConvMixer: model.ConvMixerConfig{HiddenDim: 8, Depth: 2, KernelSize: 3, PatchSize: 2},
		InputNormalization: &model.NormalizationConfig{Source: "dataset", Target: "raw"},
	}
	c.Augmentation = &train.AugmentationConfig{CropPadding: 1, Flip: true}
	*c.Noise.Sigma = 0.1
	every := 1
	c.Checkpoint.EveryEpochs, c.Checkpoint.KeepLast = &every, 9
	return c
}

// A ConvMixer learns, and a run that goes on from a checkpoint ends with the same bits as one that
// was never interrupted: weights, moments and running statistics, under augmentation and noise.
func TestConvMixerResumesExactly(t *testing.T) {
	d := photographs(t, 72)
	c := convMixerConfig()
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	job := func(dir string, resume *track.Checkpoint) (track.Summary, *track.Checkpoint) {
		folder, err := track.Create(dir, []byte("# test\n"))
		if err != nil {
			t.Fatal(err)
		}
		defer folder.Close()
		s, err := train.Run(context.Background(), train.Job{
			Experiment: "test", Config: c, ConfigYAML: []byte("# test\n"), Version: "test", Backend: b,
			Data: d, Folder: folder, Log: zap.NewNop(), Resume: resume,
		})
		if err != nil {
			t.Fatal(err)
		}
		k, _, err := track.Latest(dir)
		if err != nil || k == nil {
			t.Fatal(k, err)
		}
		return s, k
	}
	dir := t.TempDir()
	s, whole := job(filepath.Join(dir, "whole"), nil)
	if !(float64(*s.ValAccuracy) > 0.9) {
		t.Errorf("accuracy %v after %d epochs: it has not learned", *s.ValAccuracy, s.Epochs)
	}
	middle, err := filepath.Glob(filepath.Join(dir, "whole", "checkpoints", "*"))
	if err != nil || len(middle) != c.Epochs {
		t.Fatalf("checkpoints %v (%v)", middle, err)
	}
	k, err := track.Load(middle[0])
	if err != nil {
		t.Fatal(err)
	}
	_, again := job(filepath.Join(dir, "again"), k)
	statistics := 0
	for i, a := range append(whole.Model, whole.Optimizer...) {
		r := append(again.Model, again.Optimizer...)[i]
		if a.Name != r.Name || !bytes.Equal(a.Array.Bytes, r.Array.Bytes) {
			t.Errorf("%s differs after resuming", a.Name)
		}
		if filepath.Ext(a.Name) == ".running_var" {
			statistics++
		}
	}
	if statistics != 5 {
		t.Errorf("the checkpoint holds %d running variances, want 5", statistics)
	}
}
