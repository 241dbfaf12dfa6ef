package convert

import (
	"strconv"
	"strings"

	"noise2sparse/internal/pickle"
)

// own is the key under which exported checkpoints carry what PyTorch Lightning has no place for.
const own = "noise2sparse"

// progress finds out how far the run was: epoch, global_step, and in Lightning's "loops" whether the
// epoch had been finished.
func (im *Import) progress(root *pickle.Dict) {
	if n, ok := whole(at(root, "global_step")); ok {
		im.Step = uint64(n)
	}
	if d := at(root, own); d != nil {
		im.Format = "checkpoint of this program"
		im.Epoch, _ = epochs(at(d, "epochs_done"))
		im.Loop, _ = at(d, "loop").(string)
		im.Config, _ = at(d, "config").(string)
		return
	}
	epoch, ok := epochs(at(root, "epoch"))
	if !ok {
		return
	}
	version, lightning := at(root, "pytorch-lightning_version").(string)
	if !lightning {
		im.Epoch = epoch
		im.note("took epoch %d for the number of epochs done", epoch)
		return
	}
	im.Format = "PyTorch Lightning checkpoint"
	im.Epoch = epoch
	if before(version, 1, 6) { // it saved the number of the next epoch
		return
	}
	if finished(root, epoch) {
		im.Epoch++
		return
	}
	im.note("it was saved in the middle of epoch %d, which is trained again from its start", epoch+1)
}

// finished tells whether all batches of the epoch had been trained on; where Lightning's loops do
// not say, they had, since that is when it saves unless it is told otherwise.
func finished(root *pickle.Dict, epoch int) bool {
	fit := at(root, "loops", "fit_loop")
	processed, known := whole(at(fit, "epoch_progress", "current", "processed"))
	last, _ := at(fit, "epoch_loop.batch_progress", "is_last_batch").(bool)
	return !known || processed > epoch || last
}

// at is the value below v at the end of a way of dict keys; nil where there is none.
func at(v any, keys ...string) any {
	for _, k := range keys {
		d, ok := v.(*pickle.Dict)
		if !ok {
			return nil
		}
		v, _ = d.Get(k)
	}
	return v
}

// maxEpochs bounds what is taken for a number of epochs.
const maxEpochs = 10_000_000

// whole takes v for a whole number of at least 0.
func whole(v any) (int, bool) {
	n, ok := v.(int64)
	return int(n), ok && n >= 0
}

// epochs takes v for a number of epochs.
func epochs(v any) (int, bool) {
	n, ok := whole(v)
	return n, ok && n <= maxEpochs
}

// before tells whether a version such as "1.5.10" is older than major.minor.
func before(version string, major, minor int) bool {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return false
	}
	a, err1 := strconv.Atoi(parts[0])
	b, err2 := strconv.Atoi(parts[1])
	return err1 == nil && err2 == nil && (a < major || a == major && b < minor)
}
