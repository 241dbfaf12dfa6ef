package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"noise2sparse/track"
)

// A disk that is full from the start is found before training; one that becomes full stops the run
// and leaves what was saved.
func TestFullDisk(t *testing.T) {
	for _, c := range []struct{ name, size, says string }{
		{"at once", "4k", "cannot"},
		{"later", "160k", "no space left on device"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := unix.Mount("none", dir, "tmpfs", 0, "size="+c.size); err != nil {
				t.Skipf("mounting a small tmpfs: %v (needs root)", err)
			}
			t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
			a := trainer(t, tiny(dir, "--set", "model.hidden=[3000]")...)
			if a.code != exitFailed || !strings.Contains(a.errOut, c.says) || !strings.Contains(a.errOut, "choose another --out") {
				t.Errorf("exit code %d\n%s", a.code, a.errOut)
			}
			if l := errorLines(a.errOut); len(l) != 1 {
				t.Errorf("%d error lines, want one:\n%s", len(l), a.errOut)
			}
		})
	}
}

// A disk that becomes full later costs nothing that was saved: a whole checkpoint stays, and once
// there is space again the same command goes on to the weights of a run that never stopped.
func TestFullDiskAndSpaceAgain(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("mounting a small tmpfs: %v (needs root)", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	more := []string{"--set", "model.hidden=[1000]", "--set", "epochs=6", "--set", "checkpoint.every_epochs=1", "--set", "checkpoint.keep_last=9"}
	whole := t.TempDir()
	must(t, tiny(whole, more...)...)

	// A checkpoint takes some 400 KB: a few fit, six do not.
	a := trainer(t, tiny(dir, more...)...)
	if a.code != exitFailed || !strings.Contains(a.errOut, "no space left on device") {
		t.Fatalf("exit code %d\n%s", a.code, a.errOut)
	}
	run := glob(t, dir, "quickstart", "000-*")
	c, broken, err := track.Latest(run)
	if err != nil || c == nil || len(broken) > 0 {
		t.Fatalf("the newest checkpoint is %v; broken %v (%v)", c, broken, err)
	}
	if err := unix.Mount("none", dir, "tmpfs", unix.MS_REMOUNT, "size=20m"); err != nil {
		t.Fatal(err)
	}
	if a := must(t, tiny(dir, more...)...); !strings.Contains(a.errOut, "resume ") {
		t.Errorf("with space again it says:\n%s", a.errOut)
	}
	if !bytes.Equal(model(t, run, "24"), model(t, glob(t, whole, "quickstart", "000-*"), "24")) {
		t.Error("the run that met a full disk ends with other weights")
	}
}

// Where nothing can be written, a run says so before it trains: one line, and nothing is left.
func TestFolderThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", unix.MS_RDONLY, "size=1m"); err != nil {
		t.Skipf("mounting a read-only tmpfs: %v (needs root)", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	for _, more := range [][]string{nil, {"--seeds", "1,2"}, {"--fresh"}} {
		a := trainer(t, tiny(dir, more...)...)
		if l := errorLines(a.errOut); a.code != exitFailed || len(l) != 1 ||
			!strings.Contains(l[0], dir) || !strings.Contains(l[0], "cannot write there: read-only file system; free space or permissions, or choose another --out") {
			t.Errorf("%v: exit code %d, error lines %q\n%s", more, a.code, l, a.errOut)
		}
	}
	if found, err := os.ReadDir(dir); err != nil || len(found) > 0 {
		t.Errorf("the folder holds %v (%v)", found, err)
	}
}

// The same for who may not write there.
func TestForbiddenFolder(t *testing.T) {
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, tiny(dir)...)
	c.Env = append(os.Environ(), "TRAINER_TEST_MAIN=1")
	if os.Getuid() == 0 { // root may write everywhere, so it is somebody else's process
		const nobody = 65534
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		f, err := os.Open(exe) // its folder is closed to others
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c.Path, c.ExtraFiles, c.Dir = "/proc/self/fd/3", []*os.File{f}, "/"
		if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	said, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Skipf("starting it as another user: %v", err)
	}
	if l := errorLines(string(said)); c.ProcessState.ExitCode() != exitFailed || len(l) != 1 || !strings.Contains(l[0], "cannot write there: permission denied; ") {
		t.Errorf("%v, error lines %q\n%s", c.ProcessState, l, said)
	}
}
