package console

import (
	"io"
	"strings"
)

// Table writes rows with aligned columns, the first row being the titles. Columns whose title
// begins with a space are aligned to the right.
func Table(w io.Writer, rows [][]string) error {
	var width []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len([]rune(strings.TrimSpace(cell))))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		line := ""
		for i, cell := range r {
			cell = strings.TrimSpace(cell)
			if strings.HasPrefix(rows[0][i], " ") {
				cell = strings.Repeat(" ", width[i]-len([]rune(cell))) + cell
			}
			line += pad(cell, width[i]) + "  "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
