package track

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/atomicfile"
)

// Names inside a run folder and a checkpoint.
const (
	checkpointsName = "checkpoints"
	modelName       = "model.safetensors"
	optimizerName   = "optimizer.safetensors"
	stateName       = "state.json"

	tmpPrefix   = ".tmp-"   // a checkpoint being written
	trashPrefix = ".trash-" // a checkpoint being removed
)

// Snapshot is everything a checkpoint holds.
type Snapshot struct {
	Step      uint64        // steps done
	Epoch     int           // epochs done, all of them complete
	Model     []array.Named // parameters
	Optimizer []array.Named // moments, counters, accumulators: all other named buffers
	State     any           // what else the loop needs to go on; marshalled as JSON
	// Metrics are the latest values, among them the one that decides which checkpoint is best.
	Metrics  map[string]float64
	Versions map[string]string // of the program and the libraries; a resume warns where they differ
}

// save writes a checkpoint into the folder checkpoints/<step>, so that under that name there is
// the whole of it or nothing at any moment, and durably. attempt is noted in it. A checkpoint of
// that step, from an earlier attempt, is replaced. On an error everything is as it was before.
func save(checkpoints string, attempt int, s *Snapshot, state []byte) (err error) {
	final := filepath.Join(checkpoints, strconv.FormatUint(s.Step, 10))
	tmp := filepath.Join(checkpoints, fmt.Sprintf("%s%d-%d", tmpPrefix, s.Step, os.Getpid()))
	defer func() {
		if err != nil {
			os.RemoveAll(tmp)
			err = explain(final, fmt.Sprintf("cannot save the checkpoint of step %d", s.Step), err)
		}
	}()
	if err := os.MkdirAll(tmp, 0o777); err != nil {
		return err
	}
	files := map[string]FileHash{}
	if files[modelName], err = writeHashed(filepath.Join(tmp, modelName), s.Model); err != nil {
		return err
	}
	if files[optimizerName], err = writeHashed(filepath.Join(tmp, optimizerName), s.Optimizer); err != nil {
		return err
	}
	doc, err := encodeState(&Manifest{
		Format: stateFormat, Step: s.Step, Epoch: s.Epoch, Attempt: attempt, Files: files,
		Metrics: Floats(s.Metrics), Versions: withGo(s.Versions), State: state,
	})
	if err != nil {
		return err
	}
	if err := atomicfile.Write(filepath.Join(tmp, stateName), doc); err != nil { // also syncs tmp
		return err
	}
	return publish(tmp, final)
}

// writeHashed writes tensors to a new file, durably, and returns its size and hash.
func writeHashed(path string, tensors []array.Named) (FileHash, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return FileHash{}, err
	}
	h := &hashingWriter{w: f, hash: sha256.New()}
	err = writeTensors(h, tensors)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return FileHash{h.n, hex.EncodeToString(h.hash.Sum(nil))}, err
}

type hashingWriter struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func (h *hashingWriter) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.hash.Write(p[:n])
	h.n += int64(n)
	return n, err
}

// publish gives the complete folder tmp its final name. Where that name is taken the two folders
// are exchanged, so that a checkpoint is under it all the time, and the old one is removed.
func publish(tmp, final string) error {
	parent := filepath.Dir(final)
	if _, err := os.Lstat(final); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(tmp, final); err != nil {
			return err
		}
		return atomicfile.SyncDir(parent)
	}
	if err := exchange(tmp, final); err != nil {
		return err
	}
	if err := atomicfile.SyncDir(parent); err != nil {
		return err
	}
	os.RemoveAll(tmp) // what remains of it is removed by the next writer
	return nil
}

// remove takes a checkpoint away: first its name, then its files.
func remove(checkpoint string) error {
	parent, name := filepath.Split(checkpoint)
	trash := filepath.Join(parent, fmt.Sprintf("%s%s-%d", trashPrefix, name, os.Getpid()))
	if err := os.Rename(checkpoint, trash); err != nil {
		return err
	}
	return os.RemoveAll(trash)
}

// removeStaleCheckpoints removes what killed processes were writing or removing. For the holder
// of the lock alone.
func removeStaleCheckpoints(checkpoints string) error {
	entries, err := os.ReadDir(checkpoints)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if n := e.Name(); strings.HasPrefix(n, tmpPrefix) || strings.HasPrefix(n, trashPrefix) {
			if rerr := os.RemoveAll(filepath.Join(checkpoints, n)); err == nil {
				err = rerr
			}
		}
	}
	return err
}

func (r *Run) checkpoints() string { return filepath.Join(r.dir, checkpointsName) }
