package data

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"noise2sparse/internal/bounded"
	"noise2sparse/internal/cifar"
)

// batch is a binary batch of n images, image i of class (first + i) mod 10 and all of its pixels so.
func batch(first, n int, labels ...byte) string {
	var b strings.Builder
	for i := range n {
		c := byte((first + i) % 10)
		if labels != nil { // of CIFAR-100: coarse, then fine
			b.Write(labels)
		} else {
			b.WriteByte(c)
		}
		b.WriteString(strings.Repeat(string([]byte{c}), cifar.Pixels))
	}
	return b.String()
}

// cifar10Files are five batches of 2 and one of 3.
func cifar10Files(folder string) map[string]string {
	out := map[string]string{folder + "test_batch.bin": batch(5, 3), folder + "readme.html": "x"}
	for i := range 5 {
		out[folder+"data_batch_"+string(rune('1'+i))+".bin"] = batch(2*i, 2)
	}
	return out
}

func TestCIFAR10LiesInManyPlaces(t *testing.T) {
	t.Setenv(EnvCache, "none")
	inside := cifar10Files("cifar-10-batches-bin/")
	packed := func(name string) string {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "cifar10"), 0o777); err != nil {
			t.Fatal(err)
		}
		tarOf(t, filepath.Join(dir, "cifar10", name), inside)
		return dir
	}
	for name, dir := range map[string]string{
		"files":           tree(t, cifar10Files("cifar10/")),
		"folder":          tree(t, cifar10Files("cifar10/cifar-10-batches-bin/")),
		"archive":         packed("cifar-10-binary.tar.gz"),
		"unpacked to tar": packed("cifar-10-binary.tar"),
	} {
		d, err := Load(Options{Dir: dir, Name: "cifar10"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Train.X.String() != "uint8 10×3×32×32" || d.Val.X.String() != "uint8 3×3×32×32" || d.Classes != 10 {
			t.Errorf("%s: %v", name, d)
		}
		if !reflect.DeepEqual(d.Train.Labels, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) || !reflect.DeepEqual(d.Val.Labels, []int32{5, 6, 7}) {
			t.Errorf("%s: labels %v, %v", name, d.Train.Labels, d.Val.Labels)
		}
		for i, l := range d.Train.Labels {
			if row := d.Train.X.Row(i); row[0] != byte(l) || row[cifar.Pixels-1] != byte(l) {
				t.Errorf("%s: row %d does not hold the pixels of its label", name, i)
			}
		}
		if k, err := Datasets.Get("cifar10"); err != nil || !k.Value.Available(dir) {
			t.Errorf("%s: not available (%v)", name, err)
		}
		info, err := Info(d.Files[0])
		if err != nil || len(info.Tensors) < 2 || !strings.HasPrefix(info.Format, "CIFAR-10") {
			t.Errorf("%s: Info says %+v, %v", name, info, err)
		}
	}
	if _, err := Load(Options{Dir: t.TempDir(), Name: "cifar10"}); err == nil || !strings.Contains(err.Error(), "no training images and no test images: put cifar-10-binary.tar.gz") {
		t.Errorf("nothing there: %v", err)
	}
	lacking := tree(t, without(cifar10Files("cifar10/"), "cifar10/data_batch_4.bin"))
	if _, err := Load(Options{Dir: lacking, Name: "cifar10"}); err == nil || !strings.Contains(err.Error(), "no training images:") {
		t.Errorf("a batch is missing: %v", err)
	}
	delete(inside, "cifar-10-batches-bin/data_batch_4.bin")
	if _, err := Load(Options{Dir: packed("cifar-10-binary.tar.gz"), Name: "cifar10"}); err == nil || !strings.Contains(err.Error(), "has no data_batch_4.bin") {
		t.Errorf("a batch is missing in the archive: %v", err)
	}
	inside["cifar-10-batches-bin/data_batch_4.bin"] = batch(0, 1)[:3000]
	if _, err := Load(Options{Dir: packed("cifar-10-binary.tar.gz"), Name: "cifar10"}); err == nil ||
		!strings.Contains(err.Error(), `entry "cifar-10-batches-bin/data_batch_4.bin" at byte`) {
		t.Errorf("a batch is cut: %v", err)
	}
}

func TestCIFAR100(t *testing.T) {
	dir := tree(t, map[string]string{"cifar100/train.bin": batch(0, 3, 19, 99), "cifar100/test.bin": batch(0, 2, 4, 7)})
	fine, err := Load(Options{Dir: dir, Name: "cifar100"})
	if err != nil || fine.Classes != 100 || fine.Train.Labels[0] != 99 || fine.Val.Labels[1] != 7 {
		t.Errorf("%v, %v", fine, err)
	}
	coarse, err := Load(Options{Dir: dir, Name: "cifar100", Params: map[string]float64{"coarse": 1}})
	if err != nil || coarse.Classes != 20 || coarse.Train.Labels[0] != 19 || coarse.Val.Labels[1] != 4 {
		t.Errorf("%v, %v", coarse, err)
	}
	d, err := Load(Options{Name: dir + "/cifar100"}) // by its path
	if err != nil || d.Train.Labels[0] != 99 || d.Val.Len() != 2 {
		t.Errorf("%v, %v", d, err)
	}
}

func TestCIFARPickles(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "internal", "cifar", "testdata", "cifar10.python2.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"test_batch": string(b)}
	for _, n := range cifarSets[0].train {
		files[n] = string(b)
	}
	inArchive := t.TempDir()
	if err := os.Mkdir(filepath.Join(inArchive, "cifar10"), 0o777); err != nil {
		t.Fatal(err)
	}
	archive := tarOf(t, filepath.Join(inArchive, "cifar10", "cifar-10-python.tar.gz"), prefixed("cifar-10-batches-py/", files))
	folder := tree(t, prefixed("cifar10/cifar-10-batches-py/", files))
	for _, dir := range []string{inArchive, folder} {
		d, err := Load(Options{Dir: dir, Name: "cifar10"})
		if err != nil || d.Train.Len() != 15 || !reflect.DeepEqual(d.Val.Labels, []int32{6, 9, 2}) || d.Train.X.Row(14)[1] != byte((7*(2*cifar.Pixels+1)+3)%256) {
			t.Errorf("%v, %v", d, err)
		}
	}
	for path, want := range map[string]string{
		archive: "train.images uint8 15×3×32×32, train.labels int32 15, test.images uint8 3×3×32×32, test.labels int32 3",
		filepath.Join(folder, "cifar10", "cifar-10-batches-py", "test_batch"): "images uint8 3×3×32×32, labels int32 3",
	} {
		s, err := openSource(path)
		if err != nil || list(s.tensors) != want {
			t.Errorf("%s: %v, %v", path, list(s.tensors), err)
		}
	}
	evil := "\x80\x02cos\nsystem\nX\x04\x00\x00\x00exit\x85R."
	if _, err := openSource(filepath.Join(tree(t, map[string]string{"x.pkl": evil}), "x.pkl")); err == nil ||
		!strings.Contains(err.Error(), "x.pkl: byte 2 of the pickle: class os.system is not allowed") {
		t.Errorf("a pickle that calls os.system: %v", err)
	}
}

func TestCIFAR10FromPictures(t *testing.T) {
	t.Setenv(EnvCache, "none")
	files := map[string]string{"cifar10/test_batch.bin": batch(0, 3)}
	for i, c := range cifar10Classes {
		files["cifar10/train/"+c+"/1.png"] = pngOf(t, i, 32, 32)
	}
	load := func() (*Dataset, error) { return Load(Options{Dir: tree(t, files), Name: "cifar10"}) }
	if d, err := load(); err != nil || d.Train.Len() != 10 || firsts(d.Train)[9] != 9 || d.Train.Labels[9] != 9 {
		t.Errorf("%v, %v", d, err)
	}
	small := maps.Clone(files)
	files["cifar10/train/yak/1.png"] = pngOf(t, 1, 32, 32)
	if _, err := load(); err == nil || !strings.Contains(err.Error(), "11 class folders; CIFAR-10 has 10") {
		t.Errorf("a class too many: %v", err)
	}
	delete(files, "cifar10/train/cat/1.png")
	if _, err := load(); err == nil || !strings.Contains(err.Error(), `class folder "deer"; those of CIFAR-10 are airplane`) {
		t.Errorf("another class: %v", err)
	}
	for n := range small {
		if strings.HasSuffix(n, ".png") {
			small[n] = pngOf(t, 1, 2, 2)
		}
	}
	files = small
	if _, err := load(); err == nil || !strings.Contains(err.Error(), "pictures of 3×2×2 pixels; those of CIFAR-10 have 3×32×32") {
		t.Errorf("other sizes: %v", err)
	}
}

func TestBatchOfOtherLabels(t *testing.T) {
	path := filepath.Join(tree(t, map[string]string{"x.bin": batch(0, 1) + "\x0b" + batch(0, 1)[1:]}), "x.bin")
	if _, err := openSource(path); err == nil || !strings.Contains(err.Error(), path+": byte 3073: label 11 of image 1; those of CIFAR-10 go from 0 to 9") {
		t.Error(err)
	}
}

// A batch has nothing to tell it by but its size, so one that is cut off is no batch: the size is said.
func TestBatchCutOff(t *testing.T) {
	path := filepath.Join(tree(t, map[string]string{"x.bin": batch(0, 2)[:6141]}), "x.bin")
	if _, err := openSource(path); err == nil || !strings.Contains(err.Error(), path+": its 6141 bytes are no whole number of CIFAR's images (3073 or 3074 bytes each") {
		t.Error(err)
	}
}

// Reading costs what the files hold: their bytes once, and for pictures what they become.
func TestMemoryOfImageData(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	t.Setenv(EnvCache, "none")
	t.Setenv(bounded.EnvLimit, "4MiB")
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return p
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 16 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", 8<<20)
	for _, c := range []struct {
		name, path string
		fails      bool
		most       uint64 // MiB
	}{
		{"binary batch", write("a.bin", []byte(batch(0, 3000))), false, 9 + 2},
		{"a batch in a bomb", tarOf(t, filepath.Join(dir, "b.tar.gz"), map[string]string{"cifar-10-batches-bin/test_batch.bin": big}), true, 2},
		{"a picture in a bomb", tarOf(t, filepath.Join(dir, "c.tar.gz"), map[string]string{"a/1.png": big}), true, 2},
		{"zeros as an archive", write("d.tar.gz", bomb.Bytes()), true, 2},
		{"IDX in a bomb", write("e.gz", gzipped(t, "\x00\x00\x08\x01\x00\x80\x00\x00"+big)), true, 2},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s, err := openSource(c.path)
		runtime.ReadMemStats(&after)
		if c.fails != (err != nil) {
			t.Errorf("%s: %v, %v", c.name, s, err)
		}
		if c.fails && err != nil && !strings.Contains(err.Error(), bounded.EnvLimit) && c.name != "zeros as an archive" {
			t.Errorf("%s: %v does not name %s", c.name, err, bounded.EnvLimit)
		}
		if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > c.most {
			t.Errorf("%s: %d MiB allocated, want at most %d", c.name, grown, c.most)
		}
	}
}

func gzipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, s); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInfoOfFolders(t *testing.T) {
	t.Setenv(EnvCache, "none")
	dir := tree(t, animals(t))
	info, err := Info(dir)
	if err != nil || info.Format != "pictures" || !reflect.DeepEqual(info.Classes, []string{"ant", "bird", "cat"}) || len(info.Tensors) != 2 {
		t.Fatalf("%+v, %v", info, err)
	}
	var out bytes.Buffer
	if err := info.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"images  uint8  6×3×2×3", "3 classes of labels (label: samples)", "0: 2  1: 3  2: 1", "0 ant, 1 bird, 2 cat"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "cat", "x.png"), []byte(pngOf(t, 9, 2, 3)), 0o666); err != nil {
		t.Fatal(err)
	}
	if other, err := Info(dir); err != nil || other.SHA256 == info.SHA256 {
		t.Errorf("another picture, the same hash (%v)", err)
	}
}
