package launch

import (
	"path/filepath"
	"slices"
	"strings"

	"noise2sparse/experiment"
)

// runs are the run folders of an experiment.
type runs struct {
	parent string
	rounds map[string]int      // the newest round of each job, by its id
	like   map[string][]string // ids by all of them but the hash, once somebody has asked
}

func listRuns(parent string) (*runs, error) {
	rounds, err := listRounds(parent)
	return &runs{parent: parent, rounds: rounds}, err
}

// hashDigits is how much of a configuration's hash a job's id ends in.
const hashDigits = 8

// idOf is the id under which j has its folders: its own, or, where there is none of that name, the one that
// another version of the program gave to the same configuration: hashes are not what they were where all
// values counted, defaults too.
func (r *runs) idOf(j experiment.Job) string {
	if r.rounds[j.ID] > 0 || len(j.ID) <= hashDigits {
		return j.ID
	}
	if r.like == nil {
		r.like = map[string][]string{}
		for id := range r.rounds {
			if n := len(id) - hashDigits; n > 0 {
				r.like[id[:n]] = append(r.like[id[:n]], id)
			}
		}
	}
	ids := r.like[strings.TrimSuffix(j.ID, j.SHA256[:hashDigits])]
	slices.Sort(ids)
	for _, id := range ids {
		if begunWith(filepath.Join(r.parent, round(id, r.rounds[id])), j) {
			return id
		}
	}
	return j.ID
}

// begunWith tells whether the run in dir began with the configuration of j.
func begunWith(dir string, j experiment.Job) bool {
	e, err := experiment.Load(dir+string(filepath.Separator)+"config.yaml", nil)
	return err == nil && e.Count() == 1 && e.Job(0).SHA256 == j.SHA256
}
