package strict

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
)

func full() sheet {
	s := defaults()
	s.Common.Tag = "a: b # c"
	s.Rate, s.Single, s.Seed = 0.1+0.2, 0.1, math.MaxUint64
	s.Stop = &section{Kind: "null"}
	s.Data = map[string]float64{"a b": 1e-300, "no": math.MaxFloat64, "x": math.Copysign(0, -1), "1": 5e-324}
	s.Several = []section{{Kind: "1e5", Sigma: ptr(1.0)}, {Kind: "é\n\"'\\\u2028😀\x7f", Rate: ptr(-1.5)}}
	s.Names = map[string]section{"k": {Kind: "yes"}}
	s.Flags = []bool{true, false}
	s.Deep.Names = []string{"", " ", "~", "-", "a,b", "[", ".5", "._1", "0x1", "2020-01-01", "<<", "=", "a:b", "~/x", "../up"}
	s.Hidden, s.Every, s.Nested = nil, ptr(3), [][]float64{{1}, {2, 3e20}}
	return s
}

func TestWriteReadsBackIdentical(t *testing.T) {
	for name, s := range map[string]sheet{"defaults": defaults(), "full": full()} {
		var b strings.Builder
		if err := Write(&b, s, Doc); err != nil {
			t.Fatal(err)
		}
		got, d := read(b.String())
		if err := d.Report.Err(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, s) || Canonical(got) != Canonical(s) { // the text tells -0 from 0
			t.Errorf("%s: wrote:\n%s\nread:\n%s\nwant:\n%s", name, b.String(), Canonical(got), Canonical(s))
		}
	}
}

// TestWriteReadsBackAnything does the same with arbitrary texts and numbers.
func TestWriteReadsBackAnything(t *testing.T) {
	back := func(tag string, keys []string, rate float64, single float32, seed uint64, small int8, hidden []int) bool {
		s := defaults()
		s.Common.Tag = strings.ToValidUTF8(tag, "?")
		s.Rate, s.Single, s.Seed, s.Small = rate, single, seed, small
		if s.Hidden = nil; len(hidden) > 0 {
			s.Hidden = hidden
		}
		for i, k := range keys {
			if i == 0 {
				s.Data = map[string]float64{}
			}
			s.Data[strings.ToValidUTF8(k, "?")] = rate * float64(i)
			if math.IsInf(rate*float64(i), 0) {
				return true
			}
		}
		var b strings.Builder
		if err := Write(&b, s, Doc); err != nil {
			return false
		}
		got, d := read(b.String())
		if d.Report.Len() > 0 || !reflect.DeepEqual(got, s) {
			t.Logf("wrote:\n%s\nproblems: %v", b.String(), d.Report.Err())
			return false
		}
		return true
	}
	if err := quick.Check(back, &quick.Config{MaxCount: 500}); err != nil {
		t.Error(err)
	}
}

func TestWriteLayout(t *testing.T) {
	type inner struct {
		Sigma float64 `yaml:"sigma" doc:"how much"`
	}
	v := struct {
		Epochs int            `yaml:"epochs" doc:"passes"`
		Noise  inner          `yaml:"noise" doc:"the noise"`
		Data   map[string]int `yaml:"data"`
		Off    *inner         `yaml:"off"`
	}{5, inner{0.8}, map[string]int{"b": 1, "a": 2}, nil}
	want := `epochs: 5                           # passes
noise:                              # the noise
  sigma: 0.8                        # how much
data:
  a: 2
  b: 1
off: null
`
	var b strings.Builder
	if err := Write(&b, v, Doc); err != nil || b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s (%v)", b.String(), want, err)
	}
}

func TestCanonicalTellsValuesApart(t *testing.T) {
	base := Canonical(full())
	changes := map[string]func(*sheet){
		"integer": func(s *sheet) { s.Epochs++ },
		"number":  func(s *sheet) { s.Rate = math.Nextafter(s.Rate, 1) },
		"text":    func(s *sheet) { s.Common.Tag += " " },
		"list":    func(s *sheet) { s.Hidden = []int{1} },
		"null":    func(s *sheet) { s.Stop = nil },
		"map":     func(s *sheet) { s.Data["y"] = 1 },
		"inner":   func(s *sheet) { s.Several[0].Sigma = nil },
	}
	for name, change := range changes {
		s := full()
		if change(&s); Canonical(s) == base || Changed(s) == Changed(full()) {
			t.Errorf("%s: a change of value doesn't change the text", name)
		}
	}
	type ab struct {
		A int `yaml:"a"`
		B int `yaml:"b"`
	}
	type ba struct {
		B int `yaml:"b"`
		A int `yaml:"a"`
	}
	if Canonical(ab{1, 2}) != Canonical(ba{2, 1}) {
		t.Error("the order of declaration changes the text")
	}
}

// A field that joins the type with its default changes no text, also within a section that may be null;
// whether that is there does.
func TestChangedLeavesDefaultsOut(t *testing.T) {
	type oldSection struct {
		Patience int `yaml:"patience" default:"3"`
	}
	type newSection struct {
		Delta    float64 `yaml:"delta" default:"0.5"`
		Patience int     `yaml:"patience" default:"3"`
	}
	type before struct {
		Stop *oldSection `yaml:"stop"`
		Seed int         `yaml:"seed" default:"5"`
	}
	type after struct {
		Seed   int         `yaml:"seed" default:"5"`
		More   []int       `yaml:"more" default:"[1]"`
		Always newSection  `yaml:"always"`
		Maybe  *newSection `yaml:"maybe"`
		Stop   *newSection `yaml:"stop"`
	}
	var a before
	var b after
	SetDefaults(&a)
	SetDefaults(&b)
	for _, c := range []struct {
		change func()
		want   string
	}{
		{func() {}, ""},
		{func() { a.Seed, b.Seed = 6, 6 }, "seed = 6\n"},
		{func() { a.Stop, b.Stop = &oldSection{3}, &newSection{0.5, 3} }, "seed = 6\nstop = {}\n"},
		{func() { a.Stop.Patience, b.Stop.Patience = 0, 0 }, "seed = 6\nstop = {}\nstop.patience = 0\n"},
	} {
		if c.change(); Changed(a) != c.want || Changed(b) != c.want {
			t.Errorf("before: %q, after: %q, want %q", Changed(a), Changed(b), c.want)
		}
	}
	if b.Always.Delta = 0; !strings.HasPrefix(Changed(b), "always.delta = 0\n") {
		t.Errorf("another value than the default: %q", Changed(b))
	}
}

