package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/metric"
	"noise2sparse/track"
)

// Job is one run: what to compute, on what, and where its results go.
type Job struct {
	Experiment   string
	ID           string // "003-sigma=0.3-1a2b3c4d"
	Config       Config // has passed Check
	ConfigYAML   []byte // the same, as the run folder keeps it
	ConfigSHA256 string
	DataSHA256   string
	Version      string // of the program

	Backend compute.Backend
	Data    *data.Dataset
	Folder  *track.Run
	Resume  *track.Checkpoint // go on from here; nil: begin
	Start   *track.Checkpoint // Config.StartFrom, found; used where Resume is nil
	Log     *zap.Logger
	Watch   Watcher // nil: nobody
	Replace Replace // zero, but for replays
	// Until is the epoch after which to pause: save a checkpoint and return ErrPaused; 0: never. It
	// changes nothing that is computed, and a run that ends at or before it does not pause.
	Until int
	// Finish is called once all epochs are done, before the summary is written: it may look at
	// what was learned and add to the summary. nil: nothing.
	Finish func(*Engine, *track.Summary) error
}

// Watcher is told how the run goes on, from the goroutine that trains: it must return quickly.
type Watcher interface {
	Progress(Progress)
	EpochDone(epoch int, values map[string]float64)
}

// Progress says how far a run is.
type Progress struct {
	Epoch, Epochs    int           // epochs done, and to do
	Step             int           // steps done in the current epoch
	StepsPerEpoch    int           //
	SamplesPerSecond float64       // over the last moment
	Left             time.Duration // estimated time to the end
}

// ErrInterrupted is returned by Run when its context was cancelled; a checkpoint was saved.
var ErrInterrupted = errors.New("interrupted")

// ErrPaused is returned by Run when it has come to Job.Until; a checkpoint was saved.
var ErrPaused = errors.New("paused")

// NonFiniteError says that the loss or a gradient was NaN or infinite.
type NonFiniteError struct {
	Step       uint64 // the first such step, from 1
	Epoch      int    // the epoch it is in, from 1
	Checkpoint string // the last good one, or ""
}

func (e *NonFiniteError) Error() string {
	advice := "no checkpoint was saved before it"
	if e.Checkpoint != "" {
		advice = "the last good checkpoint is " + e.Checkpoint + ", which a new run can begin with (start_from.run)"
	}
	return fmt.Sprintf("the loss or its gradient is not finite at step %d (epoch %d); %s; a smaller optimizer.lr or optimizer.clip_norm may help", e.Step, e.Epoch, advice)
}

// runner is the state of Run that is not on the device.
type runner struct {
	Job
	e       *Engine
	saver   *track.Saver
	clock   *clock
	loop    loopState
	last    map[string]float64 // the last epoch's metrics, and the last validation's
	fresh   map[string]float64 // what was measured at the end of the last epoch, never changed again
	started bool               // this attempt is in the run folder
	// saved is when the last checkpoint was taken.
	saved time.Time
}

// loopState is what a checkpoint's state.json keeps of the loop.
type loopState struct {
	EpochsDone  int      `json:"epochs_done"`
	StepsDone   uint64   `json:"steps_done"`
	StepInEpoch int      `json:"step_in_epoch"` // steps done of the epoch in progress
	Stopping    patience `json:"early_stopping"`
	Stopped     bool     `json:"stopped_early"`
	// StepsBefore are the steps that the optimizer's moments had seen when the run began: those of
	// the run it started from with its moments, else 0. Bias corrections count them.
	StepsBefore uint64 `json:"optimizer_steps_before"`
	Best        bestOf `json:"best"`
	// Last are the metrics of the last epoch done, and of the last validation.
	Last    map[string]track.Float `json:"last_metrics,omitempty"`
	Seconds float64                `json:"seconds"` // training time of all attempts
}

