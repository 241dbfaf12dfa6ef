package track

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockName is the file whose flock makes its holder the run's one writer. The file stays: the
// lock is what counts, and the system drops it when its holder dies, however that happens.
const lockName = ".lock"

// owner is the content of the lock file: whom an error message can name.
type owner struct {
	PID  int    `json:"pid"`
	Host string `json:"host"`
}

// lockTries × lockPause is how long a lock is tried for: IsLocked holds one for an instant.
const (
	lockTries = 10
	lockPause = 20 * time.Millisecond
)

// acquire takes the lock of the run folder dir, or says who has it.
func acquire(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, explain(dir, "cannot write into the run folder", err)
	}
	for try := 1; ; try++ {
		err = flock(f, unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || try == lockTries {
			break
		}
		time.Sleep(lockPause)
	}
	if err == nil {
		err = writeOwner(f)
	} else if errors.Is(err, unix.EWOULDBLOCK) {
		err = fmt.Errorf("%s: another process%s is writing this run; wait for it, or stop it first", dir, describeOwner(f))
	} else {
		err = fmt.Errorf("%s: cannot lock the run folder (%w); choose --out on a file system with file locks", dir, err)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// IsLocked tells whether some process is writing the run in dir, on this machine or another.
func IsLocked(dir string) bool {
	if ownedElsewhere(dir) {
		return true
	}
	f, err := os.Open(filepath.Join(dir, lockName))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(flock(f, unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func writeOwner(f *os.File) error {
	b, err := json.Marshal(owner{os.Getpid(), hostname()})
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(append(b, '\n'), 0)
	return explain(f.Name(), "cannot write", err)
}

func describeOwner(f *os.File) string {
	b := make([]byte, 1024)
	n, _ := f.ReadAt(b, 0)
	var o owner
	if json.Unmarshal(b[:n], &o) != nil || o.PID == 0 {
		return ""
	}
	if o.Host == hostname() {
		return fmt.Sprintf(" (pid %d)", o.PID)
	}
	return fmt.Sprintf(" (pid %d on %s)", o.PID, o.Host)
}

func hostname() string {
	h, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return h
}
