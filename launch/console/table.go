package console

import (
	"io"
	"strings"
)

// Table writes rows with aligned columns. align has a letter for each column, l (left) or r (right);
// columns beyond it are aligned to the left.
func Table(w io.Writer, align string, rows [][]string) error {
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
			if i < len(align) && align[i] == 'r' {
				line += strings.Repeat(" ", width[i]-len([]rune(cell))) + cell + "  "
			} else {
				line += pad(cell, width[i]) + "  "
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
