// Package launch turns what a user asked for into runs: it resolves the experiment and finds the
// run folders (Resolve), says what it would cost (Plan.Estimate), and trains the jobs one after the
// other (Run). It also evaluates finished runs and lists them.
package launch

import (
	"fmt"

	"noise2sparse/internal/problem"
)

// wrong is an error about the user's command or configuration: exit code 2.
func wrong(path, format string, args ...any) error {
	return &problem.Error{Problems: []problem.Problem{{Path: path, Text: fmt.Sprintf(format, args...)}}}
}
