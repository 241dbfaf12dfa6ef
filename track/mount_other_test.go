//go:build !linux

package track

import "errors"

func mountTmpfs(string, int, string) error { return errors.ErrUnsupported }

func remountReadOnly(string) error { return errors.ErrUnsupported }

func unmount(string) {}
