package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"sync"
	"testing"

	"noise2sparse/internal/bounded"
)

// pngOf is a picture of h × w whose pixels are (10 v, 10 v + 1, 10 v + 2).
func pngOf(t testing.TB, v, h, w int) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range h * w {
		m.Set(i%w, i/w, color.NRGBA{uint8(10 * v), uint8(10*v + 1), uint8(10*v + 2), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tree writes files below a new folder.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tarOf writes files into an archive, which is compressed where its name says so.
func tarOf(t testing.TB, path string, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Sort(sort.Reverse(sort.StringSlice(names))) // no order that a reader may rely on
	for _, n := range names {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: n, Size: int64(len(files[n])), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[n])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := b.Bytes()
	if strings.HasSuffix(path, "gz") {
		var z bytes.Buffer
		g := gzip.NewWriter(&z)
		if _, err := g.Write(out); err != nil {
			t.Fatal(err)
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		out = z.Bytes()
	}
	if err := os.WriteFile(path, out, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// animals are three classes of 3, 1 and 2 pictures of 2 × 3 pixels, each of a value of its own.
func animals(t testing.TB) map[string]string {
	return map[string]string{
		"bird/a.png": pngOf(t, 1, 2, 3), "bird/b.PNG": pngOf(t, 2, 2, 3), "bird/deep/c.png": pngOf(t, 3, 2, 3),
		"cat/x.png": pngOf(t, 4, 2, 3), "ant/1.png": pngOf(t, 5, 2, 3), "ant/2.png": pngOf(t, 6, 2, 3),
		"README.txt": "not a picture", ".hidden/z.png": "neither", "cat/._x.png": "nor this",
	}
}

// firsts are the first values of the rows, divided by 10.
func firsts(s Split) []int {
	var out []int
	for i := range s.Len() {
		out = append(out, int(s.X.Row(i)[0])/10)
	}
	return out
}

func TestPicturesOfFolderAndArchives(t *testing.T) {
	t.Setenv(EnvCache, t.TempDir())
	files := animals(t)
	above := map[string]string{} // the same below common folders
	for n, c := range files {
		if !strings.HasPrefix(n, ".") && n != "README.txt" {
			above["./photos/train/"+n] = c
		}
	}
	dir := t.TempDir()
	hash := ""
	for _, path := range []string{
		tree(t, files), tree(t, above), tarOf(t, filepath.Join(dir, "a.tar"), above),
		tarOf(t, filepath.Join(dir, "b.tar.gz"), above), tarOf(t, filepath.Join(dir, "c.tgz"), above),
	} {
		for _, cached := range []bool{false, true} {
			d, err := Load(Options{Name: path})
			if err != nil {
				t.Fatal(err)
			}
			// Classes ant, bird, cat in turn; the last of six pictures is held out.
			if d.Train.X.String() != "uint8 5×3×2×3" || !reflect.DeepEqual(firsts(d.Train), []int{5, 1, 4, 6, 2}) ||
				!reflect.DeepEqual(d.Train.Labels, []int32{0, 1, 2, 0, 1}) || !reflect.DeepEqual(firsts(d.Val), []int{3}) || d.Classes != 3 {
				t.Errorf("%s (cached: %v): %v, first values %v, labels %v", path, cached, d, firsts(d.Train), d.Train.Labels)
			}
			if row := d.Train.X.Row(0); string(row) != strings.Repeat("\x32", 6)+strings.Repeat("\x33", 6)+strings.Repeat("\x34", 6) {
				t.Errorf("%s: the planes of row 0 are % x", path, row)
			}
			if hash == "" {
				hash = d.SHA256()
			} else if hash != d.SHA256() {
				t.Errorf("%s (cached: %v) has another hash", path, cached)
			}
		}
	}
	grey, err := Load(Options{Name: filepath.Join(dir, "a.tar"), Params: map[string]float64{"channels": 1}})
	if err != nil || grey.Train.X.String() != "uint8 5×1×2×3" || grey.Train.X.Row(0)[0] != 51 {
		t.Errorf("grey: %v, %v", grey, err)
	}
	if _, err := Load(Options{Name: dir, Params: map[string]float64{"channels": 2}}); err == nil || !strings.Contains(err.Error(), "give 1 (grey) or 3") {
		t.Errorf("2 channels: %v", err)
	}
}

func TestPictureSplits(t *testing.T) {
	t.Setenv(EnvCache, "none")
	both := map[string]string{}
	for n, c := range animals(t) {
		both["train/"+n] = c
	}
	both["val/cat/1.png"], both["val/bird/1.png"] = pngOf(t, 7, 2, 3), pngOf(t, 8, 2, 3) // no ant
	both["test/zebra/1.png"] = pngOf(t, 9, 2, 3)                                         // val is there: not looked at
	dir := tree(t, both)
	for _, o := range []Options{
		{Name: dir},
		{Name: tarOf(t, filepath.Join(t.TempDir(), "all.tar"), both)},
		{Name: tree(t, without(both, "test/")) + "/train"}, // val lies beside it
		{Name: "imagefolder", Dir: tree(t, prefixed("imagefolder/", both))},
	} {
		d, err := Load(o)
		if err != nil {
			t.Fatal(err)
		}
		val := map[int]int32{}
		for i, v := range firsts(d.Val) {
			val[v] = d.Val.Labels[i]
		}
		want := map[int]int32{7: 2, 8: 1}
		if d.Train.Len() != 6 || !reflect.DeepEqual(val, want) {
			t.Errorf("%s: %v; validation labels %v, want %v", o.Name, d, val, want)
		}
	}
	delete(both, "val/cat/1.png")
	both["val/yak/1.png"] = pngOf(t, 7, 2, 3)
	if _, err := Load(Options{Name: tree(t, both)}); err == nil || !strings.Contains(err.Error(), `class "yak" is none of the training pictures' (ant, bird, cat)`) {
		t.Errorf("a new class in the validation pictures: %v", err)
	}
	loose := map[string]string{"1.png": pngOf(t, 1, 2, 2), "2.png": pngOf(t, 2, 2, 2), "3.png": pngOf(t, 3, 2, 2)}
	d, err := Load(Options{Name: tree(t, loose)})
	if err != nil || d.Train.Labels != nil || d.Train.Len() != 2 {
		t.Errorf("pictures without class folders: %v, %v", d, err)
	}
}

// without leaves out the files below a folder.
func without(files map[string]string, prefix string) map[string]string {
	out := map[string]string{}
	for n, c := range files {
		if !strings.HasPrefix(n, prefix) {
			out[n] = c
		}
	}
	return out
}

// prefixed puts files below a folder.
func prefixed(prefix string, files map[string]string) map[string]string {
	out := map[string]string{}
	for n, c := range files {
		out[prefix+n] = c
	}
	return out
}

func TestPicturesRefused(t *testing.T) {
	t.Setenv(EnvCache, "none")
	small := pngOf(t, 1, 2, 3)
	var j bytes.Buffer
	if err := jpeg.Encode(&j, image.NewGray(image.Rect(0, 0, 3, 2)), nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"sizes":     {map[string]string{"a/1.png": small, "a/2.png": pngOf(t, 1, 3, 3)}, []string{"a/", "×3 pixels where the first picture has "}},
		"broken":    {map[string]string{"a/1.png": small, "a/2.jpg": j.String()[:100]}, []string{"a/2.jpg", "byte"}},
		"not one":   {map[string]string{"a/1.png": small, "a/2.png": "hello, this is text"}, []string{"a/2.png", "byte 0: neither JPEG nor PNG"}},
		"no header": {map[string]string{"a/1.png": ""}, []string{"a/1.png", "neither JPEG nor PNG"}},
		"format":    {map[string]string{"a/1.png": small, "a/2.webp": "x"}, []string{"a/2.webp", "convert them to PNG or JPEG"}},
		"loose":     {map[string]string{"a/1.png": small, "b/2.png": small, "1.png": small}, []string{"1.png lies beside class folders"}},
		"none":      {map[string]string{"a.txt": "x"}, []string{"no pictures (.jpg, .jpeg, .png) in it"}},
		"one":       {map[string]string{"a/1.png": small}, []string{"1 samples are too few"}},
	} {
		folder := tree(t, c.files)
		archive := tarOf(t, filepath.Join(t.TempDir(), "x.tar"), c.files)
		packed := tarOf(t, filepath.Join(t.TempDir(), "x.tar.gz"), c.files)
		for _, path := range []string{folder, archive, packed} {
			_, err := Load(Options{Name: path})
			for _, want := range append(c.want, path) {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %s: %v; want %q in it", name, filepath.Base(path), err, want)
				}
			}
			if path != folder && name == "not one" && !strings.Contains(fmt.Sprint(err), `entry "a/2.png" at byte`) {
				t.Errorf("no offset: %v", err)
			}
		}
	}
	twice := filepath.Join(t.TempDir(), "twice.tar")
	a, err := os.ReadFile(tarOf(t, twice, map[string]string{"a/1.png": small}))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(twice, append(a[:len(a)-1024], a...), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Options{Name: twice}); err == nil || !strings.Contains(err.Error(), "a file of this name already") {
		t.Errorf("a name twice: %v", err)
	}
	t.Setenv(bounded.EnvLimit, "1KiB")
	many := map[string]string{}
	for i := range 80 {
		many[fmt.Sprintf("a/%02d.png", i)] = small
	}
	if _, err := Load(Options{Name: tree(t, many)}); err == nil || !strings.Contains(err.Error(), "80 pictures of 2×3 takes 1440 bytes unpacked, more than 1024") {
		t.Errorf("beyond the limit: %v", err)
	}
}

func TestPictureCache(t *testing.T) {
	cache := t.TempDir()
	t.Setenv(EnvCache, cache)
	dir := tree(t, animals(t))
	load := func() *Dataset {
		t.Helper()
		d, err := Load(Options{Name: dir})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	kept := func() []string {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(cache, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	hash := load().SHA256()
	first := kept()
	if len(first) != 1 {
		t.Fatalf("kept %v", first)
	}
	// A damaged file is made anew, wherever the damage is.
	whole, err := os.ReadFile(first[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{3, 40, len(whole) / 2, len(whole) - 1} {
		bad := bytes.Clone(whole)
		bad[at] ^= 0x20
		if err := os.WriteFile(first[0], bad, 0o666); err != nil {
			t.Fatal(err)
		}
		if load().SHA256() != hash {
			t.Errorf("byte %d of the cache was changed, and so was the dataset", at)
		}
		if now, err := os.ReadFile(first[0]); err != nil || !bytes.Equal(now, whole) {
			t.Errorf("byte %d of the cache was changed, and it was not made anew (%v)", at, err)
		}
	}
	// A picture of the same name, size and time, but with other contents, is another dataset.
	p := filepath.Join(dir, "cat", "x.png")
	info, err := os.Stat(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(pngOf(t, 9, 2, 3)), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(p, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if d := load(); d.SHA256() == hash || firsts(d.Train)[2] != 9 {
		t.Errorf("the cache is stale: %v", firsts(d.Train))
	}
	if n := len(kept()); n != 2 {
		t.Errorf("%d files are kept", n)
	}
	// Many at once, into an empty cache.
	t.Setenv(EnvCache, filepath.Join(cache, "new"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if d, err := Load(Options{Name: dir}); err != nil || d.Train.Len() != 5 {
				t.Errorf("%v, %v", d, err)
			}
		})
	}
	wg.Wait()
	if names, err := os.ReadDir(filepath.Join(cache, "new")); err != nil || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
	// A cache that can't be written is no error.
	t.Setenv(EnvCache, filepath.Join(first[0], "below a file"))
	load()
}

func TestRealPictures(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: other tests decode pictures in several goroutines too, but few")
	}
	dir := os.Getenv(EnvDir)
	if dir == "" {
		t.Skip(EnvDir + " is not set: the real pictures are not read")
	}
	t.Setenv(EnvCache, "none")
	d, err := Load(Options{Dir: dir, Name: "cifar10"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Len() < 20000 || d.Val.Len() != 10000 || d.Classes != 10 || *d.Image != (Image{3, 32, 32}) || len(d.Mean) != 3 {
		t.Errorf("%v", d)
	}
	for i, l := range d.Train.Labels[:100] {
		if d.Train.Len() == 20000 && int(l) != i%10 {
			t.Fatalf("label %d in row %d: the classes do not take turns", l, i)
		}
	}
}
