package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"noise2sparse/experiment"
	"noise2sparse/internal/atomicfile"
	"noise2sparse/track"
)

// folderFor finds the folder of a job, <out>/<experiment>/<job-id>, or <job-id>-r2, -r3, ... of
// those begun anew, of which the newest counts, and what is to be done there.
func folderFor(out, name, id string, fresh bool) (dir string, a Action, err error) {
	parent := filepath.Join(out, name)
	newest, err := newestRound(parent, id)
	if err != nil {
		return "", "", err
	}
	dir, a = folderIn(parent, id, newest, fresh)
	return dir, a, nil
}

// folderIn is folderFor where the newest round is known.
func folderIn(parent, id string, newest int, fresh bool) (dir string, a Action) {
	switch dir = filepath.Join(parent, round(id, max(1, newest))); {
	case newest == 0:
		return dir, Begin
	case fresh:
		return filepath.Join(parent, round(id, newest+1)), Begin
	case !isRun(dir):
		return dir, Begin // what a Create that was cut off leaves; it refuses anything else
	case isDone(dir, 0):
		return dir, Skip
	}
	return dir, Resume
}

// claim makes the folder of a task begun anew, so that no other process takes the same one; where
// one has done so since the folder was chosen, the next.
func (t *Task) claim() error {
	parent := filepath.Dir(t.Dir)
	if err := atomicfile.MkdirAll(parent); err != nil {
		return fmt.Errorf("%s: cannot make the folder: %w; choose another --out", parent, reason(err))
	}
	for {
		err := os.Mkdir(t.Dir, 0o777)
		if err == nil {
			return atomicfile.SyncDir(parent)
		}
		if !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: cannot make the run folder: %w; choose another --out", t.Dir, reason(err))
		}
		newest, err := newestRound(parent, t.ID)
		if err != nil {
			return err
		}
		t.Dir = filepath.Join(parent, round(t.ID, newest+1))
	}
}

// round is the folder's name of the n-th run of a job, from 1.
func round(id string, n int) string {
	if n == 1 {
		return id
	}
	return fmt.Sprintf("%s-r%d", id, n)
}

// newestRound is the highest n for which the folder of the n-th run of a job is there; 0: none.
func newestRound(parent, id string) (int, error) {
	rounds, err := listRounds(parent)
	return rounds[id], err
}

// listRounds is newestRound for all jobs with a folder in parent.
func listRounds(parent string) (map[string]int, error) {
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot look for runs there: %w; choose another --out", parent, reason(err))
	}
	rounds := map[string]int{}
	for _, e := range entries {
		id := roundMark.ReplaceAllString(e.Name(), "")
		n := 1
		if id != e.Name() {
			if n, err = strconv.Atoi(e.Name()[len(id)+len("-r"):]); err != nil || round(id, n) != e.Name() {
				continue
			}
		}
		rounds[id] = max(rounds[id], n)
	}
	return rounds, nil
}

func isRun(dir string) bool {
	run, _, err := track.Find(dir)
	return err == nil && run != ""
}

// isDone tells whether the run in dir has come to its end, and to at least so many epochs if it
// was not stopped early.
func isDone(dir string, epochs int) bool {
	s, err := track.ReadStatus(dir)
	if err != nil || s.State != track.Done {
		return false
	}
	sum, err := track.ReadSummary(dir)
	return err == nil && (sum.StoppedEarly || sum.Epochs >= epochs)
}

// loadConfig reads the newest configuration of the run in dir, with overrides upon it.
func loadConfig(dir string, set []string) (*experiment.Experiment, error) {
	_, name, err := track.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name)
	if !strings.ContainsRune(path, filepath.Separator) {
		path = "." + string(filepath.Separator) + path
	}
	return experiment.Load(path, set)
}

// hasConfig tells whether the folder of t holds t's very configuration.
func hasConfig(t *Task) bool {
	e, err := loadConfig(t.Dir, nil)
	return err == nil && e.Jobs()[0].SHA256 == t.SHA256
}

var roundMark = regexp.MustCompile(`-r[0-9]+$`)

// jobID is the job's name, from the name of its run's folder.
func jobID(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return roundMark.ReplaceAllString(filepath.Base(dir), "")
}

// checkWritable makes the folders above the tasks' and writes a file into each folder that will be
// written, so that a task does not fail for that after hours of other tasks.
func checkWritable(tasks []*Task) error {
	tried := map[string]bool{}
	for _, t := range tasks {
		dir := filepath.Dir(t.Dir)
		if t.Action == Resume {
			dir = t.Dir
		} else if st, err := os.Stat(t.Dir); err == nil && !st.IsDir() {
			return fmt.Errorf("%s: a file is where the run's folder is to be; move it away, or choose another --out", t.Dir)
		}
		if t.Action == Skip || tried[dir] {
			continue
		}
		tried[dir] = true
		if err := tryWriting(dir); err != nil {
			return fmt.Errorf("%s: cannot write there: %w; free space or permissions, or choose another --out", dir, reason(err))
		}
	}
	return nil
}

func tryWriting(dir string) error {
	if err := atomicfile.MkdirAll(dir); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".writable-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, 4096)) // a page: a full disk still makes empty files
	return errors.Join(err, f.Close())
}

// reason strips the path, which the message already names, from an error of the file system.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
