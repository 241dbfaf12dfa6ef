package console

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Table writes rows with aligned columns. align has a letter for each column, l (left) or r (right);
// columns beyond it are aligned to the left. On a terminal the last cell of a row goes on below itself where
// it is too long and stands to the left.
func Table(w io.Writer, align string, rows [][]string) error {
	wide := 0
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		wide = Width(f)
	}
	_, err := io.WriteString(w, table(align, rows, wide))
	return err
}

// leastRoom is how narrow the last column of a table may become before it is left as it is.
const leastRoom = 16

// table is Table at most wide characters wide; 0: as wide as it is.
func table(align string, rows [][]string, wide int) string {
	var width []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		line := ""
		for i, cell := range r {
			column := len([]rune(line))
			if last := i == len(r)-1; last && (i >= len(align) || align[i] == 'l') && wide-column >= leastRoom {
				line += strings.Join(Wrap(cell, wide-column), "\n"+strings.Repeat(" ", column))
			} else if i < len(align) && align[i] == 'r' {
				line += strings.Repeat(" ", width[i]-len([]rune(cell))) + cell + "  "
			} else {
				line += pad(cell, width[i]) + "  "
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