func TestDiff(t *testing.T) {
	a, b := full(), full()
	b.Epochs, b.Free = 999, &section{}
	if ps := Diff(a, b); len(ps) != 0 {
		t.Errorf("free fields are reported: %v", ps)
	}
	b.Noise.Sigma, b.Stop, b.Seed = ptr(2.0), nil, 1
	var got []string
	for _, p := range Diff(a, b) {
		got = append(got, p.String())
	}
	want := []string{
		"seed: was 18446744073709551615 and is now 1",
		"noise.sigma: was null and is now 2",
		`stop: was {kind: "null", sigma: null, rate: null} and is now null`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := FreePaths(reflect.TypeOf(a)), []string{"epochs", "free"}; !reflect.DeepEqual(got, want) {
		t.Errorf("free paths %q, want %q", got, want)
	}
}

func TestMerge(t *testing.T) {
	tests := map[string]struct{ base, over, want string }{
		"mappings are merged deeply": {"deep: {section: {kind: a, rate: 1}}", "deep: {section: {kind: b}}", "deep: {section: {kind: b, rate: 1}}"},
		"lists are replaced":         {"hidden: [1, 2, 3]", "hidden: [4]", "hidden: [4]"},
		"null replaces a section":    {"stop: {kind: a}", "stop: null", "stop: null"},
		"section replaces null":      {"stop: null", "stop: {kind: a}", "stop: {kind: a}"},
		"null clears a map":          {"data: {a: 1}", "data: null", "data: {}"},
		"maps are merged":            {"data: {a: 1, b: 1}", "data: {b: 2}", "data: {a: 1, b: 2}"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			rep := &Report{}
			parse := func(s string) *Node { return Parse(NewFile("f", []byte(s)), []byte(s), rep) }
			base := parse(tc.base)
			before := describeTree(base)
			var got sheet
			NewDecoder(rep).Decode(Merge(base, parse(tc.over)), &got)
			want, _ := read(tc.want)
			if err := rep.Err(); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%v\ngot:\n%swant:\n%s", err, Canonical(got), Canonical(want))
			}
			if describeTree(base) != before {
				t.Error("Merge changed the base")
			}
		})
	}
}

func describeTree(n *Node) string {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestLookup(t *testing.T) {
	root := reflect.TypeOf(sheet{})
	for path, want := range map[string]bool{
		"epochs": true, "noise": true, "noise.sigma": true, "deep.section.kind": true, "stop.kind": true,
		"data.anything": true, "tag": true, "data.a.b": false, "data.": false, "epochs.x": false,
		"hidden.0": false, "nois": false, "": false, ".": false, "noise.": false,
	} {
		if _, _, ok := Lookup(root, path); ok != want {
			t.Errorf("Lookup(%q) = %v, want %v", path, ok, want)
		}
	}
	for _, p := range Paths(root) {
		if _, _, ok := Lookup(root, p); !ok {
			t.Errorf("Paths lists %q, which Lookup doesn't find", p)
		}
	}
}

func TestBadTypesPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"no tag": func() { SetDefaults(&struct{ A int }{}) },
		"no such kind": func() {
			SetDefaults(&struct {
				A chan int `yaml:"a"`
			}{})
		},
		"default misfits": func() {
			SetDefaults(&struct {
				A int `yaml:"a" default:"x"`
			}{})
		},
		"doubled": func() {
			SetDefaults(&struct {
				A int `yaml:"a"`
				B int `yaml:"a"`
			}{})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestSchema(t *testing.T) {
	s := Schema(reflect.TypeOf(sheet{}))
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"epochs":{"default":200,"description":"passes","type":"integer"}`,
		`"small":{"default":-3,"description":"a small integer","maximum":127,"minimum":-128,"type":"integer"}`,
		`"seed":{"default":5,"description":"a seed","maximum":18446744073709551615,"minimum":0,"type":"integer"}`,
		`"betas":{"default":[0.9,0.999],"description":"a pair","items":{"type":"number"},"maxItems":2,"minItems":2,"type":"array"}`,
		`"every":{"default":null,"description":"maybe an integer","type":["integer","null"]}`,
		`"tag":{"default":"1",`,
		`"additionalProperties":false`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the schema lacks %s", want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"epochs: 1e3\nnoise: {sigma: .5}", "a: &x [1]\nb: {<<: *x}", "hidden: [[", "? x\n: y", "data: {a: 0x_1}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, d := read(text)
		d.Report.Problems()
		if d.Report.Len() > 0 {
			return
		}
		var b strings.Builder
		if err := Write(&b, s, Doc); err != nil {
			t.Fatal(err)
		}
		again, d := read(b.String())
		if d.Report.Len() > 0 || !reflect.DeepEqual(again, s) {
			t.Fatalf("read %q, wrote:\n%s\nproblems: %v", text, b.String(), d.Report.Err())
		}
	})
}
