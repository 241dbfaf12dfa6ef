package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func decode(b string) (any, error) {
	d := NewDecoder(strings.NewReader(b), int64(len(b)))
	d.FindClass = func(module, name string) (any, error) {
		if module == "m" && name == "join" {
			return &Callable{"m.join", func(a Tuple) (any, error) { return fmt.Sprint(a...), nil }}, nil
		}
		return nil, fmt.Errorf("class %s.%s is not allowed", module, name)
	}
	return d.Decode()
}

// plain turns containers into maps and slices that compare easily.
func plain(v any) any {
	switch x := v.(type) {
	case *List:
		return plain(Tuple(x.Items))
	case *Set:
		return plain(Tuple(x.Items))
	case Tuple:
		out := []any{}
		for _, e := range x {
			out = append(out, plain(e))
		}
		return out
	case *Dict:
		out := map[string]any{}
		for _, e := range x.Entries {
			out[fmt.Sprint(plain(e.Key))] = plain(e.Value)
		}
		return out
	}
	return v
}

// The pickles are what CPython's pickle.dumps writes (protocol by the second byte).
func TestDecode(t *testing.T) {
	big10, _ := new(big.Int).SetString("1950a86a20f9469cfc6c", 16)
	for _, c := range []struct {
		name, in string
		want     any
	}{
		{"none", "\x80\x02N.", nil},
		{
			"ints", "\x80\x02(K\x05M\x00\x01J\xff\xff\xff\xff\x8a\x05\x00\x00\x00\x00\x01\x8a\x01\x80t.",
			[]any{int64(5), int64(256), int64(-1), int64(1 << 32), int64(-128)},
		},
		{"torch magic", "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", big10},
		{
			"large negative", "\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\xff.",
			new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 64)),
		},
		{"float and bools", "\x80\x02G?\xf8\x00\x00\x00\x00\x00\x00\x88\x89\x87.", []any{1.5, true, false}},
		{
			"dict, memo", "\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01X\x01\x00\x00\x00bq\x02h\x01u.",
			map[string]any{"a": int64(1), "b": "a"},
		},
		{"repeated key", "\x80\x02}(K\x01K\x02K\x01K\x03u.", map[string]any{"1": int64(3)}},
		{
			"protocol 4", "\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01x\x94C\x02\x00\x01\x94e.",
			[]any{"x", []byte{0, 1}},
		},
		{"set", "\x80\x04\x8f\x94(K\x01K\x02\x90.", []any{int64(1), int64(2)}},
		{"old list and dict", "\x80\x02(K\x01l(K\x01K\x02d\x86.", []any{[]any{int64(1)}, map[string]any{"1": int64(2)}}},
		{"call", "\x80\x02cm\njoin\nK\x01K\x02\x86R.", "1 2"},
		{"stack global, newobj", "\x80\x04\x8c\x01m\x8c\x04join\x93)\x81.", ""},
		{"build on a dict", "\x80\x02}}b.", map[string]any{}},
		{"pop, dup, pop mark", "\x80\x02K\x01K\x022\x85(K\x09100.", int64(1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := decode(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if p := plain(got); !reflect.DeepEqual(p, c.want) {
				t.Errorf("got %#v, want %#v", p, c.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "byte 0 of the pickle: truncated"},
		{"not a pickle", "hello", "not a pickle of protocol 2 to 5"},
		{"os.system", "\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", "byte 2 of the pickle: class os.system is not allowed"},
		{"eval", "\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", "class builtins.eval is not allowed"},
		{"string call", "\x80\x02X\x01\x00\x00\x00f)R.", "calls a string"},
		{"not a tuple", "\x80\x02cm\njoin\n]R.", "with a list instead of a tuple"},
		{"protocol 9", "\x80\x09N.", "protocol 9"},
		{"protocol 0", "I1\n.", "not a pickle"},
		{"empty stack", "\x80\x02.", "empty stack"},
		{"below a mark", "\x80\x02K\x01(\x85.", "takes 1 values from a stack of 0"},
		{"no mark", "\x80\x02t.", "never set"},
		{"no memo", "\x80\x02h\x07.", "memo entry 7"},
		{"left over", "\x80\x02NN.", "left over"},
		{"odd dict", "\x80\x02}(Nu.", "without a value"},
		{"append to int", "\x80\x02K\x01Na.", "adds items to a int"},
		{"truncated string", "\x80\x02X\xff\xff\xff\x7fab", "needs 2147483647 more bytes, and 2 are there"},
		{"huge bytes", "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xffab", "truncated"},
		{"bad UTF-8", "\x80\x02X\x01\x00\x00\x00\xff.", "UTF-8"},
		{"long integer", "\x80\x02\x8b\x00\x01\x00\x00" + strings.Repeat("\x01", 256) + ".", "integer of 256 bytes"},
		{"state of None", "\x80\x02N}b.", "sets the state of a None"},
		{"persistent id", "\x80\x02NQ.", "outside the pickle"},
		{"instance opcode", "\x80\x02(ios\nsystem\n.", "0x69 is not supported"},
		{"long name", "\x80\x02c" + strings.Repeat("x", 1000) + "\n", "longer than 512"},
		{"no stop", "\x80\x02N", "byte 3 of the pickle: truncated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Errorf("%T is not an *Error", err)
			}
		})
	}
}

