package train

import (
	"math"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/model"
)

// A rule that samples k learns from each sample's whole loss: squared error or cross-entropy, and the
// terms that are added to every sample's.
func TestSampleLosses(t *testing.T) {
	logK, rate := 1.0, 0.01
	for _, task := range []string{taskReconstruction, taskClassification} {
		for _, reg := range []RegularizationConfig{{}, {L1: 0.01, L2: 0.02, PenaltyOn: "all", ActivationL1: 0.3, Layers: "first"}} {
			c := smallConfig(func(c *Config) {
				c.Task, c.Regularization = task, reg
				c.Model.Kind, c.Model.Hidden = "sdm", []int{9}
				c.TopK = model.TopKConfig{Kind: "learn_k_reinforce", Blocks: 1, InitialLogK: &logK, LR: &rate}
			})
			d := &data.Dataset{Name: "test", Train: data.Split{X: grains(t, 16)}}
			if task == taskClassification {
				d.Classes = 3
				for i := range 16 {
					d.Train.Labels = append(d.Train.Labels, int32(i*5%3))
				}
			}
			b, err := compute.Open("cpu", compute.Options{Float: compute.Float64})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			var e *Engine
			e, err = NewEngine(b, c, d, Replace{Hooks: Hooks{AfterBackward: func() { compareSampleLosses(t, e, d) }}})
			if err != nil {
				t.Fatal(err)
			}
			// Far outputs: the likeliest class has a probability that rounds to 1.
			out := e.Net.Params().List[len(e.Net.Params().List)-1].Value
			b.Fill(out.Flat().At(0), 60)
			e.BeginEpoch(0, 0)
			e.Steps(0, 2)
		}
	}
}

// compareSampleLosses computes the losses of the step in progress again, on the host.
func compareSampleLosses(t *testing.T, e *Engine, d *data.Dataset) {
	t.Helper()
	out, x, got := numbers(e, e.out), numbers(e, e.x), numbers(e, e.losses)
	rows := make([]int32, e.index.Len())
	e.b.Download(rawBytes(rows), e.index)
	extra := 0.0
	if reg := e.cfg.Regularization; reg.L1 > 0 {
		for _, v := range numbers(e, e.Net.Params().Values) {
			extra += reg.L1*math.Abs(v) + reg.L2*v*v
		}
		post := e.Net.Hidden()[0].Post
		for _, v := range numbers(e, post) {
			extra += reg.ActivationL1 * math.Abs(v) / float64(post.Rows())
		}
	}
	total, cols := 0.0, e.out.Cols()
	for i := range got {
		row, want := out[i*cols:(i+1)*cols], 0.0
		if d.Train.Labels != nil {
			label := row[d.Train.Labels[rows[i]]]
			for _, z := range row {
				want += math.Exp(z - label)
			}
			want = math.Log(want)
		} else {
			for j, z := range row {
				r := z - x[i*cols+j]
				want += r * r / float64(cols)
			}
		}
		want += extra
		total += want
		if math.Abs(got[i]-want) > 1e-9*(1+want) {
			t.Errorf("%s, extra terms %.3g: sample %d has the loss %v, want %v", e.cfg.Task, extra, i, got[i], want)
		}
	}
	if loss := e.LastStep().Loss; math.Abs(loss-total/float64(len(got))) > 1e-9*(1+loss) {
		t.Errorf("the samples' losses are %v on average, the step's is %v", total/float64(len(got)), loss)
	}
}
