package ray

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"noise2sparse/launch"
)

// Poll asks for all jobs, at most once in a pause, copies their logs, and reports what is new.
func (r *Ray) Poll(ctx context.Context, wait time.Duration) ([]launch.Report, error) {
	r.mu.Lock()
	rest := time.Until(r.last.Add(r.pause))
	r.mu.Unlock()
	if rest > 0 {
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(min(rest, wait)):
		}
		if rest > wait {
			return nil, nil
		}
	}
	now, err := r.client.list(ctx)
	if err != nil {
		r.looked(false)
		if ctx.Err() != nil {
			return nil, nil
		}
		return nil, err
	}
	reports, changed := r.news(ctx, now)
	r.looked(changed)
	return reports, nil
}

// looked sets the time of the next look.
func (r *Ray) looked(changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = time.Now()
	r.pause = min(2*r.pause, pauseMax)
	if changed {
		r.pause = pauseMin
	}
}

// news compares what Ray says with the look before.
func (r *Ray) news(ctx context.Context, now map[string]details) (out []launch.Report, changed bool) {
	for id, j := range r.underway() {
		d, there := now[id]
		if !there {
			if j.missing++; j.missing < 2 { // a cluster that has just begun again may not have read its store
				continue
			}
			d = details{ID: id}
		} else {
			j.missing = 0
		}
		r.mu.Lock()
		changed = changed || j.status != d.Status
		j.status = d.Status
		r.mu.Unlock()
		over := !there || d.over()
		if there && d.Status != "PENDING" {
			r.follow(ctx, id, j, over)
		}
		if over {
			out = append(out, j.end(d))
			r.drop(id)
		}
	}
	slices.SortFunc(out, func(a, b launch.Report) int { return strings.Compare(a.Job, b.Job) })
	return out, changed
}

func (r *Ray) underway() map[string]*job {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]*job{}
	for id, j := range r.jobs {
		out[id] = j
	}
	return out
}

// end is the report of a job's end.
func (j *job) end(d details) launch.Report {
	out := launch.Report{Job: j.name, Place: d.ID, Ended: true}
	say := func(format string, args ...any) {
		out.Error = fmt.Sprintf(format, args...) + fmt.Sprintf(" (Ray job %s)", d.ID)
		if j.log.written {
			out.Error += "; log: " + j.log.path
		}
	}
	switch d.Status {
	case "SUCCEEDED":
	case "STOPPED":
		if !j.stopped {
			say("it was stopped in Ray")
			out.Final = true
		}
	case "FAILED":
		say("%s", reason(d))
		switch d.ErrorType {
		case "JOB_SUPERVISOR_ACTOR_START_TIMEOUT", "JOB_SUPERVISOR_ACTOR_DIED":
			out.Preempted = true // it waited too long for a place, or its machine is gone
		case "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE", "JOB_ENTRYPOINT_COMMAND_START_ERROR":
			out.Final = true
		}
		if c := d.ExitCode; c != nil && (*c == 2 || *c == 126 || *c == 127) {
			out.Final = true // a wrong configuration, or a program that can't be run or is not there
		}
	default:
		say("Ray no longer knows it; was the cluster started anew?")
		out.Preempted = true
	}
	return out
}

// reason is why a job failed, in a line.
func reason(d details) string {
	if d.ExitCode == nil || *d.ExitCode == 0 {
		return "Ray ended it: " + firstLine(d.Message)
	}
	said := lastLine(withoutEntrypoint(d.Message))
	if *d.ExitCode < 0 {
		return fmt.Sprintf("it was ended by signal %d: %s", -*d.ExitCode, said)
	}
	return fmt.Sprintf("it ended with code %d: %s", *d.ExitCode, said)
}

// withoutEntrypoint is a job's log without the line that Ray adds, which may come last: it is buffered.
func withoutEntrypoint(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "Running entrypoint for job")
	}), "\n")
}

// firstLine is the first line of a message that says something, short enough to be read.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return lastLine(line)
}
