package ledger

import (
	"encoding/json"
	"path/filepath"

	"noise2sparse/track"
)

// History is what a ledger tells.
type History struct {
	Jobs  map[string]*JobHistory // by run folder, seen from the ledger's
	Plans map[string][]Job       // by their hash
	Plan  string                 // the last one
	Rungs []Rung                 // in order
	// Torn counts the lines that are no records: cut off by a crash, or damaged.
	Torn int
}

// JobHistory is what the ledger tells about the job in one run folder.
type JobHistory struct {
	Job      string
	Attempts int     // handed to an engine
	Failures int     // attempts since the last launcher began that count against the retries
	Final    bool    // it has failed, since then, in a way that trying again will repeat
	Error    string  // of the last failure
	Open     *Record // the Started record of an attempt whose end is not known
	Finished bool
	Stopped  bool // by the search
}

// Read reads the ledger of the sweep in dir; one that is not there is empty. It needs no lock.
func Read(dir string) (*History, error) {
	h := &History{Jobs: map[string]*JobHistory{}, Plans: map[string][]Job{}}
	torn, err := track.ReadLines(filepath.Join(dir, Name), func(line json.RawMessage) {
		var r Record
		if json.Unmarshal(line, &r) != nil || !h.add(r) {
			h.Torn++ // JSON, but of something else
		}
	})
	h.Torn += torn
	return h, err
}

// add takes a record into the history. It is false for what is no record.
func (h *History) add(r Record) bool {
	switch r.Event {
	case Begun:
		for _, j := range h.Jobs { // whoever begins anew has mended what was wrong, or hopes to
			j.Failures, j.Final = 0, false
		}
		return true
	case Ended:
		return true
	case Planned:
		if r.Plan == "" {
			return false
		}
		if r.Jobs != nil {
			h.Plans[r.Plan] = r.Jobs
		}
		h.Plan = r.Plan
		return true
	case Decided:
		if r.Rung == nil {
			return false
		}
		h.Rungs = append(h.Rungs, *r.Rung)
		return true
	}
	if r.Job == "" || r.Run == "" {
		return false
	}
	j := h.Of(r.Run)
	j.Job = r.Job
	return j.add(r)
}

func (j *JobHistory) add(r Record) bool {
	open := j.Open
	j.Open = nil
	switch r.Event {
	case Started:
		j.Attempts++
		j.Open = &r
		j.Stopped = false
	case Finished:
		j.Finished, j.Failures, j.Error = true, 0, ""
	case Failed:
		j.Error, j.Final = r.Error, r.Final
		if !r.Free {
			j.Failures++
		}
	case Interrupted, Paused:
	case Stopped:
		j.Stopped = true
	default: // of a newer version
		j.Open = open
		return false
	}
	return true
}

// Of is the history of the job in a run folder; an empty one where the ledger does not know it.
func (h *History) Of(run string) *JobHistory {
	if h.Jobs[run] == nil {
		h.Jobs[run] = &JobHistory{}
	}
	return h.Jobs[run]
}
