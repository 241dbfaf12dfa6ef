package idx

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

func squeeze(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func decodeString(s string) (array.Array, error) {
	return Decode("x.idx", strings.NewReader(s), int64(len(s)))
}

const images = "\x00\x00\x08\x03\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x03abcdef"

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, in string
		dtype    dtype.DType
		shape    []int
		want     []float32
	}{
		{"images", images, dtype.Uint8, []int{2, 1, 3}, []float32{97, 98, 99, 100, 101, 102}},
		{"labels", "\x00\x00\x08\x01\x00\x00\x00\x02\x07\x01", dtype.Uint8, []int{2}, []float32{7, 1}},
		{"big-endian floats", "\x00\x00\x0d\x01\x00\x00\x00\x02\x3f\x80\x00\x00\xc0\x00\x00\x00", dtype.Float32, []int{2}, []float32{1, -2}},
		{"big-endian shorts", "\x00\x00\x0b\x01\x00\x00\x00\x01\xff\xfe", dtype.Int16, []int{1}, []float32{-2}},
		{"empty", "\x00\x00\x08\x02\x00\x00\x00\x00\x00\x00\x00\x09", dtype.Uint8, []int{0, 9}, []float32{}},
	} {
		for _, in := range []string{c.in, squeeze(t, c.in)} {
			a, err := decodeString(in)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if a.DType != c.dtype || !reflect.DeepEqual(a.Shape, c.shape) || !reflect.DeepEqual(a.Float32s(), c.want) {
				t.Errorf("%s: %v %v", c.name, a, a.Float32s())
			}
		}
	}
}

func TestRefused(t *testing.T) {
	flipped := []byte(squeeze(t, images))
	flipped[len(flipped)-6] ^= 1 // in the checksum
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "0 bytes are too few"},
		{"short", "\x00\x00", "2 bytes are too few"},
		{"other", "hello", "does not begin an IDX file"},
		{"type", "\x00\x00\x07\x01\x00\x00\x00\x00", "does not begin an IDX file"},
		{"dimensions", "\x00\x00\x08\x09", "does not begin an IDX file"},
		{"cut size", "\x00\x00\x08\x02\x00\x00\x00\x02\x00", "byte 8: truncated in the size of dimension 1"},
		{"truncated", images[:len(images)-1], "byte 16: uint8 2×1×3 takes 6 bytes, and at most 5 are there"},
		{"lie", "\x00\x00\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "address space"},
		{"left over", images + "x", "byte 22: bytes are left over"},
		{"compressed lie", squeeze(t, "\x00\x00\x08\x01\x7f\xff\xff\xff"), "byte 8: uint8 2147483647 takes 2147483647 bytes"},
		{"compressed and cut inside", squeeze(t, images[:20]), "byte 16: truncated: 4 of 6 bytes are there"},
		{"checksum", string(flipped), "checksum"},
	} {
		_, err := decodeString(c.in)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x.idx: ") {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
	for _, whole := range []string{images, squeeze(t, images)} {
		for n := range whole {
			if _, err := decodeString(whole[:n]); err == nil {
				t.Errorf("the first %d of %d bytes were accepted", n, len(whole))
			}
		}
	}
}

func TestRealFiles(t *testing.T) {
	dir := os.Getenv("NOISE2SPARSE_DATA")
	if dir == "" {
		t.Skip("NOISE2SPARSE_DATA is not set: the real files are not read")
	}
	for name, want := range map[string]string{
		"t10k-images-idx3-ubyte.gz": "uint8 10000×28×28",
		"t10k-labels-idx1-ubyte.gz": "uint8 10000",
	} {
		a, err := Read(filepath.Join(dir, "mnist", name))
		if err != nil || a.String() != want {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(images))
	f.Add([]byte(squeeze(f, images)))
	f.Add([]byte("\x00\x00\x0d\x01\x00\x00\x00\x01\x3f\x80\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decodeString(string(b))
		if err == nil {
			err = a.Check()
			if err != nil {
				t.Error(err)
			}
		}
	})
}
