package data

import (
	"compress/gzip"
	"io"
	"os"
	"strings"

	"noise2sparse/internal/tarfile"
)

// isTar tells whether a file that starts with start is a tar archive, plain or compressed.
func isTar(path string, start []byte) bool {
	if !tarfile.IsGzip(start) {
		return tarfile.Is(start) || strings.HasSuffix(path, ".tar")
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return false
	}
	head := make([]byte, 512)
	n, _ := io.ReadFull(z, head)
	return tarfile.Is(head[:n])
}
