package slurm

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"noise2sparse/launch"
)

// Poll looks at the queue, at most once in a pause, and reports what is new.
func (s *Slurm) Poll(ctx context.Context, wait time.Duration) ([]launch.Report, error) {
	s.mu.Lock()
	rest := time.Until(s.last.Add(s.pause))
	s.mu.Unlock()
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
	all, err := squeue(ctx, s.names())
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil
		}
		s.looked(false)
		return nil, fmt.Errorf("SLURM's queue can't be read: %w", err)
	}
	now := map[string]queued{}
	for _, q := range all {
		now[q.place] = q
	}
	reports := s.news(now)
	s.looked(len(reports) > 0)
	for i := range reports {
		s.explain(ctx, &reports[i])
	}
	return reports, nil
}

func (s *Slurm) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, t := range s.tasks {
		if !slices.Contains(out, t.name) {
			out = append(out, t.name)
		}
	}
	slices.Sort(out)
	return out
}

// looked sets the time of the next look.
func (s *Slurm) looked(news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	s.pause = min(2*s.pause, pauseMax)
	if news {
		s.pause = pauseMin
	}
}

// news compares the queue with the look before. An end counts when two looks see it: a task that
// queues again may look ended for a moment.
func (s *Slurm) news(now map[string]queued) []launch.Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []launch.Report
	for place, t := range s.tasks {
		q, there := now[place]
		end := endingOf(q)
		if end.ended && t.stopped {
			end = ending{ended: true}
		}
		if !there { // SLURM forgets a task some minutes after its end
			end = ending{ended: true}
		}
		if !end.ended {
			t.gone = 0
			if n := q.note(); n != "" && n != t.seen.note() {
				out = append(out, launch.Report{Job: t.job, Note: n})
			}
			t.seen = q
			continue
		}
		if t.gone++; t.gone < 2 && q.state != "COMPLETED" {
			s.pause = pauseMin
			continue
		}
		delete(s.tasks, place)
		out = append(out, launch.Report{Job: t.job, Place: place, Ended: true, Error: end.error, Final: end.final, Preempted: end.preempted})
		if end.error != "" {
			out[len(out)-1].Error = fmt.Sprintf("%s (SLURM job %s: %s, %s); log: %s", end.error, place, q.state, q.reason, t.log)
			if last := lastLine(t.log); last != "" && q.state == "FAILED" {
				out[len(out)-1].Error += ": " + last
			}
		}
	}
	slices.SortFunc(out, func(a, b launch.Report) int { return strings.Compare(a.Job, b.Job) })
	return fewerNotes(out)
}

// fewerNotes keeps one note of those that say the same, and has it say how many there are.
func fewerNotes(all []launch.Report) []launch.Report {
	same := map[string]int{}
	for _, r := range all {
		same[r.Note]++
	}
	var out []launch.Report
	for _, r := range all {
		n := same[r.Note]
		if r.Note != "" && n == 0 {
			continue
		}
		if same[r.Note] = 0; r.Note != "" && n > 1 {
			r.Note += fmt.Sprintf(" (and %d more)", n-1)
		}
		out = append(out, r)
	}
	return out
}

// explain completes the report of a script that failed: codes that the shell gives for a program that
// is not there or can't be run, and the trainer for a configuration that is wrong, come again.
func (s *Slurm) explain(ctx context.Context, r *launch.Report) {
	if !r.Ended || r.Error == "" || r.Final || r.Preempted {
		return
	}
	switch code := codeOf(ctx, r.Place); code {
	case 2, 126, 127:
		r.Final = true
	}
}

// lastLine is the last line of a log that says something; "": none.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	const tail = 4096
	if st, err := f.Stat(); err == nil && st.Size() > tail {
		_, _ = f.Seek(-tail, 2)
	}
	b := make([]byte, tail)
	n, _ := f.Read(b)
	lines := bytes.Split(bytes.TrimSpace(b[:n]), []byte("\n"))
	return string(bytes.TrimSpace(lines[len(lines)-1]))
}
