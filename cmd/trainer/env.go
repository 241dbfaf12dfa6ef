package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.uber.org/zap"
	"golang.org/x/term"

	"noise2sparse/internal/problem"
	"noise2sparse/launch/console"
	"noise2sparse/track"
	"noise2sparse/train"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2 // wrong usage or configuration
	exitInterrupted = 130
)

// env is what commands work in.
type env struct {
	program        string // how the user calls this program, for commands in messages
	stdout, stderr *os.File
	show           *console.Console // what shows progress on stderr, where there is such a thing
	json           bool             // --json was given
	answered       bool             // the JSON object has been printed
	unwritten      error            // the first failure of Write
}

// Write writes to standard output. Who writes many lines need not look at each error: the first one
// becomes the command's.
func (e *env) Write(p []byte) (int, error) {
	n, err := e.stdout.Write(p)
	if e.unwritten == nil {
		e.unwritten = err
	}
	return n, err
}

// usageError is an error about the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// answer prints v as one JSON object on one line: the last of stdout.
func (e *env) answer(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	e.answered = true
	_, err = fmt.Fprintf(e.stdout, "%s\n", b)
	return err
}

// log writes to standard error for programs; nil where people read that.
func (e *env) log() *zap.Logger {
	if !e.json || term.IsTerminal(int(e.stderr.Fd())) {
		return nil
	}
	return zap.New(track.ConsoleCore(e.stderr, zap.InfoLevel))
}

// note says something on standard error that is no error.
func (e *env) note(text string) {
	if log := e.log(); log != nil {
		log.Info(text)
		return
	}
	if e.show != nil {
		e.show.Notice(text)
		return
	}
	fmt.Fprintln(e.stderr, text)
}

// exit prints the error, a line per problem, and returns the exit code.
func (e *env) exit(err error) int {
	code := exitCode(err)
	if err == nil {
		return code
	}
	for _, l := range strings.Split(err.Error(), "\n") {
		switch log := e.log(); {
		case strings.TrimSpace(l) == "":
		case log != nil && l[0] == ' ':
		case log != nil:
			log.Error(l, zap.Int("exit_code", code))
		case l[0] == ' ': // the line of a file that the problem above is about
			fmt.Fprintln(e.stderr, l)
		default:
			fmt.Fprintln(e.stderr, "trainer: "+l)
		}
	}
	if e.json && !e.answered {
		_ = e.answer(map[string]any{"error": err.Error(), "exit_code": code})
	}
	return code
}

func exitCode(err error) int {
	var usage *usageError
	var config *problem.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, train.ErrInterrupted):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &config):
		return exitUsage
	}
	return exitFailed
}
