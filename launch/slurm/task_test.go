package slurm

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

func sleep() { time.Sleep(10 * time.Millisecond) }

// saving is a program that works for long, and takes a moment to save at SIGTERM.
const saving = `trap 'sleep 0.3; echo saved; exit 130' TERM
touch "$STARTED"
for i in $(seq 200); do sleep 0.05; done
exit 9`

// What the script of an array makes of its program's end and of SLURM's signals.
func TestTask(t *testing.T) {
	send := func(sig syscall.Signal, times int) func(int, func()) {
		return func(pid int, started func()) {
			started()
			for range times {
				syscall.Kill(pid, sig)
				sleep()
			}
		}
	}
	for name, c := range map[string]struct {
		program, env string
		during       func(int, func())
		code         int
		says         string
		requeued     string
	}{
		"ends by itself":         {program: `echo "$@"`, says: "run --resume /runs/quickstart/000-a --json --threads 1\n"},
		"fails":                  {program: "exit 3", code: 3},
		"ends with 130 unasked":  {program: "exit 130", code: 130},
		"time limit":             {program: saving, during: send(syscall.SIGUSR1, 1), code: -1, says: "saved", requeued: "requeue 7_0"},
		"time limit, told twice": {program: saving, during: send(syscall.SIGUSR1, 2), code: -1, says: "saved", requeued: "requeue 7_0"},
		"time limit, once too often": {
			program: saving, env: "SLURM_RESTART_COUNT=2", during: send(syscall.SIGUSR1, 1), code: 130, says: "launch.slurm.max_requeues is reached",
		},
		"time limit, done in time": {
			program: "trap 'echo done; exit 0' TERM\ntouch \"$STARTED\"\nsleep 2 >/dev/null 2>&1 & wait", during: send(syscall.SIGUSR1, 1), says: "done",
		},
		"time limit, not saved": {
			program: "trap 'echo full; exit 1' TERM\ntouch \"$STARTED\"\nsleep 2 >/dev/null 2>&1 & wait", during: send(syscall.SIGUSR1, 1), code: 1, says: "full",
		},
		"cancelled": {program: saving, during: send(syscall.SIGTERM, 1), code: 130, says: "saved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, said, requeued := runTask(t, c.program, c.env, c.during)
			if code != c.code || !strings.Contains(said, c.says) || requeued != c.requeued {
				t.Errorf("code %d, requeued %q, want %d, %q and to hear %q; it says\n%s", code, requeued, c.code, c.requeued, c.says, said)
			}
		})
	}
}
