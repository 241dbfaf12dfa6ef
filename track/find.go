package track

import (
	"fmt"
	"os"
	"path/filepath"
)

// Find tells what a path given by the user is: a run folder (checkpoint is ""), or a checkpoint
// folder, with the run it belongs to ("" for one that lies elsewhere).
func Find(path string) (run, checkpoint string, err error) {
	path = filepath.Clean(path)
	switch {
	case exists(filepath.Join(path, configName)):
		return path, "", nil
	case exists(filepath.Join(path, stateName)), exists(filepath.Join(path, modelName)):
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", path, nil
		}
		if parent := filepath.Dir(abs); filepath.Base(parent) == checkpointsName && exists(filepath.Join(filepath.Dir(parent), configName)) {
			run = filepath.Join(path, "..", "..")
		}
		return run, path, nil
	}
	if _, err := os.Stat(path); err != nil {
		return "", "", fmt.Errorf("%s: no such run or checkpoint: %w", path, cause(err))
	}
	return "", "", fmt.Errorf("%s: neither a run folder (it holds no %s) nor a checkpoint (no %s)", path, configName, stateName)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
