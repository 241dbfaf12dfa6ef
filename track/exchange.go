package track

import "os"

// swapByRename swaps two folders by three renames; between the first and the second nothing is
// under the name b.
func swapByRename(a, b string) error {
	aside := a + ".old" // keeps a's prefix, so the next writer removes it after a crash
	if err := os.Rename(b, aside); err != nil {
		return err
	}
	if err := os.Rename(a, b); err != nil {
		return err
	}
	return os.Rename(aside, a)
}
