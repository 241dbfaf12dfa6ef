package cifar

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// record is image i of a binary batch, with labels before it.
func record(i int, labels ...byte) string {
	b := append([]byte{}, labels...)
	for j := range Pixels {
		b = append(b, byte(7*(i*Pixels+j)+3))
	}
	return string(b)
}

// pixels are those of n images, by the same formula.
func pixels(n int) []byte {
	b := make([]byte, n*Pixels)
	for i := range b {
		b[i] = byte(7*i + 3)
	}
	return b
}

func TestBinary(t *testing.T) {
	ten := record(0, 6) + record(1, 9) + record(2, 2)
	b, err := DecodeBinary("a.bin", []byte(ten), CIFAR10)
	check(t, "CIFAR-10", b, err, []int32{6, 9, 2}, nil)
	hundred := record(0, 19, 99) + record(1, 0, 0) + record(2, 1, 5)
	b, err = DecodeBinary("a.bin", []byte(hundred), CIFAR100)
	check(t, "CIFAR-100", b, err, []int32{99, 0, 5}, []int32{19, 0, 1})
	for text, want := range map[string]Kind{ten: CIFAR10, hundred: CIFAR100} {
		if k, err := Guess(strings.NewReader(text), int64(len(text))); k != want || err != nil {
			t.Errorf("guessed %v, %v; want %v", k, err, want)
		}
	}
	other := record(0, 10)
	if _, err := Guess(strings.NewReader(other), int64(len(other))); err != ErrNeither {
		t.Errorf("a label of 10 was guessed to be a batch: %v", err)
	}
}

func check(t *testing.T, name string, b Batch, err error, labels, coarse []int32) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if got := b.Images.String(); got != "uint8 3×3×32×32" || !bytes.Equal(b.Images.Bytes, pixels(3)) {
		t.Errorf("%s: %s, or other pixels than written", name, got)
	}
	if !reflect.DeepEqual(b.Labels, labels) || !reflect.DeepEqual(b.Coarse, coarse) {
		t.Errorf("%s: labels %v, coarse %v; want %v, %v", name, b.Labels, b.Coarse, labels, coarse)
	}
}

func TestBinaryRefused(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":     {"", "a.bin: 0 bytes are not a whole number of records of 3073 (CIFAR-10)"},
		"cut":       {record(0, 1)[:3000], "3000 bytes are not a whole number"},
		"label":     {record(0, 3) + record(1, 10), "a.bin: byte 3073: label 10 of image 1; those of CIFAR-10 go from 0 to 9"},
		"other one": {record(0, 3, 4), "3074 bytes are not a whole number of records of 3073"},
	} {
		if _, err := DecodeBinary("a.bin", []byte(c.in), CIFAR10); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}

// fixture reads one of the batches that testdata/make.py wrote.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".gz"))
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
	return b
}

// fixtures are all of them.
func fixtures() []string {
	names := []string{"cifar10.python2"}
	for p := 2; p <= 5; p++ {
		for _, n := range []string{"cifar10.bytes", "cifar10.fortran", "cifar10.scalars", "cifar100"} {
			names = append(names, fmt.Sprintf("%s.p%d", n, p))
		}
	}
	return names
}

func kindOf(name string) Kind {
	if strings.HasPrefix(name, "cifar100") {
		return CIFAR100
	}
	return CIFAR10
}

func TestPython(t *testing.T) {
	for _, name := range fixtures() {
		b := fixture(t, name)
		got, err := DecodePython(name, bytes.NewReader(b), int64(len(b)), kindOf(name))
		if kindOf(name) == CIFAR100 {
			check(t, name, got, err, []int32{99, 0, 5}, []int32{19, 0, 1})
		} else {
			check(t, name, got, err, []int32{6, 9, 2}, nil)
		}
		for n := 0; n < len(b); n += 1 + n/20 {
			if _, err := DecodePython(name, bytes.NewReader(b[:n]), int64(n), kindOf(name)); err == nil {
				t.Fatalf("%s: its first %d bytes of %d were accepted", name, n, len(b))
			}
		}
		if _, err := DecodePython(name, bytes.NewReader(b), int64(len(b)), 1-kindOf(name)); err == nil {
			t.Errorf("%s was read as the other dataset", name)
		}
	}
}

func FuzzBinary(f *testing.F) {
	f.Add([]byte(record(0, 6)), false)
	f.Add([]byte(record(0, 6, 7)), true)
	f.Fuzz(func(t *testing.T, b []byte, hundred bool) {
		k := CIFAR10
		if hundred {
			k = CIFAR100
		}
		got, err := DecodeBinary("x.bin", bytes.Clone(b), k)
		if guess, gerr := Guess(bytes.NewReader(b), int64(len(b))); err == nil && gerr != nil {
			t.Errorf("a batch of %v is none by Guess: %v, %v", k, guess, gerr)
		}
		if err == nil {
			checkBatch(t, got)
		}
	})
}

func FuzzPython(f *testing.F) {
	for _, name := range fixtures() {
		f.Add(fixture(f, name), kindOf(name) == CIFAR100)
	}
	f.Fuzz(func(t *testing.T, b []byte, hundred bool) {
		k := CIFAR10
		if hundred {
			k = CIFAR100
		}
		if got, err := DecodePython("x", bytes.NewReader(b), int64(len(b)), k); err == nil {
			checkBatch(t, got)
		}
	})
}

// checkBatch holds a batch to what it promises.
func checkBatch(t *testing.T, b Batch) {
	if err := b.Images.Check(); err != nil {
		t.Error(err)
	}
	if n := b.Images.Rows(); len(b.Labels) != n || b.Coarse != nil && len(b.Coarse) != n {
		t.Errorf("%d images, %d labels, %d coarse ones", n, len(b.Labels), len(b.Coarse))
	}
}
