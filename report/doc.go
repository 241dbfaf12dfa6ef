// Package report turns what runs leave behind into what people look at: figures, pictures and
// curves in the terminal.
package report
