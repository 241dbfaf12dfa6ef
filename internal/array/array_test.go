package array

import (
	"math"
	"reflect"
	"testing"

	"noise2sparse/internal/dtype"
)

func TestSizeRefusesLies(t *testing.T) {
	for _, c := range []struct {
		d     dtype.DType
		shape []int
		want  int
		bad   bool
	}{
		{dtype.Float32, []int{2, 3}, 24, false},
		{dtype.Float64, nil, 8, false},
		{dtype.Uint8, []int{0, 7}, 0, false},
		{dtype.Uint8, []int{-1}, 0, true},
		{dtype.Float32, []int{math.MaxInt / 2, 3}, 0, true},
		{dtype.Float32, []int{math.MaxInt / 2, 3, 0}, 0, true},
		{dtype.Invalid, []int{1}, 0, true},
	} {
		n, err := Size(c.d, c.shape)
		if (err != nil) != c.bad || n != c.want {
			t.Errorf("Size(%v, %v) = %d, %v; want %d, error %v", c.d, c.shape, n, err, c.want, c.bad)
		}
	}
}

// Every binary16 against the definition: sign * 2^(e-15) * (1 + f/1024), subnormals f * 2^-24.
func TestFloat16(t *testing.T) {
	for h := 0; h < 1<<16; h++ {
		got := float64(Float16(uint16(h)))
		exp, frac := h>>10&31, float64(h&1023)
		var want float64
		switch {
		case exp == 31 && frac == 0:
			want = math.Inf(1)
		case exp == 31:
			want = math.NaN()
		case exp == 0:
			want = math.Ldexp(frac, -24)
		default:
			want = math.Ldexp(1+frac/1024, exp-15)
		}
		if h&0x8000 != 0 {
			want = -want
		}
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || math.Signbit(got) != (h&0x8000 != 0) {
			t.Fatalf("Float16(%#04x) = %v, want %v", h, got, want)
		}
	}
}

func TestWidening(t *testing.T) {
	for _, c := range []struct {
		d    dtype.DType
		b    []byte
		want []float32
	}{
		{dtype.Float16, []byte{0, 0x3c, 0, 0xc0}, []float32{1, -2}},
		{dtype.BFloat16, []byte{0x80, 0x3f, 0, 0xc0}, []float32{1, -2}},
		{dtype.Float64, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x3f}, []float32{1.5}},
		{dtype.Uint8, []byte{0, 255}, []float32{0, 255}},
		{dtype.Int8, []byte{0xff, 1}, []float32{-1, 1}},
		{dtype.Int16, []byte{0xff, 0xff, 1, 0}, []float32{-1, 1}},
		{dtype.Int32, []byte{0xfe, 0xff, 0xff, 0xff}, []float32{-2}},
		{dtype.Int64, []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, []float32{-2}},
		{dtype.Uint64, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, []float32{1 << 63}},
		{dtype.Bool, []byte{0, 1, 7}, []float32{0, 1, 1}},
	} {
		a := Array{c.d, []int{len(c.want)}, c.b}
		if got := a.Float32s(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, want %v", c.d, got, c.want)
		}
		for i, w := range c.want {
			if got := a.Float64(i); got != float64(w) {
				t.Errorf("%v: Float64(%d) = %v, want %v", c.d, i, got, w)
			}
		}
	}
}

func TestInt64s(t *testing.T) {
	if _, err := (Array{dtype.Float32, []int{1}, make([]byte, 4)}).Int64s(); err == nil {
		t.Error("floats taken for integers")
	}
	big := Array{dtype.Uint64, []int{1}, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}}
	if v, err := big.Int64s(); err == nil {
		t.Errorf("2^63 became %v", v)
	}
	got, err := Array{dtype.Int8, []int{2}, []byte{0xff, 5}}.Int64s()
	if err != nil || !reflect.DeepEqual(got, []int64{-1, 5}) {
		t.Errorf("int8: %v, %v", got, err)
	}
}

func TestRowsAndSlices(t *testing.T) {
	a, err := FromFloat32s([]float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 3, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if a.Rows() != 3 || a.RowLen() != 4 || a.RowBytes() != 16 || len(a.Row(2)) != 16 {
		t.Errorf("rows %d, row length %d, row bytes %d", a.Rows(), a.RowLen(), a.RowBytes())
	}
	s := a.Slice(1, 3)
	if got := s.Float32s(); got[0] != 4 || len(got) != 8 || s.Check() != nil {
		t.Errorf("Slice(1, 3) = %v of %v", got, s)
	}
	if _, err := a.Reshape(5, 2); err == nil {
		t.Error("12 elements reshaped to 10")
	}
}

func TestDenseRoundTrip(t *testing.T) {
	a, _ := FromFloat32s([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	d, err := a.Dense()
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := d.At(1, 0); v != float32(4) {
		t.Errorf("element (1,0) is %v, want 4", v)
	}
	b, err := FromDense(d)
	if err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("back: %v %v, %v", b, b.Float32s(), err)
	}
	if err := d.T(); err != nil {
		t.Fatal(err)
	}
	tr, err := FromDense(d)
	if err != nil || !reflect.DeepEqual(tr.Float32s(), []float32{1, 4, 2, 5, 3, 6}) {
		t.Errorf("transposed view: %v, %v", tr.Float32s(), err)
	}
	if _, err := (Array{dtype.Float16, []int{1}, make([]byte, 2)}).Dense(); err == nil {
		t.Error("float16 became a Dense")
	}
}

// Every binary16 comes back, and what lies between two goes to the nearer one, half way to the even.
func TestToFloat16(t *testing.T) {
	for h := 0; h < 0x7c00; h++ {
		v, next := float64(Float16(uint16(h))), float64(Float16(uint16(h+1)))
		if h == 0x7bff {
			next = 65536
		}
		even := uint16(h + h&1)
		for _, c := range []struct {
			v    float64
			want uint16
		}{{v, uint16(h)}, {v + (next-v)/2, even}, {v + (next-v)*0.49, uint16(h)}, {v + (next-v)*0.51, uint16(h + 1)}} {
			if got := ToFloat16(float32(c.v)); got != c.want {
				t.Fatalf("ToFloat16(%v) = %#04x, want %#04x", c.v, got, c.want)
			}
			if got := ToFloat16(float32(-c.v)); got != c.want|0x8000 {
				t.Fatalf("ToFloat16(%v) = %#04x", -c.v, got)
			}
		}
	}
	inf := float32(math.Inf(1))
	if ToFloat16(inf) != 0x7c00 || ToFloat16(-inf) != 0xfc00 || !math.IsNaN(float64(Float16(ToFloat16(float32(math.NaN()))))) || ToFloat16(1e30) != 0x7c00 {
		t.Error("infinities and NaN")
	}
}
