package golden

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed all:shipped
var shipped embed.FS

// ErrNoneShipped means that this binary was built without cases.
var ErrNoneShipped = errors.New("this binary was built without golden cases: scripts/golden-ship puts some where go build embeds them")

// Unpack writes the cases that ship in this binary into dir.
func Unpack(dir string) error {
	any := false
	err := fs.WalkDir(shipped, "shipped", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".gitignore" {
			return err
		}
		any = true
		raw, err := shipped.ReadFile(name)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, "shipped/")))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, raw, 0o644)
	})
	if err == nil && !any {
		return ErrNoneShipped
	}
	return err
}
