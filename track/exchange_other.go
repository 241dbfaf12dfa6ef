//go:build !linux

package track

// exchange swaps two folders.
func exchange(a, b string) error { return swapByRename(a, b) }
