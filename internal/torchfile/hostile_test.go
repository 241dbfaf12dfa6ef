package torchfile

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// archive is a zip file as torch.save lays it out, around a pickle and one storage of 8 floats.
func archive(t *testing.T, pkl string, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, data []byte) {
		h := &zip.FileHeader{Name: name, Method: method}
		create := z.CreateHeader
		if method == zip.Store { // sizes before the content, as torch.save writes them
			h.CRC32 = crc32.ChecksumIEEE(data)
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(data)), uint64(len(data))
			create = z.CreateRaw
		}
		w, err := create(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	add("a/data.pkl", []byte(pkl))
	add("a/data/0", make([]byte, 32))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tensorPickle describes a view of a storage of n floats.
func tensorPickle(n int64, offset, shape, strides string) string {
	num := func(n int64) string {
		b := make([]byte, 10)
		b[0], b[1] = 0x8a, 8
		for i := range 8 {
			b[2+i] = byte(n >> (8 * i))
		}
		return string(b)
	}
	list := func(s string) string {
		out := "("
		for _, f := range strings.Fields(s) {
			v, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				panic(err)
			}
			out += num(v)
		}
		return out + "t"
	}
	o, _ := strconv.ParseInt(offset, 10, 64)
	return "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" +
		num(n) + "tQ" + num(o) + list(shape) + list(strides) + "\x89NtR"
}

func TestViewsAndLies(t *testing.T) {
	const max = "9223372036854775807"
	for _, c := range []struct {
		name                   string
		n                      int64
		offset, shape, strides string
		want                   string // in the error; "" for none
	}{
		{"whole", 8, "0", "2 4", "4 1", ""},
		{"part", 8, "1", "2 3", "4 1", ""},
		{"empty at the end", 8, "8", "0 5", "5 1", ""},
		{"one too far", 8, "1", "2 4", "4 1", "reaches outside its storage of 8"},
		{"stride too far", 8, "0", "2 2", "8 1", "reaches outside"},
		{"negative stride", 8, "7", "8", "-1", "negative stride -1"},
		{"negative size", 8, "0", "-8", "1", "negative dimension"},
		{"negative offset", 8, "-1", "1", "1", "reaches outside"},
		{"overflowing stride", 8, "0", "3 3", max + " " + max, "reaches outside"},
		{"overflowing size", 8, "0", max + " " + max, "0 0", "address space"},
		{"sizes without strides", 8, "0", "2 4", "1", "2 sizes and 1 strides"},
		{"storage longer than it is", 1 << 40, "0", "1099511627776", "1", "has 32 bytes where 4398046511104 are declared"},
		{"storage of negative length", -1, "0", "0", "1", "has -1 elements"},
		{"expanded beyond reason", 8, "0", "1000000 1000000", "0 0", "an expanded view of 4000000000000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := loadAll(archive(t, "\x80\x02"+tensorPickle(c.n, c.offset, c.shape, c.strides)+".", zip.Store))
			if c.want == "" {
				if err != nil || len(all) != 1 || all[0].Array.Check() != nil {
					t.Errorf("%v, %v", all, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestHostileContainers(t *testing.T) {
	// Thirty lists, each with the one before it twice: 2^30 ways to one tensor.
	laughs := tensorPickle(8, "0", "8", "1") + "q\x00"
	for i := range 30 {
		laughs += "0](h" + string(rune(i)) + "h" + string(rune(i)) + "eq" + string(rune(i+1))
	}
	for _, c := range []struct{ name, pkl, want string }{
		{"a list in itself", "]q\x00h\x00a", "nested deeper"},
		{"a million laughs", laughs, "more than"},
		{"a module", "(X\x06\x00\x00\x00moduleNNNNtQ", "a whole module"},
		{"os.system", "cposix\nsystem\nX\x02\x00\x00\x00ls\x85R", "class posix.system is not allowed"},
		{"storage of no class", "(X\x07\x00\x00\x00storageNX\x01\x00\x00\x000NK\x01tQ", "not a storage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadAll(archive(t, "\x80\x02"+c.pkl+".", zip.Store))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestCompressedArchiveIsRefused(t *testing.T) {
	_, err := loadAll(archive(t, "\x80\x02N.", zip.Deflate))
	if err == nil || !strings.Contains(err.Error(), "is compressed") {
		t.Errorf("error %v", err)
	}
}

func TestNamesThatLeadOut(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"a/data.pkl", "../../a/data/0"} {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := loadAll(b.Bytes()); err == nil || !strings.Contains(err.Error(), `entry "../../a/data/0" leads out of the archive`) {
		t.Errorf("error %v", err)
	}
}

// The published files: a tuple in float16, and a state dict of 121 tensors.
func TestRealFiles(t *testing.T) {
	dir := os.Getenv("NOISE2SPARSE_DATA")
	if dir == "" {
		t.Skip("NOISE2SPARSE_DATA is not set: the real files are not read")
	}
	for _, c := range []struct {
		path   string
		n      int
		tensor string
		shape  string
	}{
		{"cifar10-latents/all_data_test.pt", 2, "0", "float16 10000×256"},
		{"cifar10-latents/all_data_test.pt", 2, "1", "int64 10000"},
		{"convmixer_imagenet32_state_dict.pt", 121, "features.0.weight", "float32 256×3×2×2"},
	} {
		f, err := Open(filepath.Join(dir, c.path))
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Tensors) != c.n {
			t.Errorf("%s: %d tensors, want %d", c.path, len(f.Tensors), c.n)
		}
		found := false
		for _, x := range f.Tensors {
			a, err := f.Load(x)
			if err != nil {
				t.Fatal(err)
			}
			found = found || x.Name == c.tensor && a.String() == c.shape
		}
		if !found {
			t.Errorf("%s: no tensor %q of %s", c.path, c.tensor, c.shape)
		}
		f.Close()
	}
}
