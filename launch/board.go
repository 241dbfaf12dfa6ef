package launch

import (
	"fmt"
	"time"

	"noise2sparse/launch/console"
	"noise2sparse/track"
)

// board shows how a sweep goes on: on a terminal a line for each job under way and one for all, in
// place; elsewhere a line for all now and then. Each job's end is a line that stays.
type board struct {
	s     *sweep
	began time.Time
	shown time.Time
	ends  int           // jobs that this launcher has seen to their end
	spent time.Duration // by these, from submission to end
}

// How often the lines are shown. A run's status is written every few seconds, its metrics each epoch.
const (
	boardEvery = time.Second / 2
	pipeEvery  = 30 * time.Second
)

func newBoard(s *sweep) *board { return &board{s: s, began: time.Now(), shown: time.Now()} }

// ended tells of a job's end.
func (b *board) ended(e *entry) {
	took := ""
	if !e.began.IsZero() {
		d := time.Since(e.began)
		b.ends++
		b.spent += d
		took = ", " + console.Duration(d)
	}
	if e.out.State != track.Done { // a failure is a log line
		return
	}
	line := fmt.Sprintf("%s: done", e.ID)
	if sum := e.out.Summary; sum != nil {
		line += ", train loss " + console.Loss(float64(sum.TrainLoss))
		if sum.ValLoss != nil {
			line += ", val loss " + console.Loss(float64(*sum.ValLoss))
		}
		if sum.ValActiveFraction != nil {
			line += ", active " + console.Percent(float64(*sum.ValActiveFraction))
		}
	}
	b.s.console.Printf("%s%s", line, took)
}

// update shows the sweep as it is, if it is time.
func (b *board) update() {
	terminal := b.s.console.Terminal()
	every := pipeEvery
	if terminal {
		every = boardEvery
	}
	if time.Since(b.shown) < every {
		return
	}
	b.shown = time.Now()
	if !terminal {
		b.s.console.Printf("%s", b.total())
		return
	}
	var lines []string
	for _, e := range b.s.entries {
		if e.stage == underWay {
			lines = append(lines, "  "+jobLine(e))
		}
	}
	b.s.console.Live(append(lines, b.total()))
}

// total is the line for all jobs.
func (b *board) total() string {
	var n [over + 1]int
	var done, failed, stopped int
	for _, e := range b.s.entries {
		n[e.stage]++
		switch e.out.State {
		case track.Done:
			done++
		case track.Stopped:
			stopped++
		case track.Failed, track.NaN:
			if e.stage == over {
				failed++
			}
		}
	}
	line := fmt.Sprintf("%d of %d done, %d under way, %d waiting", done, len(b.s.entries), n[underWay], n[waiting]+n[resting])
	if stopped > 0 {
		line += fmt.Sprintf(", %d given up", stopped)
	}
	if failed > 0 {
		line += fmt.Sprintf(", %d failed", failed)
	}
	if b.ends > 0 && n[underWay] > 0 && b.s.search.until() == 0 {
		line += ", about " + console.Duration(b.left(n[waiting], n[underWay])) + " left"
	}
	return line
}

// left is about how long jobs still take if each takes as long as those that have ended.
func (b *board) left(waiting, under int) time.Duration {
	each := b.spent / time.Duration(b.ends)
	all := each * time.Duration(waiting)
	for _, e := range b.s.entries {
		if e.stage == underWay {
			all += max(0, each-time.Since(e.began))
		}
	}
	return all / time.Duration(under)
}

// jobLine is the line of a job under way, from its run folder.
func jobLine(e *entry) string {
	r := statusOf(e.Dir)
	line := fmt.Sprintf("%s  epoch %d/%d", e.ID, r.Epoch, r.Epochs)
	if r.State != track.Running {
		return e.ID + "  " + either(e.note, "starting")
	}
	if r.Train != nil {
		line += "  loss " + console.Loss(float64(*r.Train))
	}
	if r.Active != nil {
		line += "  active " + console.Percent(float64(*r.Active))
	}
	if r.Left != nil {
		line += "  " + console.Duration(time.Duration(float64(*r.Left)*float64(time.Second))) + " left"
	}
	return line
}
