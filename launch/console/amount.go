package console

import (
	"fmt"
	"strings"
	"time"

	"noise2sparse/report"
)

// Amount shows how much of a known number of things is done: on a terminal as a bar that is updated in
// place, elsewhere as a line now and then.
type Amount struct {
	c     *Console
	what  string
	began time.Time
	first int // done before the first call
	row   time.Time
}

// NewAmount shows how many of what are done.
func (c *Console) NewAmount(what string) *Amount {
	return &Amount{c: c, what: what, first: -1, row: time.Now()}
}

// Done says how many are done.
func (a *Amount) Done(done, total int) {
	if a.first < 0 {
		a.first, a.began = done, time.Now()
	}
	text := fmt.Sprintf("%d of %d %s", done, total, a.what)
	if t := time.Since(a.began); done > a.first && t > 0 {
		speed := float64(done-a.first) / t.Seconds()
		left := time.Duration(float64(total-done) / speed * float64(time.Second))
		text += fmt.Sprintf("  %s/s  %s left", Count(speed), Duration(left))
	}
	switch {
	case a.c.Terminal():
		a.c.Live([]string{a.bar(float64(done)/float64(max(1, total))) + " " + text})
	case time.Since(a.row) >= silenceInPipe:
		a.row = time.Now()
		a.c.Printf("%s", text)
	}
}

func (a *Amount) bar(fraction float64) string {
	full, empty := "━", "─"
	if a.c.mode == report.ASCII {
		full, empty = "#", "-"
	}
	n := int(fraction * widestBar)
	return strings.Repeat(full, n) + strings.Repeat(empty, widestBar-n)
}

// Close takes the bar away.
func (a *Amount) Close() { a.c.Clear() }
