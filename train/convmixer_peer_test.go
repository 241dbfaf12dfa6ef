package train

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/internal/npy"
	"noise2sparse/internal/problem"
	"noise2sparse/model"
	"noise2sparse/optim"
)

// givenOrder are batches that another program trains on too.
type givenOrder struct {
	b     compute.Backend
	steps array.Array // Int32 (steps × batch)
	next  int
}

func (o *givenOrder) Batch(index compute.Tensor) {
	o.b.Upload(index, o.steps.Row(o.next))
	o.next++
}

// A ConvMixer of depth 4 and 64 channels on 5,000 photographs, for 3 epochs on the CPU: this program
// and PyTorch begin with the same weights and take the same batches. The loss must be within 1 % of
// PyTorch's for 20 steps, before rounding has grown, and within 5 % as each epoch's mean.
func TestConvMixerTrainsAsInPyTorch(t *testing.T) {
	python, dir := os.Getenv("PYTHON"), os.Getenv(data.EnvDir)
	if os.Getenv("NOISE2SPARSE_SLOW") == "" || python == "" || dir == "" {
		t.Skipf("needs NOISE2SPARSE_SLOW=1, PYTHON with PyTorch and %s", data.EnvDir)
	}
	const samples, batch, epochs = 5000, 100, 3
	part, err := data.LoadPart(data.Options{Name: filepath.Join(dir, "cifar10", "test_batch.bin")}, "test")
	if err != nil {
		t.Fatal(err)
	}
	part.X, part.Labels = part.X.Slice(0, samples), part.Labels[:samples]
	d := &data.Dataset{Name: "photographs", Train: part.Split, Classes: part.Classes, Image: part.Image, Mean: part.Mean, Std: part.Std}

	weightDecay, clip := 0.005, 1.0
	c := Config{
		Task: taskClassification, Dataset: "photographs", Epochs: epochs, BatchSize: batch, Seed: 1,
		Model: model.Config{
			Kind: "convmixer", ConvMixer: model.ConvMixerConfig{HiddenDim: 64, Depth: 4, KernelSize: 5, PatchSize: 2},
			InputNormalization: &model.NormalizationConfig{Source: "dataset", Mean: part.Mean, Std: part.Std},
		},
		Noise:      model.NoiseConfig{Kind: "gaussian"},
		Optimizer:  optim.Config{Kind: "adamw", LR: 0.01, Betas: [2]float64{0.9, 0.999}, WeightDecay: &weightDecay, ClipNorm: &clip},
		Validation: ValidationConfig{EveryEpochs: 1},
	}
	c.Optimizer.Schedule.Kind = "constant"
	var ps problem.List
	if c.Model.Check(&ps); ps.Err() != nil {
		t.Fatal(ps.Err())
	}
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()

	order := &givenOrder{b: b, steps: shuffledSteps(t, b, samples, batch, epochs, c.Seed)}
	var ours []float64
	var e *Engine
	e, err = NewEngine(b, c, d, Replace{Order: order, StepsPerEpoch: samples / batch, Hooks: Hooks{
		AfterStep: func() { ours = append(ours, e.LastStep().Loss) },
	}})
	if err != nil {
		t.Fatal(err)
	}
	theirs := trainedByPyTorch(t, python, e, part, order.steps)
	for epoch := range epochs {
		e.BeginEpoch(epoch, uint64(len(ours)))
		e.Steps(0, samples/batch)
	}
	if err := b.Sync(); err != nil {
		t.Fatal(err)
	}
	compareLosses(t, ours, theirs, samples/batch)
}

// shuffledSteps are the batches of all epochs, as the trainer itself would take them.
func shuffledSteps(t *testing.T, b compute.Backend, samples, batch, epochs int, seed uint64) array.Array {
	t.Helper()
	epoch, number := b.Alloc(compute.Int64, 1), b.Alloc(compute.Int64, 1)
	index := b.Alloc(compute.Int32, batch)
	all := array.Array{DType: compute.Int32, Shape: []int{epochs * samples / batch, batch}}
	row := make([]byte, index.Bytes())
	for i := range all.Shape[0] {
		b.Fill(epoch, float64(i/(samples/batch)))
		b.Fill(number, float64(i%(samples/batch)))
		b.Shuffle(index, samples, seed, epoch, number, batch)
		b.Download(row, index)
		all.Bytes = append(all.Bytes, row...)
	}
	return all
}

// trainedByPyTorch writes weights, images and batches into a file and returns the losses that PyTorch
// gets with them.
func trainedByPyTorch(t *testing.T, python string, e *Engine, part *data.Part, order array.Array) []float64 {
	t.Helper()
	labels := array.Array{DType: compute.Int32, Shape: []int{len(part.Labels)}, Bytes: rawBytes(part.Labels)}
	tensors := []array.Named{{Name: "images", Array: part.X}, {Name: "labels", Array: labels}, {Name: "order", Array: order}}
	weights, err := contents(e.b, e.ModelBuffers())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range weights {
		tensors = append(tensors, array.Named{Name: "init/" + w.Name, Array: w.Array})
	}
	path := filepath.Join(t.TempDir(), "both.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteZip(f, tensors); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), python, filepath.Join("..", "scripts", "peers", "torch_convmixer.py"), "train", path)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "OMP_WAIT_POLICY=PASSIVE", "GOMP_SPINCOUNT=0") // others may be at work on these cores
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(cmd.Args, " "), err)
	}
	var result struct{ Losses []float64 }
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatal(err)
	}
	return result.Losses
}

func compareLosses(t *testing.T, ours, theirs []float64, perEpoch int) {
	t.Helper()
	if len(ours) != len(theirs) || len(ours) == 0 {
		t.Fatalf("%d steps here, %d in PyTorch", len(ours), len(theirs))
	}
	worst := 0.0
	for i, v := range ours[:20] {
		off := math.Abs(v/theirs[i] - 1)
		worst = max(worst, off)
		if !(off <= 0.01) {
			t.Errorf("step %d: loss %.6f, in PyTorch %.6f", i+1, v, theirs[i])
		}
	}
	t.Logf("first loss %.7f and %.7f; first 20 steps within %.2g", ours[0], theirs[0], worst)
	for from := 0; from < len(ours); from += perEpoch {
		mine, other := mean(ours[from:from+perEpoch]), mean(theirs[from:from+perEpoch])
		if !(math.Abs(mine/other-1) <= 0.05) {
			t.Errorf("epoch %d: mean loss %.4f, in PyTorch %.4f", from/perEpoch+1, mine, other)
		}
		t.Logf("epoch %d: mean loss %.4f, in PyTorch %.4f (%+.2f %%)", from/perEpoch+1, mine, other, 100*(mine/other-1))
	}
	if last := mean(ours[len(ours)-perEpoch:]); !(last < 0.9*mean(ours[:perEpoch])) {
		t.Errorf("the loss has hardly fallen: %.4f in the last epoch", last)
	}
}

func mean(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x / float64(len(v))
	}
	return s
}
