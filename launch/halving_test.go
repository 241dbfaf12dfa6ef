package launch

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"noise2sparse/track"
)

var halved = []string{"grid.seed=[1, 2, 3, 4, 5]", "epochs=6", "search={halving: {eta: 2, rungs: [1, 3], metric: train/loss}}"}

// states are the jobs' states in a sentence, and the epochs that they have done.
func states(t *testing.T, r *Result) (text []string, epochs []int) {
	t.Helper()
	for _, o := range r.Jobs {
		st, err := track.ReadStatus(o.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if st.State != o.State {
			t.Errorf("job %d is %s in its folder, %s in the result", o.Index, st.State, o.State)
		}
		text, epochs = append(text, string(o.State)), append(epochs, st.Epoch)
	}
	return text, epochs
}

// Five jobs train one epoch, the best three of them three, the best two of these to their end. The
// others are marked, and can be resumed by hand.
func TestHalving(t *testing.T) {
	out := t.TempDir()
	e := &engine{t: t, room: 2}
	res, err := sweepNow(context.Background(), small(t, out, halved...), e, Policy{})
	if err != nil {
		t.Fatal(err)
	}
	got, epochs := states(t, res)
	if count(got, "done") != 2 || count(got, "stopped") != 3 {
		t.Errorf("the jobs are %v", got)
	}
	if slices.Sort(epochs); !slices.Equal(epochs, []int{1, 1, 3, 6, 6}) {
		t.Errorf("they have done %v epochs", epochs)
	}
	if first := e.submitted[:5]; !slices.Equal(first, []string{"0/1", "1/1", "2/1", "3/1", "4/1"}) || len(e.submitted) != 10 {
		t.Errorf("submitted %v", e.submitted)
	}
	checkBest(t, res, 1, 3)

	// The same command has nothing to do, and what was decided stays.
	again := &engine{t: t, room: 2}
	if res, err = sweepNow(context.Background(), small(t, out, halved...), again, Policy{}); err != nil || len(again.submitted) != 0 {
		t.Errorf("again: submitted %v (%v)", again.submitted, err)
	}
	if now, _ := states(t, res); !slices.Equal(now, got) {
		t.Errorf("again the jobs are %v, were %v", now, got)
	}
	i := slices.Index(got, "stopped")
	if why := res.Jobs[i].Error; !strings.Contains(why, "given up after epoch") {
		t.Errorf("a stopped job says %q", why)
	}
	p, err := Resolve(Options{Resume: res.Jobs[i].Dir})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Run(context.Background(), p, quiet()); err != nil || r.Jobs[0].State != track.Done {
		t.Errorf("by hand it ends with %v", err)
	}
}

// checkBest checks, from the metrics, that no job with a better value at the first rung was given up
// there while a worse one went on.
func checkBest(t *testing.T, r *Result, rung, kept int) {
	t.Helper()
	worstKept, bestGone := math.Inf(-1), math.Inf(1)
	n := 0
	for _, o := range r.Jobs {
		h, err := track.ReadMetrics(o.Dir)
		if err != nil {
			t.Fatal(err)
		}
		epochs, _, values := h.Series("train/loss")
		if epochs[len(epochs)-1] > rung {
			n++
			worstKept = max(worstKept, values[rung-1])
		} else {
			bestGone = min(bestGone, values[rung-1])
		}
	}
	if n != kept || worstKept > bestGone {
		t.Errorf("%d go on from epoch %d, the worst with %v; the best given up has %v", n, rung, worstKept, bestGone)
	}
}

// Cut off anywhere, a search makes the same decisions when it goes on.
func TestHalvingGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("many sweeps take seconds")
	}
	whole := t.TempDir()
	res, err := sweepNow(context.Background(), small(t, whole, halved...), &engine{t: t, room: 1}, Policy{})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := states(t, res)
	for _, after := range []int{1, 5, 7} {
		out := t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		e := &stopping{engine: engine{t: t, room: 1}, after: after, cancel: cancel}
		if _, err := Sweep(ctx, small(t, out, halved...), e, Policy{}, quiet()); err == nil {
			t.Fatalf("after %d jobs: it was not cut off", after)
		}
		res, err := sweepNow(context.Background(), small(t, out, halved...), &engine{t: t, room: 1}, Policy{})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := states(t, res); !slices.Equal(got, want) {
			t.Errorf("cut off after %d jobs it ends as %v, want %v", after, got, want)
		}
	}
}

// stopping is an engine whose user presses Ctrl-C after some jobs.
type stopping struct {
	engine
	after  int
	cancel func()
}

func (s *stopping) Submit(ctx context.Context, jobs []Submission) ([]string, error) {
	places, err := s.engine.Submit(ctx, jobs)
	if len(s.submitted) >= s.after {
		s.cancel()
	}
	return places, err
}

// A job that fails, or has no value, is given up; it does not hold up the others.
func TestHalvingWithAFailingJob(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	p := small(t, t.TempDir(), halved...)
	e := &engine{t: t, room: 2, script: map[string][]Report{p.Tasks[2].ID: {{Error: "node failure"}}}}
	res, err := sweepNow(context.Background(), p, e, Policy{})
	if err == nil || !strings.Contains(err.Error(), "1 of 5 jobs failed") {
		t.Errorf("it ends with %v", err)
	}
	if res.Jobs[2].State != track.Failed || res.Count(track.Done) != 2 || res.Count(track.Stopped) != 2 {
		t.Errorf("the jobs are %+v", res.Jobs)
	}
}
