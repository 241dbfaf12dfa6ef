package train

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/internal/problem"
	"noise2sparse/metric"
	"noise2sparse/model"
	"noise2sparse/optim"
	"noise2sparse/track"
)

// all is every extra metric.
func all() []string { return extras.Names() }

const width = 12

// extraEngine is a network with two hidden layers on 50 samples in batches of 16: the last batch
// of an epoch has 2, that of an evaluation 4. The second layer's decoder has the shape of its encoder.
func extraEngine(t *testing.T, extra ...string) *Engine {
	t.Helper()
	return extraEngineOf(t, func(*Config) {}, extra...)
}

// extraEngineOf is extraEngine with changes.
func extraEngineOf(t *testing.T, change func(*Config), extra ...string) *Engine {
	t.Helper()
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	sigma, clip := 0.5, 1.0
	c := Config{
		Task: taskReconstruction, Dataset: "test", Epochs: 2, BatchSize: 16, Seed: 3,
		Model:     model.Config{Kind: "ffn", Hidden: []int{9, width}, Activation: "relu", HiddenBias: true, OutputBias: true},
		Noise:     model.NoiseConfig{Kind: "gaussian", Sigma: &sigma, InEvaluation: true},
		Optimizer: optim.Config{Kind: "adam", LR: 0.01, Betas: [2]float64{0.9, 0.999}, ClipNorm: &clip}, Metrics: MetricsConfig{Extra: extra},
	}
	c.Optimizer.Schedule.Kind = "constant"
	change(&c)
	e, err := NewEngine(b, c, &data.Dataset{Name: "test", Train: data.Split{X: grains(t, 50)}, Val: data.Split{X: grains(t, 20)}}, Replace{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// grains are n samples in [0, 1) that follow from their place alone.
func grains(t *testing.T, n int) array.Array {
	t.Helper()
	x, s := make([]float32, n*width), uint32(1)
	for i := range x {
		s = s*1664525 + 1013904223
		x[i] = float32(s>>8) / (1 << 24)
	}
	a, err := array.FromFloat32s(x, n, width)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func epochOf(e *Engine, epoch int) {
	e.BeginEpoch(epoch, uint64(epoch*e.StepsPerEpoch()))
	e.Steps(0, e.StepsPerEpoch())
	e.Evaluate(epoch)
}

// kept are the bytes of what a run without extras keeps.
func kept(e *Engine) []byte {
	var out bytes.Buffer
	for _, s := range slices.Concat(e.ModelBuffers(), e.StateBuffers()) {
		raw := make([]byte, s.Tensor.Bytes())
		e.b.Download(raw, s.Tensor)
		out.Write(raw)
	}
	return out.Bytes()
}

// Measuring changes no bit of what is learned, nor of what else is measured.
func TestExtrasChangeNothing(t *testing.T) {
	with, without := extraEngine(t, all()...), extraEngine(t)
	for epoch := range 2 {
		epochOf(with, epoch)
		epochOf(without, epoch)
		if a, b := with.MeasureEvaluation(), without.MeasureEvaluation(); a.Loss != b.Loss || a.Loss == 0 {
			t.Errorf("epoch %d: the validation loss is %v with extras, %v without", epoch, a.Loss, b.Loss)
		}
	}
	if !bytes.Equal(kept(with), kept(without)) {
		t.Error("weights or optimizer state differ")
	}
}

// The draws of metrics are not those of training or validation, nor each other's.
func TestMetricNoiseIsItsOwn(t *testing.T) {
	e := extraEngine(t, all()...)
	zero, noised := e.b.Alloc(e.b.Float(), 4, width), e.b.Alloc(e.b.Float(), 4, width)
	seen := map[float64]bool{}
	for _, source := range []model.NoiseSource{e.philox(false), e.metricNoise} {
		for _, m := range []model.Mode{model.Train, model.Eval} {
			source.Add(noised, zero, m)
			seen[floats(e.b, noised)[0]] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d different draws in 4 streams", len(seen))
	}
}

func TestExtrasAllocateNothing(t *testing.T) {
	for _, name := range append(all(), "") {
		e := extraEngine(t, strings.Fields(name)...)
		epochOf(e, 0)
		e.BeginEpoch(1, 4)
		if n := testing.AllocsPerRun(20, func() { e.b.Fill(e.batch, 0); e.Steps(0, e.StepsPerEpoch()) }); n != 0 {
			t.Errorf("%v allocations in an epoch's steps with %q", n, name)
		}
	}
}

// Every sample of an epoch and of an evaluation is seen once, also those of the smaller last batch.
func TestExtrasSeeEverySample(t *testing.T) {
	e := extraEngine(t, all()...)
	epochOf(e, 0)
	epochOf(e, 1)
	train, val := e.MeasureTraining(e.StepsPerEpoch()), e.MeasureEvaluation()
	if train.Closest.Samples != 50 || val.Closest.Samples != 20 || train.Layers[1].BiasEffect.Samples != 50 {
		t.Errorf("closest target saw %v and %v samples, bias effect %v", train.Closest.Samples, val.Closest.Samples, train.Layers[1].BiasEffect.Samples)
	}
	for _, s := range []*metric.Snapshot{train, val} {
		for _, l := range s.Layers {
			for j, active := range l.BiasEffect.Active { // before + woken − silenced = after
				if after := active + l.BiasEffect.Woken[j] - l.BiasEffect.Silenced[j]; after != l.Fired[j] {
					t.Errorf("%s neuron %d: %v samples are positive after the bias, but %v fired", l.Name, j, after, l.Fired[j])
				}
			}
		}
	}
}

// A run that is saved and restored in the middle of an epoch measures what an uninterrupted one
// does; an extra that is new then sees the rest.
func TestExtrasAfterRestore(t *testing.T) {
	whole := extraEngine(t, all()...)
	whole.BeginEpoch(0, 0)
	whole.Steps(0, 2)
	save := func(bs []Buffer) []array.Named {
		to := describe(bs)
		for i := range to {
			to[i].Array.Bytes = make([]byte, bs[i].Tensor.Bytes())
		}
		download(whole.b, bs, to)
		return to
	}
	c := &track.Checkpoint{Path: "c", Model: save(whole.ModelBuffers()), Optimizer: save(whole.savedState())}
	c.Manifest.State = []byte("{}")
	whole.Steps(2, 2)
	want := whole.MeasureTraining(4)

	again := extraEngine(t, all()...)
	if _, err := again.Restore(c); err != nil {
		t.Fatal(err)
	}
	again.Continue(0, 0)
	again.Steps(2, 2)
	if got := again.MeasureTraining(4); *got.Closest != *want.Closest || !slices.Equal(got.Layers[0].BiasEffect.Woken, want.Layers[0].BiasEffect.Woken) {
		t.Errorf("after a restore %+v, uninterrupted %+v", got.Closest, want.Closest)
	}

	c.Optimizer = slices.DeleteFunc(c.Optimizer, func(n array.Named) bool { return n.Name == "extra/closest_target/samples" })
	late := extraEngine(t, all()...)
	if _, err := late.Restore(c); err != nil {
		t.Fatal(err)
	}
	late.Continue(0, 0)
	late.Steps(2, 2)
	if got := late.MeasureTraining(4); got.Closest.Samples != 18 {
		t.Errorf("an extra that is new after step 2 saw %v samples of the last 18", got.Closest.Samples)
	}
}

// Cosines against their definition, with weights that take several strips.
func TestCosine(t *testing.T) {
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	const n, d = 1500, 1000 // strips of 699 rows
	w, v := make([]float64, n*d), make([]float64, d*n)
	for i := range w {
		w[i], v[i] = math.Sin(float64(i)), math.Cos(float64(3*i))
	}
	clear(w[7*d : 8*d]) // no direction
	for i := range d {
		v[i*n+8] = 2 * w[8*d+i] // the same direction
	}
	wt, vt := b.Alloc(b.Float(), n, d), b.Alloc(b.Float(), d, n)
	uploadFloats(b, wt, w)
	uploadFloats(b, vt, v)
	l := newCosineLayer(b, 0, wt, vt)
	got := l.cosines(b)
	for j := range n {
		var dot, w2, v2 float64
		for i := range d {
			dot, w2, v2 = dot+w[j*d+i]*v[i*n+j], w2+w[j*d+i]*w[j*d+i], v2+v[i*n+j]*v[i*n+j]
		}
		want := 0.
		if w2 > 0 {
			want = dot / math.Sqrt(w2*v2)
		}
		if math.Abs(got[j]-want) > 1e-6 {
			t.Fatalf("neuron %d: cosine %v, want %v", j, got[j], want)
		}
	}
	if got[7] != 0 || math.Abs(got[8]-1) > 1e-6 {
		t.Errorf("a neuron without weights has cosine %v, equal directions %v", got[7], got[8])
	}
}

// The first layer has 12 inputs, as the next one has outputs; the second has 9, and 12 behind it.
func TestCosineWhereShapesFit(t *testing.T) {
	e := extraEngine(t, "cosine")
	epochOf(e, 0)
	s := e.MeasureTraining(e.StepsPerEpoch())
	if len(s.Layers[0].Cosine) != 9 || s.Layers[1].Cosine != nil {
		t.Errorf("cosines: %v and %v", s.Layers[0].Cosine, s.Layers[1].Cosine)
	}
}

// Tied weights are their own transpose.
func TestCosineTied(t *testing.T) {
	e := extraEngineOf(t, func(c *Config) { c.Model.Hidden, c.Model.TiedWeights = []int{9}, true }, "cosine")
	epochOf(e, 0)
	if got := e.MeasureTraining(e.StepsPerEpoch()).Layers[0].Cosine; len(got) != 9 || slices.Min(got) != 1 || slices.Max(got) != 1 {
		t.Errorf("cosines of tied weights: %v, want 9 of 1", got)
	}
}

// Nearest neighbours within a batch: the nearest clean sample is found by distance, and of two
// equal samples the first one.
func TestClosest(t *testing.T) {
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	c := newClosest(&Engine{b: b, cfg: Config{BatchSize: 4}, train: &deviceSplit{n: 4, x: b.Alloc(b.Float(), 4, 2)}, val: &deviceSplit{}}).(*closest)
	x, q := b.Alloc(b.Float(), 4, 2), b.Alloc(b.Float(), 4, 2)
	uploadFloats(b, x, []float64{0, 0, 10, 0, 10, 0, 3, 3})
	//                 nearest: 0, its own; 1, its own; 1, not 2; 0, not 3
	uploadFloats(b, q, []float64{1, 1, 8, 1, 10, 0, 1, 1})
	c.forward(model.Train, x, q)
	// Without noise the inputs are the clean samples: all but the second of the pair are found.
	if got := floats(b, c.found[model.Train]); got[0] != 3 || got[1] != 2 {
		t.Errorf("hits: %v of the inputs, %v of the outputs; want 3 and 2", got[0], got[1])
	}
}

// With a projection before the noise, inputs are projected before they are compared.
func TestClosestProjected(t *testing.T) {
	e := extraEngineOf(t, func(c *Config) { c.Model.Projection, c.Noise.InEvaluation = "before_noise", false }, "closest_target")
	e.Evaluate(0)
	var p []float64
	for _, b := range e.ModelBuffers() {
		if b.Name == "projection.weight" {
			p = floats(e.b, b.Tensor)
		}
	}
	x, want := grains(t, 20).Float32s(), 0.
	for i := range 20 {
		nearest, least := -1, math.Inf(1)
		for j := i / 16 * 16; j < min(20, (i/16+1)*16); j++ {
			var d2 float64
			for r := range width {
				var q float64
				for c := range width {
					q += p[r*width+c] * float64(x[i*width+c])
				}
				d2 += (q - float64(x[j*width+r])) * (q - float64(x[j*width+r]))
			}
			if d2 < least {
				nearest, least = j, d2
			}
		}
		if nearest == i {
			want++
		}
	}
	if got := e.MeasureEvaluation().Closest; got.Noised != want || want == 20 {
		t.Errorf("%v of the projected inputs are nearest to their own sample, want %v, fewer than all 20", got.Noised, want)
	}
}

func TestCheckExtra(t *testing.T) {
	c := Config{Task: taskClassification, Metrics: MetricsConfig{Extra: []string{"bias_effect", "cosin", "cosine", "bias_effect"}}}
	c.Checkpoint.BestMetric = "val/closest_target_reconstructed"
	c.EarlyStopping = &EarlyStopping{Metric: "val/bias_woken_fraction/hidden.0"}
	ps := &problem.List{}
	c.checkExtra(ps)
	if n := len(ps.All()); n != 4 {
		t.Errorf("%d problems, want an unknown name, one for classification, one twice, a metric that nobody asks for: %v", n, ps.All())
	}
}

// Every metric that must be asked for can be.
func TestExtrasOfMetrics(t *testing.T) {
	n := 0
	for _, name := range metric.Metrics.Names() {
		if extra := metric.ExtraOf("val/" + name); extra != "" {
			n++
			if _, err := extras.Get(extra); err != nil {
				t.Errorf("metric %s: %v", name, err)
			}
		}
	}
	if n < len(all()) {
		t.Errorf("%d metrics for %d extras", n, len(all()))
	}
}
