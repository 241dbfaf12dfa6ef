package lease

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Owner is the content of a lock file.
type Owner struct {
	ID   string `json:"id"` // of this lock alone
	Host string `json:"host"`
	PID  int    `json:"pid"`
	// Space names what a PID belongs to: the machine since it was started, and the container. Began
	// tells apart processes that have had the same PID. Empty where the system does not say.
	Space string    `json:"space,omitempty"`
	Began string    `json:"began,omitempty"`
	Since time.Time `json:"since"`
}

func (o Owner) String() string {
	if o.PID == 0 {
		return "an unknown process"
	}
	return fmt.Sprintf("pid %d on %s", o.PID, o.Host)
}

// key names an owner in file names, also one that can't be read.
func (o Owner) key() string {
	if o.ID == "" || strings.ContainsAny(o.ID, "/\x00") || len(o.ID) > 64 {
		return "unknown"
	}
	return o.ID
}

func me(id string) Owner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return Owner{
		ID: id, Host: host, PID: os.Getpid(), Space: pidSpace(), Began: processBegan(os.Getpid()),
		Since: time.Now().UTC().Truncate(time.Millisecond),
	}
}

func (o Owner) encode() []byte {
	b, err := json.Marshal(o)
	if err != nil { // cannot happen: texts and numbers
		panic(err)
	}
	return append(b, '\n')
}

const (
	maxOwner  = 4096 // bytes
	tmpMark   = ".tmp-"
	afterMark = ".after-"
)

// read is the owner in a lock file; the zero Owner where the file holds something else.
func read(path string) (o Owner, err error) {
	f, err := os.Open(path)
	if err != nil {
		return o, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxOwner))
	if err != nil {
		return o, err
	}
	if json.Unmarshal(b, &o) != nil {
		return Owner{}, nil
	}
	return o, nil
}

// judge reads the lock at path and says whether its owner is dead. The time of the file now, which was
// written just before, is the present.
func judge(path string, now *os.File) (Owner, bool, error) {
	o, err := read(path)
	if err != nil {
		return o, false, err
	}
	if here, lives := o.lives(); here {
		return o, !lives, nil
	}
	st, err := os.Stat(path)
	if err != nil {
		return o, false, err
	}
	present, err := now.Stat()
	if err != nil {
		return o, false, err
	}
	return o, present.ModTime().Sub(st.ModTime()) > StaleAfter, nil
}

// lives tells whether the owner is a process of this machine and container, and lives. Here is false
// where that can't be known.
func (o Owner) lives() (here, lives bool) {
	if o.Space == "" || o.Began == "" || o.Space != pidSpace() {
		return false, false
	}
	return true, processBegan(o.PID) == o.Began
}

// SameMachine tells whether the owner is, or was, a process of this machine since it was started last,
// in whatever container.
func (o Owner) SameMachine() bool {
	theirs, _, _ := strings.Cut(o.Space, " ")
	mine, _, _ := strings.Cut(pidSpace(), " ")
	return mine != "" && theirs == mine
}

// Holder is the owner of the lock at path, and whether it lives as far as a reader can tell, who can't
// ask the file server for its time: ok is false where nobody has the lock.
func Holder(path string) (o Owner, ok bool) {
	o, err := read(path)
	if err != nil {
		return o, false
	}
	if here, lives := o.lives(); here {
		return o, lives
	}
	st, err := os.Stat(path)
	return o, err == nil && time.Since(st.ModTime()) <= StaleAfter
}

// removeLitter removes what processes left that died while they took the lock.
func removeLitter(path string) {
	for _, mark := range []string{tmpMark, afterMark} {
		found, err := filepath.Glob(escape(path) + mark + "*")
		if err != nil {
			continue
		}
		for _, name := range found {
			if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > time.Hour {
				if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return
				}
			}
		}
	}
}

// escape writes a path so that filepath.Glob takes it as it is.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}