// Run trains until the last epoch, early stopping, an error, Job.Until, or until ctx is cancelled;
// then a checkpoint is saved and ErrPaused or ErrInterrupted returned. The folder's status tells how
// it ended.
func Run(ctx context.Context, j Job) (track.Summary, error) {
	r := &runner{Job: j, clock: newClock(j.Config.BatchSize)}
	err := r.prepare()
	if err == nil {
		err = r.epochs(ctx)
	}
	if err == nil {
		err = r.saver.Retain(r.loop.StepsDone)
	}
	if r.saver != nil {
		if cerr := r.saver.Close(); err == nil {
			err = cerr // else it is the same one: a failed save ends the loop
		}
	}
	var s track.Summary
	if err == nil {
		s, err = r.summarise()
	}
	if !r.started && r.Resume != nil {
		return s, err // the run is as it was before
	}
	if r.Resume != nil && r.Folder.Attempt() == 0 {
		return track.Summary{}, err // nothing has changed: the status stays that of the attempt before
	}
	if ferr := r.Folder.Finish(stateOf(err), r.loop.EpochsDone, r.loop.StepsDone, err); ferr != nil {
		err = errors.Join(err, ferr)
	}
	return s, err
}

func stateOf(err error) track.State {
	var nan *NonFiniteError
	switch {
	case err == nil:
		return track.Done
	case errors.Is(err, ErrInterrupted):
		return track.Interrupted
	case errors.Is(err, ErrPaused):
		return track.Paused
	case errors.As(err, &nan):
		return track.NaN
	}
	return track.Failed
}

// prepare builds the engine, and restores a checkpoint or another run's weights.
func (r *runner) prepare() error {
	if f := r.Config.Missing(); len(f) > 0 {
		return fmt.Errorf("%s is not there yet (%s): nothing can be trained with it", f[0].Name, f[0].Field)
	}
	var err error
	if r.e, err = NewEngine(r.Backend, r.Config, r.Data, r.Replace); err != nil {
		return err
	}
	if h := compute.OnHost(r.Backend); h.Bytes > 0 {
		r.Log.Info("the dataset stays in the host's memory, which the GPU reads over the bus",
			zap.Int64("dataset_bytes", h.Bytes), zap.Int64("gpu_free_bytes", h.Free), zap.Int64("kept_for_the_run_bytes", h.Reserve))
	}
	attempt := track.Attempt{Epochs: r.Config.Epochs, Device: r.Backend.Device().Name, Versions: versions(r.Job)}
	switch {
	case r.Resume != nil:
		if r.loop, err = r.e.Restore(r.Resume); err != nil {
			return err
		}
		attempt.Checkpoint, attempt.Epoch, attempt.Step = r.Resume.Path, r.loop.EpochsDone, r.loop.StepsDone
		r.last = map[string]float64{}
		for name, v := range r.loop.Last {
			r.last[name] = float64(v)
		}
		r.reconsider()
	case r.Start != nil:
		if r.loop.StepsBefore, err = r.e.StartFrom(r.Start, r.Config.StartFrom.Moments); err != nil {
			return err
		}
	}
	if err := r.Folder.Start(attempt, r.ConfigYAML); err != nil {
		return err
	}
	r.started, r.saved = true, time.Now()
	r.saver, err = r.Folder.NewSaver(describe(r.e.ModelBuffers()), describe(r.e.savedState()), track.Retention{
		KeepLast: r.Config.Checkpoint.KeepLast, Best: r.bestMetric(), Higher: metric.HigherIsBetter(r.Config.Checkpoint.BestMetric),
	})
	return err
}

func (r *runner) bestMetric() string {
	if !r.Config.Checkpoint.KeepBest {
		return ""
	}
	return r.Config.Checkpoint.BestMetric
}

func versions(j Job) map[string]string {
	d := j.Backend.Device()
	return map[string]string{"noise2sparse": j.Version, "backend": d.Backend, "device": d.Name, "blas": d.BLAS, "data_sha256": j.DataSHA256}
}

