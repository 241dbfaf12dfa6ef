package track

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"noise2sparse/internal/atomicfile"
)

const configName = "config.yaml"

// ReadConfig returns the newest configuration of the run in dir and the name of its file:
// config.yaml, or config.<attempt>.yaml of the last attempt that changed it.
func ReadConfig(dir string) (data []byte, name string, err error) {
	name = configName
	if n := lastConfig(dir); n > 0 {
		name = attemptConfig(n)
	}
	data, err = os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, name, fmt.Errorf("%s: no run folder: it holds no %s", dir, configName)
	}
	return data, name, explain(filepath.Join(dir, name), "cannot read", err)
}

// lastConfig is the highest attempt with a configuration of its own, 0 if none has.
func lastConfig(dir string) int {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	last := 0
	for _, e := range entries {
		var n int
		if c, _ := fmt.Sscanf(e.Name(), "config.%d.yaml", &n); c == 1 && e.Name() == attemptConfig(n) {
			last = max(last, n)
		}
	}
	return last
}

func attemptConfig(attempt int) string { return fmt.Sprintf("config.%d.yaml", attempt) }

// keepConfig makes config the run's configuration from attempt on, and returns its file's name.
// What earlier attempts ran with stays: a changed configuration gets a file of its own.
func keepConfig(dir string, attempt int, config []byte) (string, error) {
	current, name, err := ReadConfig(dir)
	if err != nil || config == nil || bytes.Equal(current, config) {
		return name, err
	}
	name = attemptConfig(attempt)
	path := filepath.Join(dir, name)
	return name, explain(path, "cannot write", atomicfile.WriteNew(path, config))
}
