package slurm

import (
	"fmt"
	"strings"
)

// queued is what squeue says of a task.
type queued struct {
	place  string // ARRAY_INDEX
	name   string // of the array
	state  string // such as PENDING
	reason string // why it waits or ended
}

// queueFormat are the fields of squeue that parseQueue reads; the reason may hold anything.
const queueFormat = "%F_%K|%j|%T|%r"

func parseQueue(out string) ([]queued, error) {
	var all []queued
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		f := strings.SplitN(line, "|", 4)
		if len(f) != 4 || !strings.Contains(f[0], "_") || f[2] == "" {
			return nil, fmt.Errorf("squeue says %q, which is not understood; want ARRAY_INDEX|NAME|STATE|REASON", line)
		}
		all = append(all, queued{f[0], f[1], f[2], f[3]})
	}
	return all, nil
}

// ending is what the end of a task in some state means.
type ending struct {
	ended     bool
	error     string // what the run could not write down itself; "": nothing
	final     bool   // it would happen again
	preempted bool   // not the job's fault
}

// endingOf tells what a state of squeue's means. States that are not listed are steps on the way:
// PENDING, RUNNING, COMPLETING, REQUEUED and more.
func endingOf(q queued) ending {
	switch q.state {
	case "COMPLETED":
		return ending{ended: true}
	case "FAILED":
		return ending{ended: true, error: "the job's script failed"}
	case "TIMEOUT":
		return ending{ended: true, error: "its time limit was reached before it could queue again; raise launch.slurm.time or launch.slurm.signal_seconds"}
	case "OUT_OF_MEMORY":
		return ending{ended: true, error: "SLURM ended it for using more memory than it had asked for; raise launch.memory", final: true}
	case "CANCELLED":
		return ending{ended: true, error: "it was cancelled in SLURM", final: true}
	case "DEADLINE":
		return ending{ended: true, error: "its deadline was reached", final: true}
	case "NODE_FAIL", "BOOT_FAIL":
		return ending{ended: true, error: "its node failed", preempted: true}
	case "PREEMPTED", "REVOKED":
		return ending{ended: true, error: "SLURM took it off its node for another job", preempted: true}
	}
	return ending{}
}

// note is what is worth telling about a task that is not over; "": nothing. Waiting for a free
// node is nothing.
func (q queued) note() string {
	switch q.state {
	case "PENDING":
		switch q.reason {
		case "None", "Resources", "Priority", "JobArrayTaskLimit", "Dependency", "BeginTime", "":
			return ""
		}
		return "waits in SLURM's queue: " + q.reason
	case "REQUEUE_HOLD", "SPECIAL_EXIT":
		return "SLURM holds it (" + q.reason + "); let it go with: scontrol release " + q.place
	case "SUSPENDED", "STOPPED":
		return "SLURM has suspended it"
	}
	return ""
}
