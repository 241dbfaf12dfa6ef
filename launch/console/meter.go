package console

import (
	"fmt"
	"strings"
	"time"
)

// Meter turns the progress of bytes that are fetched into a line for a terminal.
type Meter struct {
	Name  string
	began time.Time
	first int64 // what was there when it began
	shown time.Time
}

// Line is the line to be shown now, ten times a second at most. total 0 is unknown.
func (m *Meter) Line(now time.Time, done, total int64) (string, bool) {
	if m.began.IsZero() {
		m.began, m.first = now, done
	}
	if now.Sub(m.shown) < 100*time.Millisecond && done != total {
		return "", false
	}
	m.shown = now
	rate := 0.0
	if s := now.Sub(m.began).Seconds(); s > 0 {
		rate = float64(done-m.first) / s
	}
	if total <= 0 {
		return fmt.Sprintf("%s  %s  %s/s", m.Name, Bytes(done), Bytes(int64(rate))), true
	}
	const width = 24
	full := min(width, int(width*float64(done)/float64(total)))
	line := fmt.Sprintf("%s  [%s%s] %3.0f %%  %s of %s  %s/s", m.Name, strings.Repeat("=", full), strings.Repeat(" ", width-full),
		100*float64(done)/float64(total), Bytes(done), Bytes(total), Bytes(int64(rate)))
	if rate > 0 && done < total {
		line += fmt.Sprintf("  %v left", time.Duration(float64(total-done)/rate*1e9).Round(time.Second))
	}
	return line, true
}
