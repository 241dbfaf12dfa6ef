package track

import (
	"errors"
	"io/fs"
	"reflect"
	"syscall"
	"testing"
)

func TestExplain(t *testing.T) {
	for errno, want := range map[syscall.Errno]string{
		syscall.EACCES: "permission denied; choose another --out",
		syscall.EPERM:  "operation not permitted; choose another --out",
		syscall.ENOSPC: "no space left on device; free some space and resume the run",
		syscall.EDQUOT: "quota exceeded; free some space",
		syscall.EROFS:  "read-only file system; choose another --out",
		syscall.EIO:    "input/output error",
	} {
		err := explain("/runs/a", "cannot write", &fs.PathError{Op: "open", Path: "/runs/a/.tmp", Err: errno})
		wantError(t, err, "/runs/a: cannot write: ", want)
		if !errors.Is(err, errno) {
			t.Errorf("%v is lost in %v", errno, err)
		}
	}
	if explain("a", "b", nil) != nil {
		t.Error("an error without a cause")
	}
}

func TestVersionChanges(t *testing.T) {
	then := withGo(map[string]string{"openblas": "0.3.21", "cudnn": "9.1"})
	if got := VersionChanges(then, map[string]string{"openblas": "0.3.21", "cudnn": "9.1"}); got != nil {
		t.Errorf("the same versions differ: %v", got)
	}
	got := VersionChanges(then, map[string]string{"openblas": "0.3.30", "cpu": "avx2"})
	want := []string{"cpu was none, now avx2", "cudnn was 9.1, now none", "openblas was 0.3.21, now 0.3.30"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
