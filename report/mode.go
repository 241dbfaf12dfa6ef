package report

import (
	"os"
	"strings"

	"golang.org/x/term"
)

// Mode is what a terminal can show.
type Mode uint8

// The modes, from the least to the most.
const (
	ASCII     Mode = iota // 7-bit characters alone
	Colors256             // Unicode and the xterm palette
	TrueColor             // Unicode and 24-bit colours
)

// DetectMode is the mode of f: ASCII where it is no terminal, or one without colours (TERM=dumb),
// where NO_COLOR is set, and where the locale is not UTF-8.
func DetectMode(f *os.File) Mode { return detect(term.IsTerminal(int(f.Fd())), os.Getenv) }

func detect(terminal bool, env func(string) string) Mode {
	t := env("TERM")
	if !terminal || t == "" || t == "dumb" || env("NO_COLOR") != "" || !utf8Locale(env) {
		return ASCII
	}
	switch c := env("COLORTERM"); {
	case c == "truecolor" || c == "24bit" || strings.HasSuffix(t, "-direct"):
		return TrueColor
	}
	return Colors256
}

// utf8Locale is true where the first set variable of the three names UTF-8, or none is set (as in
// containers, whose terminals know UTF-8 nevertheless).
func utf8Locale(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(env(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
