// Command testcount reads the events of `go test -json` on standard input and shows what a person
// wants of them: the package lines as they come, the output of what failed, and every skipped test
// with its reason. At the end it appends one line "passed failed skipped" to the file that -o names.
// It exits with 1 if anything failed.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("o", "", "file to append the counts to")
	flag.Parse()
	c := newCounter(os.Stdout)
	if err := c.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
	if err := appendCounts(*out, c); err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
	if c.failed > 0 {
		os.Exit(1)
	}
}

// appendCounts adds one line to the file at path; no path, no line.
func appendCounts(path string, c *counter) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	fmt.Fprintln(f, c.passed, c.failed, c.skipped)
	return f.Close()
}
