package npy

import (
	"archive/zip"
	"bytes"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/bounded"
	"noise2sparse/internal/dtype"
)

// file is a .npy file of version 1 with that header.
func file(header, elements string) string {
	return Magic + "\x01\x00" + string([]byte{byte(len(header)), byte(len(header) >> 8)}) + header + elements
}

func decodeString(s string) (array.Array, error) {
	return Decode("x.npy", strings.NewReader(s), int64(len(s)))
}

func TestDecode(t *testing.T) {
	const little = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }"
	for _, c := range []struct {
		name, in string
		dtype    dtype.DType
		shape    []int
		want     []float32
	}{
		{"little endian", file(little+"   \n", "\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x00"), dtype.Int16, []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}},
		{"version 2", Magic + "\x02\x00" + string([]byte{byte(len(little)), 0, 0, 0}) + little + "\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x00", dtype.Int16, []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}},
		{"big endian", file("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "\x3f\x80\x00\x00\xc0\x00\x00\x00"), dtype.Float32, []int{2}, []float32{1, -2}},
		{"Fortran order", file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", "\x01\x04\x02\x05\x03\x06"), dtype.Uint8, []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}},
		{"Fortran order, three axes", file("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 1, 2)}", "\x01\x03\x02\x04"), dtype.Int8, []int{2, 1, 2}, []float32{1, 2, 3, 4}},
		{"scalar", file("{'descr': '|b1', 'fortran_order': False, 'shape': ()}", "\x01"), dtype.Bool, []int{}, []float32{1}},
		{"empty", file("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4)}", ""), dtype.Float64, []int{0, 4}, []float32{}},
		{"Python 2", file(`{"shape": (1L,), "descr": "<f2", "fortran_order": False}`, "\x00\x3c"), dtype.Float16, []int{1}, []float32{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := decodeString(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if a.DType != c.dtype || !reflect.DeepEqual(a.Shape, c.shape) || !reflect.DeepEqual(a.Float32s(), c.want) {
				t.Errorf("%v %v, want %v %v %v", a, a.Float32s(), c.dtype, c.shape, c.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	const rest = "'fortran_order': False, 'shape': (2,)}"
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "not a .npy file"},
		{"other file", "PK\x03\x04 something", "not a .npy file"},
		{"version 9", Magic + "\x09\x00\x00\x00", "version 9.0"},
		{"long header", Magic + "\x02\x00\xff\xff\xff\xff", "a header of 4294967295 bytes"},
		{"cut header", Magic + "\x01\x00\x50\x00{'descr'", "header: truncated"},
		{"objects", file("{'descr': '|O', "+rest, "ab"), "Python objects (a pickle)"},
		{"records", file("{'descr': [('a', '<f4')], "+rest, "ab"), "records of named fields"},
		{"complex", file("{'descr': '<c8', "+rest, "ab"), `element type "<c8" is not read`},
		{"byte order", file("{'descr': '=f4', "+rest, "ab"), "byte order"},
		{"no dict", file("hello", ""), "not a dict"},
		{"code", file("{'descr': __import__('os'), "+rest, ""), "a string is missing"},
		{"missing key", file("{'descr': '<f4'}", ""), "needs descr, fortran_order and shape"},
		{"extra key", file("{'x': '<f4'}", ""), "unknown key"},
		{"negative size", file("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}", ""), "not a tuple of sizes"},
		{"overflow", file("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", ""), "address space"},
		{"truncated", file("{'descr': '<f4', "+rest, "abcdefg"), "takes 8 bytes and 7 are there: it is truncated"},
		{"left over", file("{'descr': '<f4', "+rest, "abcdefghi"), "left over"},
		{"lie", file("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}", "abcd"), "takes 4000000000000 bytes and 4 are there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decodeString(c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x.npy: byte ") {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

// The expected bytes are numpy 2's: np.save of np.arange(6, dtype=np.float32).reshape(2, 3).
func TestWriteAsNumpyDoes(t *testing.T) {
	a, _ := array.FromFloat32s([]float32{0, 1, 2, 3, 4, 5}, 2, 3)
	var b bytes.Buffer
	if err := Write(&b, a); err != nil {
		t.Fatal(err)
	}
	head := Magic + "\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
	head += strings.Repeat(" ", 127-len(head)) + "\n"
	if got := b.String(); got[:128] != head || got[128:] != string(a.Bytes) {
		t.Errorf("wrote %q", got)
	}
}

func TestWriteRoundTrip(t *testing.T) {
	for _, shape := range [][]int{{}, {6}, {2, 3}, {1, 2, 3}, {0, 2}} {
		for _, d := range []dtype.DType{dtype.Float16, dtype.Float64, dtype.Uint8, dtype.Int64, dtype.Bool} {
			a, err := array.New(d, shape...)
			if err != nil {
				t.Fatal(err)
			}
			for i := range a.Bytes {
				a.Bytes[i] = byte(i)
			}
			var b bytes.Buffer
			if err := Write(&b, a); err != nil {
				t.Fatal(err)
			}
			got, err := decodeString(b.String())
			if err != nil || got.String() != a.String() || !bytes.Equal(got.Bytes, a.Bytes) {
				t.Errorf("%v: got %v, %v", a, got, err)
			}
		}
	}
	if err := Write(&bytes.Buffer{}, array.Array{DType: dtype.BFloat16, Shape: []int{1}, Bytes: []byte{0, 0}}); err == nil {
		t.Error("bfloat16 was written")
	}
}

func archive(t testing.TB, method uint16, entries map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZip(t *testing.T) {
	x := file("{'descr': '|u1', 'fortran_order': False, 'shape': (3000,)}", strings.Repeat("a", 3000))
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		b := archive(t, method, map[string]string{"x.npy": x})
		all, err := DecodeZip("f.npz", bytes.NewReader(b), int64(len(b)))
		if err != nil || len(all) != 1 || all[0].Name != "x" || all[0].Array.Len() != 3000 {
			t.Fatalf("method %d: %v, %v", method, all, err)
		}
		for n := range b {
			if _, err := DecodeZip("f.npz", bytes.NewReader(b[:n]), int64(n)); err == nil {
				t.Fatalf("method %d: the first %d of %d bytes were accepted", method, n, len(b))
			}
		}
	}
	for name, c := range map[string]struct {
		entries map[string]string
		want    string
	}{
		"foreign entry": {map[string]string{"a.txt": "x"}, "entry a.txt is not a .npy array"},
		"up":            {map[string]string{"../x.npy": x}, `entry "../x.npy" leads out of the archive`},
		"absolute":      {map[string]string{"/etc/x.npy": x}, `entry "/etc/x.npy" leads out of the archive`},
		"bad entry":     {map[string]string{"a.npy": "x"}, "entry a.npy: byte 0: not a .npy file"},
	} {
		b := archive(t, zip.Store, c.entries)
		if _, err := DecodeZip("f.npz", bytes.NewReader(b), int64(len(b))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := archive(t, zip.Store, map[string]string{"x.npy": x})
	b[2000] ^= 1
	if _, err := DecodeZip("f.npz", bytes.NewReader(b), int64(len(b))); err == nil || !strings.Contains(err.Error(), "checksum mismatch") {
		t.Errorf("a flipped byte: %v", err)
	}
}

// What unpacks to more than the limit is refused by its declared size, before any of it is there; entries
// count together.
func TestZipBomb(t *testing.T) {
	t.Setenv(bounded.EnvLimit, "3MiB")
	mib := file("{'descr': '|u1', 'fortran_order': False, 'shape': (1048576,)}", strings.Repeat("a", 1<<20))
	bomb := archive(t, zip.Deflate, map[string]string{"a.npy": mib, "b.npy": mib, "c.npy": mib, "d.npy": mib})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := DecodeZip("f.npz", bytes.NewReader(bomb), int64(len(bomb)))
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "more than 3145728; if that is meant, raise the limit with "+bounded.EnvLimit) {
		t.Errorf("4 MiB within 3: %v", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 { // two arrays, in doubling steps
		t.Errorf("%d bytes allocated for a file of %d", grown, len(bomb))
	}
	stored := archive(t, zip.Store, map[string]string{"a.npy": mib, "b.npy": mib, "c.npy": mib, "d.npy": mib})
	if _, err := DecodeZip("f.npz", bytes.NewReader(stored), int64(len(stored))); err != nil {
		t.Errorf("what is not compressed has no limit but the file's size: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(file("{'descr': '<i2', 'fortran_order': True, 'shape': (1, 3), }", "\x01\x00\x02\x00\x03\x00")))
	f.Add([]byte(file("{'descr': '>f4', 'fortran_order': False, 'shape': (), }", "\x01\x00\x02\x00")))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decodeString(string(b))
		if err != nil {
			return
		}
		if err := a.Check(); err != nil {
			t.Error(err)
		}
		var out bytes.Buffer
		if err := Write(&out, a); err != nil {
			t.Fatal(err)
		}
		if c, err := decodeString(out.String()); err != nil || !bytes.Equal(c.Bytes, a.Bytes) {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}

func FuzzDecodeZip(f *testing.F) {
	x := file("{'descr': '|u1', 'fortran_order': False, 'shape': (30,)}", strings.Repeat("a", 30))
	f.Add(archive(f, zip.Store, map[string]string{"x.npy": x}))
	f.Add(archive(f, zip.Deflate, map[string]string{"x.npy": x, "y.npy": x}))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := DecodeZip("f.npz", bytes.NewReader(b), int64(len(b)))
		for _, a := range all {
			if err == nil && a.Array.Check() != nil {
				t.Error(a.Array.Check())
			}
		}
	})
}
