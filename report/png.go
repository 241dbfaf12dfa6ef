package report

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"noise2sparse/internal/atomicfile"
)

// WritePNG writes img to path, whole or not at all.
func WritePNG(path string, img image.Image) error {
	err := atomicfile.WriteFunc(path, func(w io.Writer) error { return png.Encode(w, img) })
	if err != nil {
		return fmt.Errorf("cannot write the figure: %w", err)
	}
	return nil
}
