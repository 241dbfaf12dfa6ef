package track

import (
	"encoding/json"
	"path/filepath"
	"time"
)

const attemptsName = "attempts.jsonl"

// Attempt is one line of attempts.jsonl: the run was started, or resumed from a checkpoint.
type Attempt struct {
	Attempt int       `json:"attempt"` // from 1; given by Start
	Epoch   int       `json:"epoch"`   // epochs done when it began: 0, or the checkpoint's
	Step    uint64    `json:"step"`    // steps done when it began: 0, or the checkpoint's
	Time    time.Time `json:"time"`    // given by Start
	PID     int       `json:"pid"`     // given by Start
	Host    string    `json:"host"`    // given by Start
	Epochs  int       `json:"epochs"`  // epochs that are to be done, all attempts together
	Device  string    `json:"device,omitempty"`
	// Checkpoint is the folder it was resumed from, relative to the run folder where inside it.
	Checkpoint string `json:"checkpoint,omitempty"`
	// Config is the file with the configuration of this attempt; given by Start.
	Config   string            `json:"config"`
	Versions map[string]string `json:"versions,omitempty"` // of the program and the libraries
}

// ReadAttempts returns the attempts of the run in dir, in order. A run not started yet has none.
func ReadAttempts(dir string) ([]Attempt, error) {
	var all []Attempt
	_, err := ReadLines(filepath.Join(dir, attemptsName), func(a Attempt) {
		if a.Attempt > 0 {
			all = append(all, a)
		}
	})
	return all, err
}

// appendAttempt makes the line of a durable before anything else of the attempt is written.
func appendAttempt(dir string, a Attempt) error {
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	l, err := OpenLines(filepath.Join(dir, attemptsName))
	if err != nil {
		return err
	}
	defer l.Close()
	if _, err := l.Write(append(line, '\n')); err != nil {
		return err
	}
	return l.Sync()
}
