package track

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"noise2sparse/internal/safetensors"
)

func TestStatus(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := ReadStatus(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no run: %v", err)
	}
	r := started(t, dir)
	s, err := ReadStatus(dir)
	must(t, err)
	if s.State != Running || s.PID != os.Getpid() || s.Attempt != 1 || s.Epochs != 10 || s.Device != "cpu" || s.Started.IsZero() {
		t.Errorf("after the start: %+v", s)
	}
	must(t, r.Heartbeat(1, 49)) // too soon after the start to be written
	if s, _ = ReadStatus(dir); s.Step != 0 {
		t.Error("two heartbeats within seconds were both written")
	}
	r.status.now.Updated = time.Now().Add(-heartbeatEvery)
	must(t, r.Heartbeat(2, 98))
	if s, _ = ReadStatus(dir); s.Step != 98 || s.Epoch != 2 || s.State != Running {
		t.Errorf("after a heartbeat: %+v", s)
	}
	must(t, r.lock.Close()) // as if killed
	if s, _ = ReadStatus(dir); s.State != Killed {
		t.Errorf("a dead run is %s", s.State)
	}
	r, err = Open(dir)
	must(t, err)
	defer r.Close()
	must(t, r.Start(Attempt{Epoch: 2, Step: 98, Epochs: 10}, nil))
	must(t, r.Finish(NaN, 3, 120, errors.New("the loss is NaN at step 120")))
	if s, _ = ReadStatus(dir); s.State != NaN || s.Step != 120 || s.Attempt != 2 || s.Error != "the loss is NaN at step 120" {
		t.Errorf("at the end: %+v", s)
	}
	must(t, os.WriteFile(filepath.Join(dir, statusName), nil, 0o666)) // a power cut
	_, err = ReadStatus(dir)
	wantError(t, err, "status.json: damaged")
}

// A run that fails before it starts again still says so, and forgets nothing of the earlier attempt.
func TestFinishWithoutStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	must(t, r.Finish(Interrupted, 2, 98, nil))
	must(t, r.Close())
	r, err := Open(dir)
	must(t, err)
	defer r.Close()
	must(t, r.Finish(Failed, 2, 98, errors.New("the data is gone")))
	s, err := ReadStatus(dir)
	if err != nil || s.State != Failed || s.Attempt != 1 || s.Epochs != 10 || s.Step != 98 || s.Error != "the data is gone" {
		t.Errorf("status %+v, %v", s, err)
	}
}

func TestSummaryFields(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	if _, err := ReadSummary(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no summary: %v", err)
	}
	want := Summary{Experiment: "quickstart", Seed: 1<<64 - 1, Epochs: 3, TrainLoss: Float(math.Inf(1)), ValLoss: Value(0.25), TrainDeadFraction: Value(0)}
	must(t, r.WriteSummary(want))
	var fields map[string]any
	must(t, json.Unmarshal([]byte(read(t, filepath.Join(dir, summaryName))), &fields))
	for _, n := range strings.Fields("experiment seed epochs steps device train_loss val_loss train_dead_fraction ms_per_step samples_per_second config_sha256 data_sha256 version") {
		if _, ok := fields[n]; !ok {
			t.Errorf("summary.json has no %s", n)
		}
	}
	for _, n := range strings.Fields("val_accuracy val_active_fraction val_dead_fraction best_epoch") {
		if _, ok := fields[n]; ok {
			t.Errorf("summary.json has %s, which the run has not", n)
		}
	}
	got, err := ReadSummary(dir)
	must(t, err)
	if got.Seed != want.Seed || *got.ValLoss != 0.25 || !math.IsInf(float64(got.TrainLoss), 1) {
		t.Errorf("read back %+v", got)
	}
}

func TestNeuronVectorsAndFigures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r := started(t, dir)
	for range 2 { // a resumed run writes an epoch's again
		model, _ := tensors(1)
		must(t, r.WriteNeurons(10, model))
	}
	f, err := safetensors.Read(filepath.Join(dir, "neurons", "10.safetensors"))
	must(t, err)
	if len(f.Tensors) != 2 || list(t, filepath.Join(dir, "neurons")) != "10.safetensors" {
		t.Errorf("read back %v", f.Names())
	}
	path, err := r.Figure("fields.png")
	must(t, err)
	must(t, os.WriteFile(path, nil, 0o666))
	if path != filepath.Join(dir, "figures", "fields.png") {
		t.Errorf("figure at %s", path)
	}
}
