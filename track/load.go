package track

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"

	"noise2sparse/internal/array"
)

// Checkpoint is one that was read back, every byte verified.
type Checkpoint struct {
	Path      string
	Model     []array.Named
	Optimizer []array.Named
	Manifest  Manifest
}

// BrokenError tells that a checkpoint is not as it was written.
type BrokenError struct {
	Path   string // the checkpoint's folder
	Reason string // which file, and how it differs
	Intact string // the newest other checkpoint beside it that is intact, or ""
}

// Error is one line that also says what to use instead.
func (e *BrokenError) Error() string {
	advice := "no other checkpoint beside it is intact; begin anew with --fresh"
	if e.Intact != "" {
		advice = "use the intact " + e.Intact
	}
	return fmt.Sprintf("checkpoint %s is damaged: %s; %s", e.Path, e.Reason, advice)
}

// Load reads a checkpoint folder and verifies all of it. The error is a *BrokenError where a
// byte differs from what was written, or a file is missing.
func Load(path string) (*Checkpoint, error) {
	c, err := load(path)
	var broken *BrokenError
	if errors.As(err, &broken) {
		broken.Intact = newestIntact(filepath.Dir(path), filepath.Base(path))
	}
	return c, err
}

func load(path string) (*Checkpoint, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%s: no such checkpoint: %w", path, cause(err))
	}
	state, err := readState(path)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Path: path, Manifest: *state}
	if c.Model, err = loadTensors(path, modelName, state); err != nil {
		return nil, err
	}
	if c.Optimizer, err = loadTensors(path, optimizerName, state); err != nil {
		return nil, err
	}
	return c, nil
}

// readState reads and verifies state.json alone.
func readState(path string) (*Manifest, error) {
	b, err := os.ReadFile(filepath.Join(path, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &BrokenError{Path: path, Reason: stateName + " is missing"}
	}
	if err != nil {
		return nil, explain(filepath.Join(path, stateName), "cannot read", err)
	}
	s, err := decodeState(b)
	if err != nil {
		return nil, &BrokenError{Path: path, Reason: err.Error()}
	}
	return s, nil
}

// Verify is Load without keeping anything.
func Verify(path string) error {
	_, err := Load(path)
	return err
}

// Latest loads the newest intact checkpoint of the run in dir: nil if there is none. broken says
// for each newer one why it was passed over. Those that a later attempt has left behind, because it
// was resumed from an older one, count no more: going on from them would leave a hole where that
// attempt went. They are named in broken only where there is nothing else.
func Latest(dir string) (c *Checkpoint, broken []error, err error) {
	parent := filepath.Join(dir, checkpointsName)
	steps, err := listSteps(parent)
	if err != nil {
		return nil, nil, err
	}
	attempts, err := ReadAttempts(dir)
	if err != nil {
		return nil, nil, err
	}
	var left []error
	for _, step := range steps {
		path := filepath.Join(parent, strconv.FormatUint(step, 10))
		c, err := load(path)
		if err == nil && c.Manifest.Step != step {
			err = &BrokenError{Path: path, Reason: fmt.Sprintf("it holds step %d", c.Manifest.Step)}
		}
		if err != nil {
			broken = append(broken, err)
			continue
		}
		if a := leftBehind(&c.Manifest, attempts); a > 0 {
			left = append(left, fmt.Errorf("checkpoint %s was left behind by attempt %d, which began before it; to go on from it all the same, name it", path, a))
			continue
		}
		fillIntact(broken, path)
		return c, broken, nil
	}
	return nil, append(broken, left...), nil
}

// leftBehind is the attempt after the checkpoint's own that began at an earlier step, unless a later
// one began from this very checkpoint; 0: none.
func leftBehind(m *Manifest, attempts []Attempt) int {
	by := 0
	for _, a := range attempts {
		switch {
		case a.Attempt <= m.Attempt:
		case a.Step < m.Step:
			by = a.Attempt
		case a.Step == m.Step:
			by = 0
		}
	}
	return by
}

func fillIntact(broken []error, path string) {
	for _, err := range broken {
		var b *BrokenError
		if errors.As(err, &b) {
			b.Intact = path
		}
	}
}

// newestIntact is the newest checkpoint in the folder parent that is intact, except for one name.
func newestIntact(parent, except string) string {
	steps, err := listSteps(parent)
	if err != nil {
		return ""
	}
	for _, step := range steps {
		name := strconv.FormatUint(step, 10)
		if name == except {
			continue
		}
		path := filepath.Join(parent, name)
		if c, err := load(path); err == nil && c.Manifest.Step == step {
			return path
		}
	}
	return ""
}

// Checkpoints returns the steps of the run's checkpoints, newest first, whether intact or not.
func Checkpoints(dir string) ([]uint64, error) { return listSteps(filepath.Join(dir, checkpointsName)) }

// listSteps returns the checkpoints in the folder parent by step, newest first; folders whose name
// is no step, such as one that is being written, are none. A missing folder holds none.
func listSteps(parent string) ([]uint64, error) {
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(parent, "cannot read", err)
	}
	var steps []uint64
	for _, e := range entries {
		step, err := strconv.ParseUint(e.Name(), 10, 64)
		if err == nil && e.IsDir() && strconv.FormatUint(step, 10) == e.Name() {
			steps = append(steps, step)
		}
	}
	sort.Slice(steps, func(i, j int) bool { return steps[i] > steps[j] })
	return steps, nil
}
