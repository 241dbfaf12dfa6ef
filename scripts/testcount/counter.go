package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json`, as `go doc test2json` and `go help buildjson` define it.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output and build-fail
	Test        string // empty: the event is about the package
	Output      string
	FailedBuild string // of a package's fail: what did not compile
}

// counter adds up results. A test that has subtests counts through them alone, unless it failed while
// none of them did. A package that failed although none of its tests did (it does not compile, it
// ended the process, TestMain failed) counts as one failure.
type counter struct {
	w                       io.Writer
	passed, failed, skipped int

	output  map[string][]string // by package and test, until the test's end
	parents map[string]bool     // tests that have subtests
	broken  map[string]bool     // tests and packages below which something failed
}

func newCounter(w io.Writer) *counter {
	return &counter{w: w, output: map[string][]string{}, parents: map[string]bool{}, broken: map[string]bool{}}
}

// read takes events until the stream ends. A line that is no event is shown as it is.
func (c *counter) read(r io.Reader) error {
	br := bufio.NewReader(r)
	for {
		line, err := br.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(c.w, line)
			} else {
				c.add(e)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading test events: %w", err)
		}
	}
}

func (c *counter) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(c.w, e.Output)
	case "output":
		c.keep(e, key)
	case "run":
		for _, k := range above(e.Package, key) {
			c.parents[k] = true
		}
	case "pass", "skip", "fail":
		if e.Test == "" {
			c.endPackage(e)
		} else {
			c.endTest(e, key)
		}
		delete(c.output, key)
	}
}

// keep stores a test's output until its fate is known. Of a package's own output the closing lines
// (ok, FAIL, no test files) are shown at once; the rest only if the package fails.
func (c *counter) keep(e event, key string) {
	if e.Test == "" && closing(e.Output) {
		fmt.Fprint(c.w, e.Output)
		return
	}
	c.output[key] = append(c.output[key], e.Output)
}

func closing(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "?   \t")
}

func (c *counter) endTest(e event, key string) {
	switch {
	case e.Action == "fail":
		c.show(key)
		if !c.broken[key] {
			c.failed++
		}
		for _, k := range above(e.Package, key) {
			c.broken[k] = true
		}
		c.broken[e.Package] = true
	case c.parents[key]:
	case e.Action == "skip":
		c.skipped++
		fmt.Fprintf(c.w, "skipped %s %s: %s\n", e.Package, e.Test, reason(c.output[key]))
	default:
		c.passed++
	}
}

func (c *counter) endPackage(e event) {
	if e.Action != "fail" {
		return
	}
	c.show(e.Package + " ")
	if !c.broken[e.Package] {
		c.failed++
	}
}

// above lists the tests that the test at key is a subtest of. A slash in a subtest's own name is no
// level, and does no harm: nothing runs under that name.
func above(pkg, key string) []string {
	var keys []string
	for i := strings.LastIndexByte(key, '/'); i > len(pkg); i = strings.LastIndexByte(key[:i], '/') {
		keys = append(keys, key[:i])
	}
	return keys
}

func (c *counter) show(key string) {
	for _, s := range c.output[key] {
		fmt.Fprint(c.w, s)
	}
}

// reason is what a skipped test said, without the frame that go test puts around it.
func reason(lines []string) string {
	var said []string
	for _, s := range lines {
		s = strings.TrimSpace(s)
		if s != "" && !strings.HasPrefix(s, "=== ") && !strings.HasPrefix(s, "--- ") {
			said = append(said, s)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}
