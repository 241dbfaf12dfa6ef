package strict

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// unreadable finds the first byte that no YAML text has, which the YAML parser would report
// without its place. what is "" where there is none.
func unreadable(text []byte) (line, col int, what string) {
	if bytes.HasPrefix(text, []byte{0xfe, 0xff}) || bytes.HasPrefix(text, []byte{0xff, 0xfe}) {
		return 0, 0, "" // UTF-16, which the parser reads
	}
	line, col = 1, 1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return line, col, fmt.Sprintf("the byte 0x%02x is not UTF-8; save the file as UTF-8 text", text[i])
		case r == '\n':
			line, col = line+1, 0
		case r < ' ' && r != '\t' && r != '\r' || r == 0x7f:
			return line, col, fmt.Sprintf("the control character 0x%02x can't stand in YAML; remove it", r)
		}
		i, col = i+size, col+1
	}
	return 0, 0, ""
}
