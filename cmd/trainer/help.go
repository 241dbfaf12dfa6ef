package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"noise2sparse/launch/console"
)

// The cli package's own help is as wide as its longest line.
func init() { cli.HelpPrinter = printHelp }

// Help is as wide as the terminal, but not wider than is good to read.
const (
	widestHelp = 100
	helpIndent = 3
	helpColumn = 27 // where what is said of a flag or command begins
)

// help is the text of a command's help.
type help struct {
	strings.Builder
	width int
}

// printHelp prints the help about an app or a command. It is the cli package's hook.
func printHelp(w io.Writer, _ string, about any) {
	h := help{width: 80}
	if e, ok := w.(*env); ok {
		h.width = min(console.Width(e.stdout), widestHelp)
	}
	switch a := about.(type) {
	case *cli.App:
		h.section("NAME", a.Name+": "+a.Usage)
		h.section("USAGE", a.Name+" COMMAND [flags]")
		h.section("DESCRIPTION", strings.Split(a.Description, "\n")...)
		h.commands(a.VisibleCommands())
		h.flags(a.VisibleFlags())
	case *cli.Command:
		h.section("NAME", a.HelpName+": "+a.Usage)
		usage := a.UsageText
		if usage == "" && len(a.Subcommands) > 0 {
			usage = a.HelpName + " COMMAND [flags]"
		} else if usage == "" {
			usage = strings.TrimSpace(a.HelpName + " [flags] " + a.ArgsUsage)
		}
		h.section("USAGE", strings.Split(usage, "\n")...)
		h.commands(a.VisibleCommands())
		h.flags(a.VisibleFlags())
	}
	io.WriteString(w, h.String())
}

func (h *help) section(title string, lines ...string) {
	if h.Len() > 0 {
		h.WriteString("\n")
	}
	h.WriteString(title + ":\n")
	for _, l := range lines {
		h.line("", strings.TrimSpace(l), helpIndent)
	}
}

func (h *help) commands(cs []*cli.Command) {
	if len(cs) == 0 {
		return
	}
	h.section("COMMANDS")
	for _, c := range cs {
		h.line(c.Name, c.Usage, 13)
	}
}

// What the cli package says of flags and goes without saying.
var (
	repeats = regexp.MustCompile(` \[ --.* \]$`)
	usually = strings.NewReplacer(" (default: false)", "")
)

func (h *help) flags(fs []cli.Flag) {
	if len(fs) == 0 {
		return
	}
	h.section("FLAGS")
	for _, f := range fs {
		name, text, _ := strings.Cut(f.String(), "\t")
		h.line(repeats.ReplaceAllString(name, ""), usually.Replace(text), helpColumn)
	}
}

// line writes a name, and a text behind it that begins in a column and goes on there. A name too long for
// that has a line of its own.
func (h *help) line(name, text string, column int) {
	lines := console.Wrap(text, h.width-column)
	if len([]rune(name))+helpIndent+2 > column && name != "" {
		fmt.Fprintf(h, "%s%s\n", strings.Repeat(" ", helpIndent), name)
		name = ""
	}
	for i, l := range lines {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(h, "%s%-*s%s\n", strings.Repeat(" ", helpIndent), column-helpIndent, name, l)
	}
}