func TestSeveralPicklesInARow(t *testing.T) {
	in := "\x80\x02K\x01.\x80\x02K\x02.rest"
	d := NewDecoder(strings.NewReader(in), int64(len(in)))
	for want := int64(1); want <= 2; want++ {
		if v, err := d.Decode(); err != nil || v != want {
			t.Fatalf("got %v, %v; want %d", v, err, want)
		}
	}
	if d.Offset() != 10 {
		t.Errorf("offset %d, want 10", d.Offset())
	}
}

func TestBoundedInstructions(t *testing.T) {
	in := "\x80\x02" + strings.Repeat("N", MaxOps) + "."
	if _, err := decode(in); err == nil || !strings.Contains(err.Error(), "instructions") {
		t.Errorf("%d instructions: %v", MaxOps, err)
	}
	in = "\x80\x02B\xff\xff\xff\x0f" + strings.Repeat("x", MaxBytes+10)
	if _, err := decode(in); err == nil || !strings.Contains(err.Error(), "the most that is read") {
		t.Errorf("a pickle above the limit: %v", err)
	}
}

// A function may not be given one long string over and over: what it makes of that is not in the file.
func TestRepeatedArguments(t *testing.T) {
	long := "X\x00\x00\x08\x00" + strings.Repeat("a", 1<<19) + "q\x00"
	again := strings.Repeat("cm\njoin\nh\x00\x85R", 3)
	if _, err := decode("\x80\x02" + long + "(" + again + "tl."); err == nil || strings.Contains(err.Error(), "repeats") {
		t.Errorf("given three times: %v", err) // fails at the list, behind the calls
	}
	if _, err := decode("\x80\x02" + long + "(" + again + again + "t\x86."); err == nil || !strings.Contains(err.Error(), "m.join: functions are given more than") {
		t.Errorf("given six times: %v", err)
	}
}

func TestStringsOfPython2(t *testing.T) {
	for in, want := range map[string]any{"U\x02\xff\xfe": []byte{0xff, 0xfe}, "U\x02ab": "ab", "T\x02\x00\x00\x00\xff\xfe": []byte{0xff, 0xfe}} {
		in = "\x80\x02" + in + "."
		d := NewDecoder(strings.NewReader(in), int64(len(in)))
		d.RawStrings = true
		if v, err := d.Decode(); err != nil || !reflect.DeepEqual(v, want) {
			t.Errorf("%q: %v, %v", in, v, err)
		}
		if _, err := decode(in); (err == nil) != (want == "ab") {
			t.Errorf("%q without RawStrings: %v", in, err)
		}
	}
	d := NewDecoder(strings.NewReader("\x80\x02U\x03abc."), 8)
	d.MaxBytes = 5
	if _, err := d.Decode(); err == nil || !strings.Contains(err.Error(), "longer than 5 bytes") {
		t.Errorf("beyond MaxBytes: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01u.",
		"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01x\x94C\x02\x00\x01\x94e.",
		"\x80\x02cm\njoin\nK\x01K\x02\x86R.",
		"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
		"\x80\x02]q\x00h\x00a.",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d := NewDecoder(bytes.NewReader(b), int64(len(b)))
		d.FindClass = func(_, _ string) (any, error) {
			return &Callable{"f", func(a Tuple) (any, error) { return a, nil }}, nil
		}
		d.PersistentLoad = func(id any) (any, error) { return id, nil }
		_, err := d.Decode()
		if err == nil && d.Offset() > int64(len(b)) {
			t.Errorf("consumed %d of %d bytes", d.Offset(), len(b))
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20+1000*uint64(len(b)) {
			t.Errorf("%d bytes allocated for %d", grown, len(b))
		}
	})
}
