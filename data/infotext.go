package data

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"noise2sparse/internal/array"
)

// WriteText writes the description for people: a heading, a line per tensor, then its classes.
func (f *FileInfo) WriteText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s, %s, sha256 %s\n\n", printable(f.Path), f.Format, size(f.Bytes), f.SHA256)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TENSOR\tTYPE\tSHAPE\tMIN\tMAX\tMEAN\tNAN\tINF\tSHA256")
	for _, x := range f.Tensors {
		name := printable(x.Name)
		if name == "" {
			name = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%.12s\n", name, x.DType, array.ShapeString(x.Shape),
			number(x.Min), number(x.Max), number(x.Mean), x.NaN, x.Inf, x.SHA256)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(f.Tensors) == 0 {
		fmt.Fprintln(&b, "(no tensors)")
	}
	for _, x := range f.Tensors {
		writeClasses(&b, x)
	}
	if len(f.Classes) > 0 {
		names := make([]string, min(20, len(f.Classes)))
		for i := range names {
			names[i] = fmt.Sprintf("%d %s", i, printable(f.Classes[i]))
		}
		if n := len(f.Classes) - len(names); n > 0 {
			names = append(names, fmt.Sprintf("and %d more", n))
		}
		fmt.Fprintf(&b, "\n%s\n", strings.Join(names, ", "))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeClasses writes "label: count" in columns, ten a line.
func writeClasses(b *bytes.Buffer, x TensorInfo) {
	if len(x.Classes) == 0 {
		return
	}
	name := printable(x.Name)
	if name != "" {
		name = " of " + name
	}
	fmt.Fprintf(b, "\n%d classes%s (label: samples)\n", len(x.Classes), name)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i, c := range x.Classes {
		fmt.Fprintf(t, "%d: %d\t", c.Label, c.Count)
		if i%10 == 9 || i == len(x.Classes)-1 {
			fmt.Fprintln(t)
		}
	}
	t.Flush() // into a buffer: cannot fail
}

func number(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.6g", *v)
}

// size writes a number of bytes as people read it, in binary units.
func size(n int64) string {
	v, unit := float64(n), 0
	for v >= 1024 && unit < 4 {
		v /= 1024
		unit++
	}
	if unit == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", v, []string{"", "KiB", "MiB", "GiB", "TiB"}[unit])
}

// printable keeps names in files from steering the terminal: control characters become "?".
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}
