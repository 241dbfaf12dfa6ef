package slurm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/atomicfile"
	"noise2sparse/launch"
)

// record is jobs.json of a submission's folder.
type record struct {
	Name string         `json:"name"` // of the array in SLURM
	Dirs map[int]string `json:"dirs"` // run folders, by array index
}

const (
	recordName = "jobs.json"
	scriptName = "array.sh"
)

// stamp names a submission's folder.
func stamp() string {
	b := make([]byte, 3)
	_, _ = rand.Read(b)
	return time.Now().UTC().Format("20060102-150405-") + hex.EncodeToString(b)
}

// arrays are the arrays for jobs: one for all that ask for the same and whose number in the
// experiment, modulo the largest size of arrays, can be their index. base is a folder's name, to
// which all arrays but the first append their number.
func (s *Slurm) arrays(base string, jobs []launch.Submission) ([]*array, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("the working folder is not known: %w", err)
	}
	byKey := map[string]*array{}
	var out []*array
	for _, j := range jobs {
		chunk := j.Index / s.size
		key := fmt.Sprint(chunk, " ", strict.Canonical(j.Task.Launch))
		a := byKey[key]
		if a == nil {
			a = &array{folder: base, dir: dir, program: s.program, env: environment(), request: j.Task.Launch, parallel: s.parallel}
			if len(out) > 0 {
				a.folder += "." + strconv.Itoa(len(out)+1)
			}
			if p := j.Task.Launch.Program; p != nil {
				a.program = *p
			}
			a.env = append(a.env, sorted(j.Task.Launch.Env)...)
			a.name = "n2s-" + filepath.Base(filepath.Dir(s.folder)) + "-" + filepath.Base(a.folder)
			byKey[key] = a
			out = append(out, a)
		}
		a.tasks = append(a.tasks, task{j.Index % s.size, j.Job, j.Dir, j.Args})
	}
	for _, a := range out {
		sort.Slice(a.tasks, func(i, k int) bool { return a.tasks[i].index < a.tasks[k].index })
	}
	return out, nil
}

// environment is what a job's environment takes over from this process.
func environment() []string {
	var out []string
	for _, e := range os.Environ() {
		name, value, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "NOISE2SPARSE_") || slices.Contains([]string{"PATH", "HOME", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "SLURM_CONF"}, name) {
			out = append(out, name+"="+value)
		}
	}
	slices.Sort(out)
	return out
}

func sorted(env map[string]string) []string {
	var out []string
	for name, value := range env {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return out
}

// submit makes the submission's folder and hands the script to sbatch.
func (a *array) submit(ctx context.Context) (id string, err error) {
	r := record{a.name, map[int]string{}}
	for _, t := range a.tasks {
		r.Dirs[t.index] = t.dir
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", err
	}
	if err := atomicfile.MkdirAll(filepath.Join(a.folder, "logs")); err != nil {
		return "", fmt.Errorf("%s: cannot make the folder of the submission: %w", a.folder, err)
	}
	script := filepath.Join(a.folder, scriptName)
	if err := atomicfile.Write(script, []byte(a.script())); err != nil {
		return "", fmt.Errorf("%s: cannot write: %w", script, err)
	}
	if err := atomicfile.Write(filepath.Join(a.folder, recordName), append(b, '\n')); err != nil {
		return "", fmt.Errorf("%s: cannot write: %w", filepath.Join(a.folder, recordName), err)
	}
	return sbatch(ctx, script)
}

// inQueue are the tasks of all submissions of this sweep that are queued or running, by run folder.
func (s *Slurm) inQueue(ctx context.Context) (map[string]*watched, error) {
	records, err := s.records()
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range records {
		names = append(names, name)
	}
	slices.Sort(names)
	all, err := squeue(ctx, names)
	if err != nil {
		return nil, err
	}
	out := map[string]*watched{}
	for _, q := range all {
		_, text, _ := strings.Cut(q.place, "_")
		index, err := strconv.Atoi(text)
		r := records[q.name]
		dir, ok := r.Dirs[index]
		if err != nil || !ok || endingOf(q).ended {
			continue
		}
		out[dir] = &watched{name: q.name, log: filepath.Join(r.folder, "logs", text+".log"), seen: queued{place: q.place}}
	}
	return out, nil
}

type found struct {
	record
	folder string
}

// records are those of all submissions, by the array's name. A folder that a launcher left before it
// had written its record has submitted nothing.
func (s *Slurm) records() (map[string]found, error) {
	entries, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out := map[string]found{}
	for _, e := range entries {
		folder := filepath.Join(s.folder, e.Name())
		b, err := os.ReadFile(filepath.Join(folder, recordName))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		f := found{folder: folder}
		if err == nil {
			err = json.Unmarshal(b, &f.record)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: cannot read: %w; it says which jobs were submitted", filepath.Join(folder, recordName), err)
		}
		out[f.Name] = f
	}
	return out, nil
}
