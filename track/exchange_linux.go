package track

import "golang.org/x/sys/unix"

// exchange swaps two folders in one step; file systems that cannot do that (NFS) get a moment
// in which b has no name, after which it is a.
func exchange(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if err == unix.EINVAL || err == unix.ENOSYS || err == unix.ENOTSUP {
		return swapByRename(a, b)
	}
	return err
}
