package strict

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Source is where text came from: a file, or an override on the command line.
type Source struct {
	// Name is the file's name as the user knows it, or the override as typed ("--set epochs=5").
	Name string
	// Whole says that a position inside is of no use to the reader (an override, or a file that
	// could not be read): only Name is shown.
	Whole bool
	lines []string
}

// NewFile is the source of a file's text.
func NewFile(name string, text []byte) *Source {
	return &Source{Name: name, lines: strings.Split(string(text), "\n")}
}

// Pos is a place in a source. Line and Col count from 1, Col in characters; Line 0 is the source
// as a whole. The zero Pos is nowhere: a value that no source gave.
type Pos struct {
	Src       *Source
	Line, Col int
}

// Known says whether p is a place at all.
func (p Pos) Known() bool { return p.Src != nil }

// String is "file:line:column", or the source's name alone.
func (p Pos) String() string {
	switch {
	case p.Src == nil:
		return ""
	case p.Src.Whole || p.Line == 0:
		return p.Src.Name
	}
	return fmt.Sprintf("%s:%d:%d", p.Src.Name, p.Line, p.Col)
}

// Brief is String without the column, and without the folders of the file's name.
func (p Pos) Brief() string {
	if p.Src == nil || p.Src.Whole || p.Line == 0 {
		return p.String()
	}
	return fmt.Sprintf("%s:%d", p.Src.Name[strings.LastIndexByte(p.Src.Name, '/')+1:], p.Line)
}

const maxExcerpt = 120 // characters of a source line; a longer one is not shown

// excerpt is the source line with a caret below the place, each line indented, or "" where that
// helps nobody: overrides, blank, very long and unreadable lines.
func (p Pos) excerpt() string {
	if p.Src == nil || p.Src.Whole || p.Line < 1 || p.Line > len(p.Src.lines) {
		return ""
	}
	line := strings.TrimRight(p.Src.lines[p.Line-1], "\r \t")
	if line == "" || !utf8.ValidString(line) || utf8.RuneCountInString(line) > maxExcerpt {
		return ""
	}
	pad := make([]rune, 0, p.Col)
	for _, r := range line {
		if len(pad) == p.Col-1 {
			break
		}
		if r != '\t' { // a tab stays a tab, so that the caret stands below its character
			r = ' '
		}
		pad = append(pad, r)
	}
	for len(pad) < p.Col-1 {
		pad = append(pad, ' ')
	}
	number := fmt.Sprintf("%5d", p.Line)
	return fmt.Sprintf("\n%s | %s\n%s | %s^", number, line, strings.Repeat(" ", len(number)), string(pad))
}
