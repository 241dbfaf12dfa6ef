package console

import (
	"fmt"
	"strings"
)

const itemColumn = 12 // where what is said of an item begins

// Item writes a named line for people, above the live line. On a terminal it goes on below itself, at a
// space, where it is longer than that is wide.
func (c *Console) Item(name, format string, args ...any) {
	if c.level != People {
		return
	}
	lines := []string{fmt.Sprintf(format, args...)}
	if c.terminal {
		lines = Wrap(lines[0], c.width()-itemColumn)
	}
	c.Printf("%s%s", pad(name, itemColumn), strings.Join(lines, "\n"+strings.Repeat(" ", itemColumn)))
}

// Wrap breaks a text at spaces into lines of at most width characters, as far as its words let it.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Split(text, " ") {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
