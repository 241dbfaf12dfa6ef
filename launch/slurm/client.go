package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// commandTimeout bounds each of SLURM's commands, which wait for a controller that does not answer.
const commandTimeout = 60 * time.Second

// commandError is what a command of SLURM's said when it failed.
type commandError struct {
	command string
	said    string
	err     error
}

func (e *commandError) Error() string {
	if e.said == "" {
		return fmt.Sprintf("%s: %v", e.command, e.err)
	}
	return fmt.Sprintf("%s: %s", e.command, e.said)
}

func (e *commandError) Unwrap() error { return e.err }

// command runs one of SLURM's commands and returns its output.
func command(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	if err == nil {
		return out.String(), nil
	}
	if ctx.Err() == context.DeadlineExceeded {
		err = fmt.Errorf("no answer within %v", commandTimeout)
	}
	return "", &commandError{name, inOneLine(said.String(), name), err}
}

// inOneLine joins what a command said, without its own name before each line.
func inOneLine(said, name string) string {
	var parts []string
	for line := range strings.Lines(said) {
		line = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(line), name+": "), "error: ")
		if line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}

// missing are the commands that are not to be found.
func missing() []string {
	var out []string
	for _, name := range []string{"sbatch", "squeue", "scancel", "scontrol"} {
		if _, err := exec.LookPath(name); err != nil {
			out = append(out, name)
		}
	}
	return out
}

var arraySize = regexp.MustCompile(`(?m)^MaxArraySize\s*=\s*(\d+)`)

// maxArraySize asks for the number above the largest array index.
func maxArraySize(ctx context.Context) (int, error) {
	out, err := command(ctx, "scontrol", "show", "config")
	if err != nil {
		return 0, err
	}
	m := arraySize.FindStringSubmatch(out)
	if m == nil {
		return 0, errors.New("scontrol show config has no MaxArraySize")
	}
	n, err := strconv.Atoi(m[1])
	if err == nil && n < 2 {
		err = errors.New("job arrays are switched off here (MaxArraySize is " + m[1] + ")")
	}
	return n, err
}

var arrayID = regexp.MustCompile(`^([0-9]+)(?:;\S*)?\s*$`)

// sbatch submits a script, and returns the array's id.
func sbatch(ctx context.Context, script string) (string, error) {
	out, err := command(ctx, "sbatch", "--parsable", script)
	if err != nil {
		return "", err
	}
	m := arrayID.FindStringSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("sbatch says %q, which is no job id", strings.TrimSpace(out))
	}
	return m[1], nil
}

// squeue asks for all tasks of the arrays that have these names, also for those that ended some
// minutes ago.
func squeue(ctx context.Context, names []string) ([]queued, error) {
	if len(names) == 0 {
		return nil, nil
	}
	out, err := command(ctx, "squeue", "--noheader", "--array", "--states=all", "--format="+queueFormat, "--name="+strings.Join(names, ","))
	if err != nil {
		return nil, err
	}
	return parseQueue(out)
}

// scancel ends tasks; ones that are gone already are no error.
func scancel(ctx context.Context, places []string) error {
	const many = 500 // a command line has its limits
	for len(places) > 0 {
		n := min(many, len(places))
		if _, err := command(ctx, "scancel", append([]string{"--quiet"}, places[:n]...)...); err != nil {
			return err
		}
		places = places[n:]
	}
	return nil
}

var exitCode = regexp.MustCompile(`\bExitCode=(\d+):(\d+)`)

// codeOf asks for the exit code of a task that ended; -1 where SLURM no longer knows.
func codeOf(ctx context.Context, place string) int {
	out, err := command(ctx, "scontrol", "--oneliner", "show", "job", place)
	m := exitCode.FindStringSubmatch(out)
	if err != nil || m == nil {
		return -1
	}
	code, _ := strconv.Atoi(m[1])
	return code
}

// away says whether an error means that the controller could not be asked, so that asking again may
// help. All else is SLURM's refusal.
func away(err error) bool {
	var c *commandError
	if !errors.As(err, &c) {
		return false
	}
	var exit *exec.ExitError
	if !errors.As(c.err, &exit) {
		return true // no answer in time, or the command could not be started
	}
	for _, words := range []string{
		"Unable to contact slurm controller", "Socket timed out", "Connection refused", "Connection reset", "Zero Bytes were transmitted",
		"temporarily unavailable", "temporarily disabled", "Unable to establish", "Transport endpoint", "Communication connection failure", "backup mode",
	} {
		if strings.Contains(c.said, words) {
			return true
		}
	}
	return false
}
