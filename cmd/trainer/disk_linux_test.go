package main

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
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
			if n := strings.Count(a.errOut, "trainer: "); n != 1 {
				t.Errorf("%d error lines, want one:\n%s", n, a.errOut)
			}
		})
	}
}
