package numpickle

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/pickle"
)

// Pieces of pickles, by the instructions of protocol 2.
const (
	begin  = "\x80\x02"
	make0  = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R" // an array without contents
	u1     = "cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
	fourBE = "cnumpy\ndtype\nU\x02i2K\x00K\x01\x87R(K\x03U\x01>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
)

// built is an array of shape (a short tuple's instructions), type, order and elements.
func built(shape, typ, fortran, elements string) string {
	return make0 + "(K\x01" + shape + typ + fortran + elements + "tb"
}

func decode(s string) (any, error) { return Decode("x.pkl", strings.NewReader(s), int64(len(s))) }

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want string
	}{
		"bytes":      {built("K\x02K\x02\x86", u1, "\x89", "U\x04abcd"), "uint8 2×2 [97 98 99 100]"},
		"fortran":    {built("K\x02K\x02\x86", u1, "\x88", "U\x04abcd"), "uint8 2×2 [97 99 98 100]"},
		"old bools":  {built("K\x02\x85", u1, "K\x00", "U\x02ab"), "uint8 2 [97 98]"},
		"big endian": {built("K\x02\x85", fourBE, "\x89", "U\x04\x00\x01\xff\xfe"), "int16 2 [1 -2]"},
		"empty":      {built("K\x00\x85", u1, "\x89", "U\x00"), "uint8 0 []"},
	} {
		v, err := decode(begin + c.in + ".")
		a, ok := v.(array.Array)
		if !ok || fmt.Sprintf("%v %v", a, a.Float32s()) != c.want {
			t.Errorf("%s: %v, %v; want %s", name, v, err, c.want)
		}
	}
	// Two arrays of the same big-endian bytes are both right.
	one := built("K\x01\x85", fourBE, "\x89", "h\x00")
	v, err := decode(begin + "U\x02\xff\x01q\x00" + one + one + "\x87.")
	tuple, ok := v.(pickle.Tuple)
	if err != nil || !ok || len(tuple) != 3 {
		t.Fatalf("%v, %v", v, err)
	}
	for i, e := range tuple[1:] {
		if a, ok := e.(array.Array); !ok || a.Float64(0) != -255 {
			t.Errorf("array %d is %v", i, e)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":            {"", "truncated"},
		"text":             {"hello", "byte 0 of the pickle: starts with 0x68"},
		"protocol":         {"\x80\x01.", "protocol 1; 2 to 5 are read"},
		"reduce":           {begin + "cos\nsystem\nU\x04exit\x85R.", "byte 2 of the pickle: class os.system is not allowed: only numpy arrays"},
		"eval":             {begin + "c__builtin__\neval\nU\x011\x85R.", "class __builtin__.eval is not allowed"},
		"object":           {begin + "ccopyreg\n_reconstructor\n.", "class copyreg._reconstructor is not allowed"},
		"left over":        {begin + "K\x01.x", "byte 5: 1 bytes are left over after the pickle"},
		"without contents": {begin + make0 + ".", "an array without contents"},
		"too few":          {begin + built("K\x09\x85", u1, "\x89", "U\x04abcd") + ".", "uint8 9 takes 9 bytes, and its elements are 4"},
		"negative":         {begin + built("J\xff\xff\xff\xff\x85", u1, "\x89", "U\x00") + ".", "size -1 in the shape"},
		"overflow":         {begin + built("J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87", u1, "\x89", "U\x00") + ".", "does not fit the address space"},
		"objects":          {begin + built("K\x01\x85", strings.Replace(u1, "u1", "O8", 1), "\x89", "]K\x01a") + ".", "an array of Python objects"},
		"records":          {begin + built("K\x01\x85", strings.Replace(u1, "u1", "V9", 1), "\x89", "U\x01a") + ".", "element type"},
		"list elements":    {begin + built("K\x01\x85", u1, "\x89", "]K\x01a") + ".", "a list where an array's elements belong"},
		"no type":          {begin + built("K\x01\x85", "N", "\x89", "U\x01a") + ".", "a None where an element type belongs"},
		"contains itself":  {begin + "]q\x00h\x00a.", "nested deeper than 16"},
		"outside":          {begin + "K\x01Q.", "refers to an object outside the pickle"},
		"out of band":      {"\x80\x05\x97.", "instruction 0x97 is not supported"},
	} {
		if v, err := decode(c.in); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x.pkl: ") {
			t.Errorf("%s: %v, %v; want %q", name, v, err, c.want)
		}
	}
}

// Small files whose contents are used again and again cost no more than files that have them.
func TestMemory(t *testing.T) {
	long := "X\x00\x00\x10\x00" + strings.Repeat("a", 1<<20) + "q\x00"                   // a string of 1 MiB, kept
	again := strings.Repeat("c_codecs\nencode\nh\x00U\x06latin1\x86R", 200)              // 200 MiB of bytes
	arrays := strings.Repeat(built("J\x00\x00\x10\x00\x85", u1, "\x89", "h\x00"), 200)   // 200 MiB of arrays, shared
	bigEnd := strings.Repeat(built("J\x00\x00\x08\x00\x85", fourBE, "\x89", "h\x00"), 9) // 9 MiB, each swapped
	nested := begin + "(]q\x00"
	for i := range 14 { // lists of 50 times the list before: 50^14 values
		nested += "](" + strings.Repeat("h"+string([]byte{byte(i)}), 50) + "eq" + string([]byte{byte(i + 1)})
	}
	for name, in := range map[string]string{
		"encode": begin + long + "(" + again + "t.", "arrays": begin + long + "(" + arrays + "t.",
		"swapped": begin + long + "(" + bigEnd + "t.", "nested": nested + "t.",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decode(in)
		runtime.ReadMemStats(&after)
		grown := after.TotalAlloc - before.TotalAlloc
		if err == nil || !strings.Contains(err.Error(), "repeats its contents") && !strings.Contains(err.Error(), "more than") || grown > 8<<20 {
			t.Errorf("%s: %d bytes allocated for %d, error %v", name, grown, len(in), err)
		}
	}
}

func TestNamedAndInts(t *testing.T) {
	in := begin + "}(U\x01x" + built("K\x02\x85", u1, "\x89", "U\x02ab") + "U\x01y](K\x05K\x06eU\x05names](U\x01aU\x01beK\x03" + built("K\x01\x85", u1, "\x89", "U\x01c") + "u."
	v, err := decode(in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range Named(v) {
		got = append(got, fmt.Sprintf("%s %v %v", n.Name, n.Array, n.Array.Float32s()))
	}
	if want := []string{"x uint8 2 [97 98]", "y int64 2 [5 6]", "3 uint8 1 [99]"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := Ints(&pickle.List{Items: []any{int64(1), "x"}}); err == nil || !strings.Contains(err.Error(), "a string in place 1") {
		t.Error(err)
	}
	if _, err := Ints(nil); err == nil {
		t.Error("None is a list of numbers")
	}
}

func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("..", "cifar", "testdata", "*.gz"))
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			f.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(begin + built("K\x02K\x02\x86", u1, "\x88", "U\x04abcd") + "."))
	f.Add([]byte(begin + built("K\x02\x85", fourBE, "\x89", "U\x04\x00\x01\xff\xfe") + "."))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Decode("x", bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, n := range Named(v) {
			if err := n.Array.Check(); err != nil {
				t.Error(err)
			}
		}
	})
}
