package scripts

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a PATH that holds just what a test puts there: a machine without the rest.
type machine struct {
	t   *testing.T
	bin string
}

// bare is a machine with the tools that every Debian has, a Go that reports version, and a user id.
func bare(t *testing.T, uid, goVersion string) machine {
	t.Helper()
	m := machine{t, t.TempDir()}
	for _, tool := range []string{"sh", "dirname", "mktemp", "sed", "head", "tail", "grep", "tr", "rm", "mv", "mkdir", "env", "cat", "touch", "chmod", "true"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Skipf("this system has no %s", tool)
		}
		if err := os.Symlink(path, filepath.Join(m.bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	m.has("id", "echo "+uid)
	m.has("timeout", `shift; exec "$@"`)
	if goVersion != "" {
		m.has("go", "echo "+goVersion)
	}
	return m
}

// has adds a program: the body of a shell script. $BIN is the folder of the machine's programs.
func (m machine) has(name, body string) {
	m.t.Helper()
	script := "#!/bin/sh\nBIN='" + m.bin + "'\n" + body + "\n"
	if err := os.WriteFile(filepath.Join(m.bin, name), []byte(script), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// run runs one of the scripts there and returns what it printed, both streams, and its exit status.
func (m machine) run(script string, args ...string) (string, int) {
	m.t.Helper()
	// go test keeps results until a file changes that the test itself read; what sh reads it can't see.
	for _, file := range []string{script, filepath.Join(filepath.Dir(script), "lib.sh")} {
		if _, err := os.ReadFile(file); err != nil {
			m.t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(m.bin, "sh"), append([]string{script}, args...)...)
	cmd.Env = []string{"PATH=" + m.bin, "TMPDIR=" + m.t.TempDir()}
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

const (
	noCompiler = "C compiler   none: builds without cgo"
	// aptWorks logs its arguments, and installs a compiler that compiles everything.
	aptWorks = `echo "$@" >>"$BIN/apt.log"
case "$*" in *--no-download*gcc*) printf '#!/bin/sh\nexit 0\n' >"$BIN/gcc"; chmod +x "$BIN/gcc" ;; esac`
)

func TestSetup(t *testing.T) {
	tests := []struct {
		name, uid, goVersion string
		programs             map[string]string
		args                 []string
		exit                 int
		says                 []string
		not                  string
	}{
		{
			name: "no Go", uid: "0", exit: 1,
			says: []string{"Go is not installed", "try again"},
		},
		{
			name: "a Go that can't fetch a newer one", uid: "0", goVersion: "go1.19.8", exit: 1,
			says: []string{"go1.19.8 is too old"},
		},
		{
			name: "no compiler, no apt", uid: "0", goVersion: "go1.26.0",
			says: []string{"no apt-get here", noCompiler},
		},
		{
			name: "root installs", uid: "0", goVersion: "go1.26.0",
			programs: map[string]string{"apt-get": aptWorks},
			says:     []string{"C compiler   gcc"}, not: noCompiler,
		},
		{
			name: "a user whose sudo asks for nothing installs", uid: "1000", goVersion: "go1.26.0",
			programs: map[string]string{"apt-get": aptWorks, "sudo": `[ "$1" = -n ] || exit 1; shift; exec "$@"`},
			says:     []string{"C compiler   gcc"},
		},
		{
			name: "a user whose sudo wants a password is told the command", uid: "1000", goVersion: "go1.26.0",
			programs: map[string]string{"apt-get": aptWorks, "sudo": `[ "$1" = -n ] || cat; exit 1`},
			says:     []string{"to install by hand: sudo apt-get install gcc libc6-dev", noCompiler},
		},
		{
			name: "a user without sudo is told the command", uid: "1000", goVersion: "go1.26.0",
			programs: map[string]string{"apt-get": aptWorks},
			says:     []string{"to install by hand: sudo apt-get install gcc libc6-dev", noCompiler},
		},
		{
			name: "apt fails", uid: "0", goVersion: "go1.26.0",
			programs: map[string]string{"apt-get": "echo 'E: Unable to locate package'; exit 100"},
			says:     []string{"could not install gcc libc6-dev (E: Unable to locate package)", noCompiler},
		},
		{
			name: "apt hangs until timeout ends it", uid: "0", goVersion: "go1.26.0",
			programs: map[string]string{"apt-get": "exit 1", "timeout": "exit 124"},
			says:     []string{"could not install gcc libc6-dev (no answer in time)", noCompiler},
		},
		{
			name: "apt says yes, but no compiler works", uid: "0", goVersion: "go1.26.0",
			programs: map[string]string{"apt-get": "exit 0", "gcc": "exit 1"},
			says:     []string{noCompiler},
		},
		{
			name: "--check installs nothing", uid: "0", goVersion: "go1.26.0", args: []string{"--check"},
			programs: map[string]string{"apt-get": aptWorks},
			says:     []string{noCompiler}, not: "installing",
		},
		{
			name: "an unknown option", uid: "0", goVersion: "go1.26.0", args: []string{"--fast"}, exit: 2,
			says: []string{"usage: scripts/setup [--check]"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := bare(t, tt.uid, tt.goVersion)
			for name, body := range tt.programs {
				m.has(name, body)
			}
			out, exit := m.run("setup", tt.args...)
			if exit != tt.exit {
				t.Errorf("exit status %d, want %d", exit, tt.exit)
			}
			for _, s := range tt.says {
				if !strings.Contains(out, s) {
					t.Errorf("does not say %q", s)
				}
			}
			if tt.not != "" && strings.Contains(out, tt.not) {
				t.Errorf("says %q", tt.not)
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// apt-get must never ask, remove a package, or install what was not first downloaded in bounded time.
func TestSetupIsCarefulWithApt(t *testing.T) {
	m := bare(t, "0", "go1.26.0")
	m.has("apt-get", `echo "$DEBIAN_FRONTEND $*" >>"$BIN/apt.log"`)
	m.run("setup")
	log, err := os.ReadFile(filepath.Join(m.bin, "apt.log"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, "noninteractive -y ") || !strings.Contains(line, " --no-remove ") {
			t.Errorf("apt-get was called as %q", line)
		}
	}
	if len(lines) < 2 || !strings.Contains(lines[0], "--download-only gcc") || !strings.Contains(lines[1], "--no-download gcc") {
		t.Errorf("apt-get was called in this order:\n%s", log)
	}
}
