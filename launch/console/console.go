// Package console is what a person sees of runs: a line that is updated in place on a terminal,
// plain lines where the output is piped, and the summary and tables at the end.
package console

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"go.uber.org/zap/zapcore"
	"golang.org/x/term"

	"noise2sparse/report"
	"noise2sparse/track"
)

// Level is how much is said beside the results.
type Level uint8

// The levels.
const (
	Quiet  Level = iota // warnings only
	People              // progress for people
	Log                 // everything as log lines, for programs that read stderr
)

// Console writes to one stream, usually os.Stderr. It is safe for concurrent use.
type Console struct {
	mu       sync.Mutex
	f        *os.File
	level    Level
	terminal bool
	mode     report.Mode
	live     int          // lines on the screen that will be overwritten
	forward  zapcore.Core // takes all log lines; nil: they are written to f
}

// New is a console on f. Log on a terminal is People: whoever looks at a terminal is a person.
func New(f *os.File, level Level) *Console {
	c := &Console{f: f, level: level, terminal: term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"}
	c.mode = report.DetectMode(f)
	if c.terminal && level == Log {
		c.level = People
	}
	return c
}

// Forward is a console that shows nothing, and passes log lines to a core.
func Forward(to zapcore.Core) *Console { return &Console{level: Quiet, forward: to} }

// Printf writes a line for people, above the live line.
func (c *Console) Printf(format string, args ...any) {
	if c.level != People {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	fmt.Fprintf(c.f, format+"\n", args...)
}

// Notice writes a line for people above the live line, at any level.
func (c *Console) Notice(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	fmt.Fprintln(c.f, line)
}

// room is what a live line may take of the width: behind it, a terminal shows ^C before anything is done
// about that, and the cursor must not go to the next line.
func (c *Console) room() int { return c.width() - len("^C") - 1 }

// show replaces the live lines. They must not be longer than the terminal is wide, nor more than it is
// high.
func (c *Console) show(lines ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.home()
	text := strings.Join(lines, "\x1b[K\n") + "\x1b[K"
	if c.live > len(lines) {
		text += "\x1b[J" // and all below
	}
	io.WriteString(c.f, text)
	c.live = len(lines)
}

// Busy shows on a terminal what is being waited for, until the next line.
func (c *Console) Busy(what string) {
	if c.level == People && c.terminal {
		c.show(fit(what+" ...", c.room()))
	}
}

// Terminal tells whether people look at a terminal.
func (c *Console) Terminal() bool { return c.level == People && c.terminal }

// Live shows lines on a terminal that the next ones take the place of. Of more than the terminal is
// high, the first ones and the last one are shown.
func (c *Console) Live(lines []string) {
	if !c.Terminal() || len(lines) == 0 {
		return
	}
	width, height := c.room(), 24
	if _, h, err := term.GetSize(int(c.f.Fd())); err == nil && h > 0 {
		height = h
	}
	if n := max(1, height-2); len(lines) > n {
		lines = append(append([]string{}, lines[:n-1]...), lines[len(lines)-1])
	}
	for i, l := range lines {
		lines[i] = fit(l, width)
	}
	c.show(lines...)
}

// Clear takes the live lines away.
func (c *Console) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
}

func (c *Console) wipe() {
	if c.live == 0 {
		return
	}
	switch c.home(); {
	case c.live == 1:
		io.WriteString(c.f, "\x1b[K")
	case c.live > 1:
		io.WriteString(c.f, "\x1b[J")
	}
	c.live = 0
}

// home goes to where the live lines begin.
func (c *Console) home() {
	io.WriteString(c.f, "\r")
	if c.live > 1 {
		fmt.Fprintf(c.f, "\x1b[%dA", c.live-1)
	}
}

// dim is s in a quieter colour where there are colours.
func (c *Console) dim(s string) string {
	if !c.terminal || c.mode == report.ASCII {
		return s
	}
	return "\x1b[2m" + s + "\x1b[0m"
}

// width is the number of columns; 80 where that is unknown.
func (c *Console) width() int { return Width(c.f) }

// Width is the number of columns of the terminal f; 80 where it is none.
func Width(f *os.File) int {
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		return w
	}
	return 80
}

// Core writes log lines to the console: warnings, or from info on at level Log.
func (c *Console) Core() zapcore.Core {
	if c.forward != nil {
		return c.forward
	}
	level := zapcore.WarnLevel
	if c.level == Log {
		level = zapcore.InfoLevel
	}
	return &core{track.ConsoleCore(c.f, level), c}
}

// core takes the live line away before a log line is written.
type core struct {
	zapcore.Core
	c *Console
}

func (k *core) With(f []zapcore.Field) zapcore.Core { return &core{k.Core.With(f), k.c} }

func (k *core) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if k.Enabled(e.Level) {
		return ce.AddCore(e, k)
	}
	return ce
}

func (k *core) Write(e zapcore.Entry, f []zapcore.Field) error {
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	k.c.wipe()
	return k.Core.Write(e, f)
}

// fit cuts a line to n characters.
func fit(line string, n int) string {
	r := []rune(line)
	if len(r) <= n {
		return line
	}
	return string(r[:max(0, n)])
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-len([]rune(s)))) }
