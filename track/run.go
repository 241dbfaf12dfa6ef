package track

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"noise2sparse/internal/atomicfile"
	"noise2sparse/internal/lease"
)

// Run is the handle of a run folder's one writer. Its methods may be called from several
// goroutines, but Metrics by one at a time.
type Run struct {
	dir     string
	lock    *os.File
	lease   *lease.Lease
	log     *Lines
	lines   *Lines // metrics.jsonl
	metrics metricsWriter
	status  statusWriter
	attempt int
}

// Create makes the folder of a new run and writes config.yaml. It fails, and changes nothing,
// where dir holds a run or anything else, where it cannot be written, and where another process
// writes it.
func Create(dir string, config []byte) (*Run, error) {
	if err := atomicfile.MkdirAll(dir); err != nil {
		return nil, explain(dir, "cannot make the run folder", err)
	}
	if err := checkNew(dir); err != nil {
		return nil, err
	}
	return begin(dir, func() error {
		if err := checkNew(dir); err != nil { // again, now alone
			return err
		}
		path := filepath.Join(dir, configName)
		return explain(path, "cannot write", atomicfile.WriteNew(path, config))
	})
}

// Open takes over the folder of a run that exists, to resume it.
func Open(dir string) (*Run, error) {
	if _, _, err := ReadConfig(dir); err != nil {
		return nil, err
	}
	return begin(dir, func() error { return nil })
}

// checkNew refuses a folder that holds more than a Create that was cut off leaves.
func checkNew(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return explain(dir, "cannot read the run folder", err)
	}
	for _, e := range entries {
		if e.Name() == configName {
			return fmt.Errorf("%s: the folder holds a run already; resume it with --resume, or begin anew with --fresh", dir)
		}
	}
	for _, e := range entries {
		if n := e.Name(); n != lockName && !strings.HasPrefix(n, ownerName) && !strings.HasPrefix(n, "."+configName) {
			return fmt.Errorf("%s: the folder is not empty and holds no run (there is %s); choose another --out", dir, n)
		}
	}
	return nil
}

func begin(dir string, prepare func() error) (*Run, error) {
	lock, err := acquire(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{dir: dir, lock: lock}
	if r.lease, err = own(dir); err != nil {
		lock.Close()
		return nil, err
	}
	r.status.path = filepath.Join(dir, statusName)
	if err := r.prepare(prepare); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Run) prepare(first func() error) (err error) {
	if err := first(); err != nil {
		return err
	}
	r.status.take()
	if err := r.removeStale(); err != nil {
		return explain(r.dir, "cannot remove what a killed process left half-written", err)
	}
	if r.log, err = OpenLines(filepath.Join(r.dir, logName)); err != nil {
		return err
	}
	r.lines, err = OpenLines(filepath.Join(r.dir, metricsName))
	return err
}

func (r *Run) removeStale() error {
	return first(
		atomicfile.RemoveStale(r.dir),
		atomicfile.RemoveStale(filepath.Join(r.dir, neuronsName)),
		atomicfile.RemoveStale(filepath.Join(r.dir, figuresName)),
		removeStaleCheckpoints(r.checkpoints()),
	)
}

// Start begins an attempt: a says from which epoch and step on; config is the configuration it
// runs with, nil for the one the run has. It must come before Metrics and Heartbeat.
func (r *Run) Start(a Attempt, config []byte) error {
	earlier, err := ReadAttempts(r.dir)
	if err != nil {
		return err
	}
	a.Attempt = 1 + lastConfig(r.dir)
	for _, e := range earlier {
		a.Attempt = max(a.Attempt, e.Attempt+1)
	}
	if a.Config, err = keepConfig(r.dir, a.Attempt, config); err != nil {
		return err
	}
	a.Time, a.PID, a.Host = time.Now().UTC(), os.Getpid(), hostname()
	a.Versions = withGo(a.Versions)
	if err := appendAttempt(r.dir, a); err != nil {
		return err
	}
	r.attempt = a.Attempt
	r.metrics = metricsWriter{lines: r.lines, attempt: a.Attempt}
	return r.status.begin(a)
}

func withGo(versions map[string]string) map[string]string {
	all := map[string]string{"go": runtime.Version()}
	for k, v := range versions {
		all[k] = v
	}
	return all
}

// Dir is the run's folder.
func (r *Run) Dir() string { return r.dir }

// Attempt is the number of this attempt, from 1; 0 before Start.
func (r *Run) Attempt() int { return r.attempt }

// Metrics appends the one line of (epoch, step) to metrics.jsonl: metric names such as
// "train/loss" with their values, which need not be finite.
func (r *Run) Metrics(epoch int, step uint64, values map[string]float64) error {
	if r.attempt == 0 {
		return fmt.Errorf("%s: metrics before the run was started", r.dir)
	}
	if err := r.stillOwned(); err != nil {
		return err
	}
	return r.metrics.add(epoch, step, values)
}

// Heartbeat notes how far the run is, at once or a few seconds later: status.json is written at
// most so often. The run can go on where it fails.
func (r *Run) Heartbeat(epoch int, step uint64) error { return r.status.heartbeat(epoch, step) }

// Finish notes how this attempt ended, with its error if it has one. It may come without Start,
// where the run fails before.
func (r *Run) Finish(state State, epoch int, step uint64, cause error) error {
	if err := r.stillOwned(); err != nil {
		return err
	}
	return first(r.syncLines(), r.status.finish(state, epoch, step, cause))
}

// syncLines makes the metrics and the log so far durable.
func (r *Run) syncLines() error { return first(r.lines.Sync(), r.log.Sync()) }

// Close gives the folder free for another writer. Savers must be closed before.
func (r *Run) Close() error {
	var err error
	for _, l := range []*Lines{r.log, r.lines} {
		if l != nil {
			err = first(err, l.Close())
		}
	}
	if lerr := r.lease.Release(); !errors.Is(lerr, lease.ErrLost) { // that has been told
		err = first(err, explain(r.dir, "cannot give the run folder free", lerr))
	}
	return first(err, r.lock.Close()) // closing drops the lock
}