func (r *runner) epochs(ctx context.Context) error {
	for r.loop.EpochsDone < r.Config.Epochs && !r.loop.Stopped {
		if r.Until > 0 && r.loop.EpochsDone >= r.Until && r.loop.StepInEpoch == 0 {
			return r.saveAnd(ErrPaused)
		}
		if ctx.Err() != nil { // steps looks only where an epoch is longer than a stretch
			return r.saveAnd(ErrInterrupted)
		}
		if err := r.oneEpoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// oneEpoch trains an epoch, or the rest of one, and does all that is due at its end.
func (r *runner) oneEpoch(ctx context.Context) error {
	if r.loop.StepInEpoch == 0 {
		r.e.BeginEpoch(r.loop.EpochsDone, r.loop.StepsBefore+r.loop.StepsDone)
	} else {
		r.e.Continue(r.loop.EpochsDone, r.loop.StepsBefore+r.loop.StepsDone-uint64(r.loop.StepInEpoch))
	}
	if err := r.steps(ctx); err != nil {
		return err
	}
	steps := r.loop.StepInEpoch
	if err := r.checkFinite(); err != nil {
		return err
	}
	r.loop.EpochsDone++
	r.loop.StepInEpoch = 0
	if err := r.measure(steps); err != nil {
		return err
	}
	r.e.Net.EndEpoch()
	if r.Config.resampleDue(r.loop.EpochsDone) {
		if n := r.e.Resample(r.loop.EpochsDone); n > 0 {
			r.Log.Info("dead neurons begin anew", zap.Int("epoch", r.loop.EpochsDone), zap.Int("neurons", n))
		}
	}
	if r.saveDue() {
		return r.save()
	}
	return nil
}

// steps does the steps that are left of the epoch, in stretches short enough to react to the user.
func (r *runner) steps(ctx context.Context) error {
	perEpoch := r.e.StepsPerEpoch()
	for r.loop.StepInEpoch < perEpoch {
		n := r.stretch(perEpoch)
		r.clock.start()
		r.e.Steps(r.loop.StepInEpoch, n)
		if err := r.Backend.Sync(); err != nil {
			return fmt.Errorf("step %d to %d of the run: %w%s", r.loop.StepsDone+1, r.loop.StepsDone+uint64(n), err, r.howToFind(err))
		}
		r.loop.Seconds += r.clock.stop(n)
		r.loop.StepInEpoch += n
		r.loop.StepsDone += uint64(n)
		r.progress(perEpoch)
		if r.loop.StepInEpoch == perEpoch {
			return nil
		}
		if ctx.Err() != nil {
			return r.saveAnd(ErrInterrupted)
		}
		if every := r.Config.Checkpoint.EverySteps; every != nil && r.loop.StepsDone%uint64(*every) == 0 {
			if err := r.checkFinite(); err != nil {
				return err
			}
			if err := r.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// howToFind says for an error in a recorded step by which command the operation names itself; "" for others.
func (r *runner) howToFind(err error) string {
	var recorded *compute.RecordedError
	if !errors.As(err, &recorded) {
		return ""
	}
	return fmt.Sprintf("; to find the kernel: trainer run --resume %s --gpu %s --set compute.graph=false", r.Folder.Dir(), recorded.Device)
}

// stretch is the number of steps to do before looking up: to the epoch's end, to the next step
// that is to be saved, or for about a tenth of a second, whichever is least.
func (r *runner) stretch(perEpoch int) int {
	n := min(r.clock.stepsPerStretch(), perEpoch-r.loop.StepInEpoch)
	if every := r.Config.Checkpoint.EverySteps; every != nil {
		n = min(n, *every-int(r.loop.StepsDone%uint64(*every)))
	}
	return n
}

func (r *runner) progress(perEpoch int) {
	_ = r.Folder.Heartbeat(r.loop.EpochsDone, r.loop.StepsDone) // the run can go on without it
	if r.Watch == nil {
		return
	}
	left := (r.Config.Epochs-r.loop.EpochsDone)*perEpoch - r.loop.StepInEpoch
	r.Watch.Progress(Progress{
		Epoch: r.loop.EpochsDone, Epochs: r.Config.Epochs, Step: r.loop.StepInEpoch, StepsPerEpoch: perEpoch,
		SamplesPerSecond: r.clock.samplesPerSecond(), Left: r.clock.estimate(left),
	})
}

// checkFinite returns a NonFiniteError if some step so far was not finite.
func (r *runner) checkFinite() error {
	step, bad := r.e.BadStep()
	if err := r.Backend.Sync(); err != nil {
		return err // nothing was read
	}
	if !bad {
		return nil
	}
	return r.nonFinite(step)
}

// nonFinite is the error of the given step, from 0.
func (r *runner) nonFinite(step uint64) error {
	_ = r.saver.Wait()
	good := r.saver.Last()
	if good == "" && r.Resume != nil {
		good = r.Resume.Path
	}
	return &NonFiniteError{Step: step + 1, Epoch: int(step)/r.e.StepsPerEpoch() + 1, Checkpoint: good}
}

// saveAnd saves where the run is, and returns why.
func (r *runner) saveAnd(why error) error {
	if err := r.checkFinite(); err != nil {
		return err
	}
	if err := r.save(); err != nil {
		return err
	}
	if err := r.saver.Wait(); err != nil {
		return err
	}
	return why
}
