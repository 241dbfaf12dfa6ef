package track

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func mountTmpfs(dir string, bytes int, options string) error {
	return unix.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d%s", bytes, options))
}

func remountReadOnly(dir string) error {
	return unix.Mount("none", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, "")
}

func unmount(dir string) { unix.Unmount(dir, unix.MNT_DETACH) }
