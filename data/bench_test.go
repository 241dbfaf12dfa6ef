package data

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkPictures lists and decodes the 20,000 JPEGs of an archive, without the cache;
// scripts/bench-pictures compares it with torchvision.
func BenchmarkPictures(b *testing.B) {
	path := filepath.Join(os.Getenv(EnvDir), "cifar10", "train-20000-jpeg.tar")
	if !isFile(path) {
		b.Skip("no file " + path + "; " + EnvDir + " names the folder of the data sets")
	}
	b.Setenv(EnvCache, "none")
	for b.Loop() {
		if _, err := openPictures(path, 3); err != nil {
			b.Fatal(err)
		}
	}
}
