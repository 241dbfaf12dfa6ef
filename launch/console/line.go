package console

import (
	"fmt"
	"strings"

	"noise2sparse/report"
)

// The bar takes what the fields leave of the line, but no more and no less than this; where that is
// not there, it goes.
const (
	widestBar    = 20
	narrowestBar = 8
)

// line is the one updated in place, at most width characters long. Where there is no room for all,
// fields go, the least important first: speed, active neurons, the bar, the loss, the epoch. How long
// it still takes is what a person looks for, and stays.
func (p *Progress) line(width int) string {
	n := p.now
	part := float64(n.Step) / float64(max(1, n.StepsPerEpoch))
	epoch := fmt.Sprintf("epoch %d/%d", min(n.Epoch+1, n.Epochs), n.Epochs)
	var loss, active string
	if v, ok := p.get("train/loss"); ok {
		loss = "loss " + Loss(v)
	}
	if v, ok := p.active(); ok {
		active = "active " + Percent(v)
	}
	speed, left := Count(n.SamplesPerSecond)+" samples/s", Duration(n.Left)+" left"
	for _, fields := range [][]string{{epoch, loss, active, speed, left}, {epoch, loss, active, left}, {epoch, loss, left}} {
		s := joined(fields)
		if room := width - len([]rune(s)) - 1; room >= narrowestBar {
			return p.bar((float64(n.Epoch)+part)/float64(max(1, n.Epochs)), min(room, widestBar)) + " " + s
		}
	}
	for _, fields := range [][]string{{epoch, loss, left}, {epoch, left}} {
		if s := joined(fields); len([]rune(s)) <= width {
			return s
		}
	}
	return fit(left, width)
}

// joined is the fields that there are.
func joined(fields []string) string {
	var s []string
	for _, f := range fields {
		if f != "" {
			s = append(s, f)
		}
	}
	return strings.Join(s, "  ")
}

// bar is a bar of n characters, filled by a fraction.
func (p *Progress) bar(fraction float64, n int) string {
	full, empty := "━", "─"
	if p.c.mode == report.ASCII {
		full, empty = "#", "."
	}
	k := max(0, min(n, int(fraction*float64(n))))
	return strings.Repeat(full, k) + strings.Repeat(empty, n-k)
}
