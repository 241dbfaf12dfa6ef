package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
)

func sample(t testing.TB) []array.Named {
	w, err := array.FromFloat32s([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	return []array.Named{
		{Name: "bytes", Array: array.Array{DType: dtype.Uint8, Shape: []int{3}, Bytes: []byte{7, 8, 9}}},
		{Name: "w", Array: w},
		{Name: "step", Array: array.Array{DType: dtype.Int64, Shape: []int{}, Bytes: []byte{5, 0, 0, 0, 0, 0, 0, 0}}},
		{Name: "a<b", Array: w},
		{Name: "none", Array: array.Array{DType: dtype.Float64, Shape: []int{0, 4}, Bytes: []byte{}}},
		{Name: "half", Array: array.Array{DType: dtype.BFloat16, Shape: []int{1}, Bytes: []byte{0x80, 0x3f}}},
	}
}

func encode(t testing.TB, named []array.Named, metadata map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, named, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(b []byte) (*File, error) {
	return Decode("f.safetensors", bytes.NewReader(b), int64(len(b)))
}

func TestRoundTrip(t *testing.T) {
	want, metadata := sample(t), map[string]string{"z": "1", "a": "quote \" and ü"}
	b := encode(t, want, metadata)
	f, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f.Metadata, metadata) || len(f.Tensors) != len(want) {
		t.Errorf("metadata %v, %d tensors", f.Metadata, len(f.Tensors))
	}
	for _, w := range want {
		a, err := f.Get(w.Name)
		if err != nil || !reflect.DeepEqual(a, w.Array) {
			t.Errorf("%s: %v %v, want %v: %v", w.Name, a, a.Bytes, w.Array, err)
		}
	}
	if _, err := f.Get("stap"); err == nil || !strings.Contains(err.Error(), `did you mean "step"?`) {
		t.Errorf("unknown name: %v", err)
	}
	// The order of the arguments must not show, and every tensor must be aligned.
	for i, j := 0, len(want)-1; i < j; i, j = i+1, j-1 {
		want[i], want[j] = want[j], want[i]
	}
	if !bytes.Equal(encode(t, want, metadata), b) {
		t.Error("the order of the arguments changes the file")
	}
	start := prefix + int(binary.LittleEndian.Uint64(b))
	if start%align != 0 {
		t.Errorf("the payload starts at byte %d", start)
	}
	for at, i := start, 0; i < len(f.Tensors); i++ {
		if a := f.Tensors[i].Array; at%a.DType.Size() != 0 {
			t.Errorf("%s of %v starts at byte %d", f.Tensors[i].Name, a.DType, at)
		}
		at += len(f.Tensors[i].Array.Bytes)
	}
}

func TestWriteRefuses(t *testing.T) {
	good := sample(t)[0]
	for _, c := range []struct {
		name string
		in   []array.Named
		want string
	}{
		{"twice", []array.Named{good, good}, "the name is taken"},
		{"reserved", []array.Named{{Name: "__metadata__", Array: good.Array}}, "the name is taken"},
		{"size", []array.Named{{Name: "x", Array: array.Array{DType: dtype.Uint8, Shape: []int{4}, Bytes: []byte{1}}}}, "needs 4 bytes and has 1"},
		{"name", []array.Named{{Name: "\xff", Array: good.Array}}, "UTF-8"},
	} {
		var b bytes.Buffer
		err := Write(&b, c.in, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes written", c.name, err, b.Len())
		}
	}
	full := errors.New("disk full")
	if err := Write(failing{full}, []array.Named{good}, nil); !errors.Is(err, full) {
		t.Errorf("a failing writer: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func file(header, payload string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), payload...)
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"empty", nil, "too few"},
		{"declared header too long", binary.LittleEndian.AppendUint64(nil, 1<<40), "a header of 1099511627776 bytes"},
		{"negative header", binary.LittleEndian.AppendUint64(nil, 1<<63), "truncated, corrupt, or not safetensors"},
		{"not JSON", file("hello", ""), "not a JSON object"},
		{"cut JSON", file(`{"a":`, ""), `"a"`},
		{"twice", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xy"), `"a" is there twice`},
		{"overlap", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, "xyz"), `"b" begins at byte 1`},
		{"gap", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, "xyz"), "a gap"},
		{"unclaimed bytes", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "xyz"), "end at byte 1 of a payload of 3"},
		{"beyond the end", file(`{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}`, "xyz"), "outside the payload of 3"},
		{"backwards", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, "xyz"), "outside the payload"},
		{"negative", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}`, "xyz"), "outside the payload"},
		{"wrong size", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}}`, "xyz"), "takes 4 bytes, and its offsets give it 3"},
		{"overflowing shape", file(`{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""), "address space"},
		{"negative shape", file(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}`, ""), "negative dimension"},
		{"element type", file(`{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}`, "x"), `element type "F8_E4M3" is not supported`},
		{"unknown field", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}`, "x"), `unknown field "x"`},
		{"no shape", file(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`, "x"), "needs a shape"},
		{"metadata", file(`{"__metadata__":{"a":1}}`, ""), "__metadata__"},
		{"trailing", file(`{}x`, ""), "byte 10: something follows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "f.safetensors: ") {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestTruncationIsAnError(t *testing.T) {
	b := encode(t, sample(t), nil)
	for n := range b {
		if _, err := decode(b[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(b))
		}
	}
	// A file that shrinks while it is read.
	if _, err := Decode("f", bytes.NewReader(b[:len(b)-1]), int64(len(b))); err == nil {
		t.Error("a shrinking file was accepted")
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(path, encode(t, sample(t), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil || !f.Has("w") || f.Has("v") {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := Read(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, sample(f), map[string]string{"a": "b"}))
	f.Add(file(`{}`, ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := decode(b)
		if err != nil {
			return
		}
		for _, a := range x.Tensors {
			if err := a.Array.Check(); err != nil {
				t.Errorf("%s: %v", a.Name, err)
			}
		}
		var out bytes.Buffer
		if err := Write(&out, x.Tensors, x.Metadata); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		y, err := decode(out.Bytes())
		if err != nil || len(y.Tensors) != len(x.Tensors) {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
