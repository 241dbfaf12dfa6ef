// Package ledger keeps the record of a sweep: which jobs were handed to which engine, and how each
// attempt ended. It is a file of JSON lines, ledger.jsonl, in the folder that holds the sweep's runs.
// It only grows, and one process writes it: the launcher that holds the lock beside it. Jobs, on this
// machine or others, write nothing but their own run folders.
//
// The run folders stay the truth about runs. The ledger adds what no folder knows: that a job was
// handed over and where, how often it has failed, and what a search has decided.
package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Event is what a record tells.
type Event string

// The events. Those from Started to Stopped are about one job.
const (
	Planned     Event = "planned"     // the jobs of a sweep; of a set that was listed before, its hash alone
	Begun       Event = "begun"       // a launcher took over
	Started     Event = "started"     // a job was handed to the engine
	Finished    Event = "finished"    // done: the one such record of its run folder
	Failed      Event = "failed"      // an attempt ended without a result
	Interrupted Event = "interrupted" // an attempt was stopped, and will go on from its checkpoint
	Paused      Event = "paused"      // at the epoch where it was asked to stop
	Stopped     Event = "stopped"     // given up by the search, in favour of better ones
	Decided     Event = "decided"     // the search looked at a rung
	Ended       Event = "ended"       // the launcher left
)

// Record is a line of the ledger. Which fields it has depends on its event.
type Record struct {
	Event Event     `json:"event"`
	Time  time.Time `json:"time"` // given by Append

	// Planned, Begun, Ended.
	Experiment string    `json:"experiment,omitempty"`
	Plan       string    `json:"plan,omitempty"` // SHA-256 over the jobs' names and hashes
	Jobs       []Job     `json:"jobs,omitempty"` // Planned
	Launcher   *Launcher `json:"launcher,omitempty"`

	// Of one job.
	Job     string `json:"job,omitempty"`
	Run     string `json:"run,omitempty"`     // its folder, seen from the ledger's
	Attempt int    `json:"attempt,omitempty"` // from 1: how often it was handed over, over all launchers
	Engine  string `json:"engine,omitempty"`  // Started
	Place   string `json:"place,omitempty"`   // Started: where the engine finds it again
	Until   int    `json:"until,omitempty"`   // Started, Paused: the epoch to stop at
	// Summary is the SHA-256 of the run's summary.json. Finished.
	Summary string `json:"summary_sha256,omitempty"`
	Error   string `json:"error,omitempty"` // Failed
	// Free: the failure does not count against the job's retries, as a preemption. Failed.
	Free bool `json:"free,omitempty"`
	// Final: trying again would fail in the same way. Failed.
	Final bool `json:"final,omitempty"`

	Rung *Rung `json:"rung,omitempty"` // Decided
}

// Job is one of the jobs of a Planned record.
type Job struct {
	Job          string `json:"job"`
	ConfigSHA256 string `json:"config_sha256"`
}

// Launcher is who writes the ledger. Begun, Ended.
type Launcher struct {
	ID      string `json:"id"`
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Engine  string `json:"engine"`
	Version string `json:"version"`
}

// Rung is a decision of successive halving: of the jobs that reached an epoch, which go on.
type Rung struct {
	Epoch  int      `json:"epoch"`
	Metric string   `json:"metric"`
	Kept   []Ranked `json:"kept"` // in the plan's order, as those stopped
	Gone   []Ranked `json:"stopped"`
}

// Ranked is a job with the value that decided. Value is nil where there was none: the job failed, or
// its loss was not finite.
type Ranked struct {
	Job   string   `json:"job"`
	Value *float64 `json:"value"`
}

// PlanID names a set of jobs: the SHA-256, in hex, over a line "job hash" of each, in order.
func PlanID(jobs []Job) string {
	h := sha256.New()
	for _, j := range jobs {
		fmt.Fprintf(h, "%s %s\n", j.Job, j.ConfigSHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}
