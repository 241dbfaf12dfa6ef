// Command trainer trains networks under noise and counts how sparse they become.
//
// This folder holds the command table (app.go) and one file per command: flags, then one call.
package main

import (
	"os"

	_ "noise2sparse/compute/cpu"
	_ "noise2sparse/compute/cuda"
)

// version is set by the linker: scripts/build.
var version = "dev"

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run does what the command line, program and arguments, asks for and returns the exit code.
func run(line []string, stdout, stderr *os.File) int {
	args := line[1:]
	e := &env{program: line[0], stdout: stdout, stderr: stderr, json: has(args, "--json")} // known before the flags are understood
	app := newApp(e)
	args, err := order(app, args)
	if err == nil {
		err = app.Run(append([]string{app.Name}, args...))
	}
	if err == nil {
		err = e.unwritten
	}
	return e.exit(err)
}
