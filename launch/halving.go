package launch

import (
	"fmt"
	"math"
	"slices"

	"go.uber.org/zap"

	"noise2sparse/experiment"
	"noise2sparse/launch/ledger"
	"noise2sparse/track"
)

// rungs is successive halving in progress: all jobs still in the race train to the next rung's epoch,
// are compared, and the worst are given up. What is decided follows from the runs' metrics alone.
type rungs struct {
	*experiment.Halving
	epochs []int // of each rung
	next   int   // the rung that jobs train to; len(epochs): to their ends
}

// newRungs is nil where the experiment has no halving, or there is one job alone.
func newRungs(p *Plan) *rungs {
	if p.search == nil || p.search.Halving == nil || len(p.Tasks) < 2 {
		return nil
	}
	h := p.search.Halving
	return &rungs{Halving: h, epochs: h.RungEpochs(p.Tasks[0].Config.Epochs)}
}

// until is the epoch at which jobs pause; 0: never.
func (r *rungs) until() int {
	if r == nil || r.next == len(r.epochs) {
		return 0
	}
	return r.epochs[r.next]
}

// resume goes on from the decisions in the ledger, as far as they are about these very jobs.
func (r *rungs) resume(s *sweep) {
	if r == nil {
		return
	}
	for _, d := range s.ledger.Rungs {
		if r.next < len(r.epochs) && d.Epoch == r.epochs[r.next] && d.Metric == r.Metric && r.about(s, d) {
			r.apply(s, d)
		}
	}
}

// about tells whether a decision was about the jobs that are in the race now.
func (r *rungs) about(s *sweep, d ledger.Rung) bool {
	race := r.race(s)
	if len(race) != len(d.Kept)+len(d.Gone) {
		return false
	}
	for _, x := range slices.Concat(d.Kept, d.Gone) {
		if e := s.byJob[x.Job]; e == nil || e.out.State == track.Stopped {
			return false
		}
	}
	return true
}

// race are the jobs that have not been given up, in the plan's order.
func (r *rungs) race(s *sweep) []*entry {
	var in []*entry
	for _, e := range s.entries {
		if e.out.State != track.Stopped {
			in = append(in, e)
		}
	}
	return in
}

// decide compares the jobs in the race at the rung that all have come to. It is false where there was
// no rung left.
func (r *rungs) decide(s *sweep) bool {
	if r.next == len(r.epochs) {
		return false
	}
	race := r.race(s)
	values := make([]float64, len(race))
	for i, e := range race {
		values[i] = r.value(e)
	}
	d := ledger.Rung{Epoch: r.epochs[r.next], Metric: r.Metric}
	kept := r.Promote(values)
	for i, e := range race {
		x := ledger.Ranked{Job: e.ID}
		if !math.IsNaN(values[i]) && !math.IsInf(values[i], 0) {
			x.Value = &values[i]
		}
		if slices.Contains(kept, i) {
			d.Kept = append(d.Kept, x)
		} else {
			d.Gone = append(d.Gone, x)
		}
	}
	s.note(ledger.Record{Event: ledger.Decided, Rung: &d})
	s.console.Printf("epoch %d: of %s the best %d by %s go on", d.Epoch, plural(len(race), "job"), len(kept), r.Metric)
	r.apply(s, d)
	return true
}

// value is the metric of a job as it was at the current rung: the last one measured by then. NaN for a
// job that has none, has failed, or diverged.
func (r *rungs) value(e *entry) float64 {
	if e.stage == over && e.out.State != track.Done {
		return math.NaN()
	}
	h, err := track.ReadMetrics(e.Dir)
	if err != nil {
		return math.NaN()
	}
	v := math.NaN()
	epochs, _, values := h.Series(r.Metric)
	for i, epoch := range epochs {
		if epoch <= r.epochs[r.next] {
			v = values[i]
		}
	}
	return v
}

// apply carries a decision out: who is kept goes on to the next rung, the others are given up. It may
// have been carried out in part before.
func (r *rungs) apply(s *sweep, d ledger.Rung) {
	r.next++
	for _, x := range d.Kept {
		if e := s.byJob[x.Job]; e.stage == resting {
			e.stage = waiting
		}
	}
	for _, x := range d.Gone {
		e := s.byJob[x.Job]
		if e.stage == over { // done, or failed: it stays that
			continue
		}
		why := fmt.Sprintf("given up after epoch %d: not among the best %d of %d by %s", d.Epoch, len(d.Kept), len(d.Kept)+len(d.Gone), d.Metric)
		if err := markStopped(e.Dir, why); err != nil {
			s.log.Warn("a run that is given up can't be marked so", zap.String("job", e.ID), zap.Error(err))
		}
		if !s.ledger.Of(e.run()).Stopped {
			s.note(ledger.Record{Event: ledger.Stopped, Job: e.ID, Run: e.run()})
		}
		e.stage, e.out.State, e.out.Error = over, track.Stopped, why
	}
}

// markStopped writes into a paused run's status that it was given up. A run that somebody has taken
// further stays as it is.
func markStopped(dir, why string) error {
	st, err := track.ReadStatus(dir)
	if err != nil || st.State != track.Paused {
		return err
	}
	run, err := track.Open(dir)
	if err != nil {
		return err
	}
	err = run.Finish(track.Stopped, st.Epoch, st.Step, fmt.Errorf("%s; go on with --resume", why))
	if cerr := run.Close(); err == nil {
		err = cerr
	}
	return err
}
