package strict

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

type section struct {
	Kind  string   `yaml:"kind" default:"plain" doc:"what kind"`
	Sigma *float64 `yaml:"sigma" doc:"how much; null: none"`
	Rate  *float64 `yaml:"rate" default:"1.5" doc:"how often"`
}

type deep struct {
	Section section  `yaml:"section" doc:"inner section"`
	Names   []string `yaml:"names" doc:"some names"`
}

type common struct {
	Tag string `yaml:"tag" default:"1" doc:"an inlined field; its default is text"`
}

type sheet struct {
	Ignored chan int           `yaml:"-"`
	Common  common             `yaml:",inline"`
	Epochs  int                `yaml:"epochs" default:"200" doc:"passes" resume:"free"`
	Small   int8               `yaml:"small" default:"-3" doc:"a small integer"`
	Tiny    uint8              `yaml:"tiny" doc:"a small count"`
	Seed    uint64             `yaml:"seed" default:"5" doc:"a seed"`
	Rate    float64            `yaml:"rate" default:"1e-4" doc:"a rate"`
	Single  float32            `yaml:"single" doc:"a float32"`
	On      bool               `yaml:"on" default:"true" doc:"a switch"`
	Hidden  []int              `yaml:"hidden" default:"[1000]" doc:"a list"`
	Betas   [2]float64         `yaml:"betas" default:"[0.9, 0.999]" doc:"a pair"`
	Noise   section            `yaml:"noise" doc:"a section"`
	Deep    deep               `yaml:"deep" doc:"a section of sections"`
	Stop    *section           `yaml:"stop" doc:"a section that may be null"`
	Free    *section           `yaml:"free" doc:"a section free to change" resume:"free"`
	Data    map[string]float64 `yaml:"data" doc:"named numbers"`
	Several []section          `yaml:"several" doc:"a list of sections"`
	Every   *int               `yaml:"every" doc:"maybe an integer"`
	Names   map[string]section `yaml:"names" doc:"named sections"`
	Flags   []bool             `yaml:"flags" doc:"switches"`
	Nested  [][]float64        `yaml:"nested" doc:"lists of lists"`
}

func read(text string) (sheet, *Decoder) {
	rep := &Report{}
	d := NewDecoder(rep)
	var s sheet
	src := NewFile("f.yaml", []byte(text))
	if n := Parse(src, []byte(text), rep); n != nil && n.Kind == Map {
		d.Decode(n, &s)
	} else {
		SetDefaults(&s)
	}
	return s, d
}

func defaults() sheet {
	var s sheet
	SetDefaults(&s)
	return s
}

func ptr[T any](v T) *T { return &v }

func TestDefaults(t *testing.T) {
	want := sheet{
		Common: common{"1"}, Epochs: 200, Small: -3, Seed: 5, Rate: 1e-4, On: true, Hidden: []int{1000},
		Betas: [2]float64{0.9, 0.999}, Noise: section{Kind: "plain", Rate: ptr(1.5)},
		Deep: deep{Section: section{Kind: "plain", Rate: ptr(1.5)}},
	}
	if got := defaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", Canonical(got), Canonical(want))
	}
}

func TestDecodeGood(t *testing.T) {
	tests := map[string]struct {
		text string
		want func(*sheet)
	}{
		"nothing given":            {"", func(*sheet) {}},
		"integer":                  {"epochs: 7", func(s *sheet) { s.Epochs = 7 }},
		"integral float":           {"epochs: 1e3", func(s *sheet) { s.Epochs = 1000 }},
		"integer with point":       {"epochs: 2.0", func(s *sheet) { s.Epochs = 2 }},
		"integer with sign":        {"epochs: +2", func(s *sheet) { s.Epochs = 2 }},
		"underscores":              {"epochs: 1_000", func(s *sheet) { s.Epochs = 1000 }},
		"hexadecimal":              {"epochs: 0x1F", func(s *sheet) { s.Epochs = 31 }},
		"hexadecimal for a number": {"rate: 0x1F", func(s *sheet) { s.Rate = 31 }},
		"smallest int8":            {"small: -128", func(s *sheet) { s.Small = -128 }},
		"largest seed":             {"seed: 18446744073709551615", func(s *sheet) { s.Seed = math.MaxUint64 }},
		"integer for a number":     {"rate: 3", func(s *sheet) { s.Rate = 3 }},
		"text that looks like one": {`tag: "5"`, func(s *sheet) { s.Common.Tag = "5" }},
		"a date is text":           {`tag: 2020-01-01`, func(s *sheet) { s.Common.Tag = "2020-01-01" }},
		"False":                    {"on: False", func(s *sheet) { s.On = false }},
		"null removes a default":   {"noise: {rate: null}", func(s *sheet) { s.Noise.Rate = nil }},
		"empty is null":            {"every:", func(*sheet) {}},
		"list replaces default":    {"hidden: [1, 2]", func(s *sheet) { s.Hidden = []int{1, 2} }},
		"empty list is nil":        {"hidden: []", func(s *sheet) { s.Hidden = nil }},
		"empty map is nil":         {"data: {}", func(*sheet) {}},
		"null map is nil":          {"data: null", func(*sheet) {}},
		"map":                      {"data: {a: 1, b: 2.5}", func(s *sheet) { s.Data = map[string]float64{"a": 1, "b": 2.5} }},
		"section from its defaults": {"stop: {sigma: 2}", func(s *sheet) {
			s.Stop = &section{Kind: "plain", Sigma: ptr(2.0), Rate: ptr(1.5)}
		}},
		"empty section": {"stop: {}", func(s *sheet) { s.Stop = &section{Kind: "plain", Rate: ptr(1.5)} }},
		"sections in lists and maps": {"several: [{kind: a}]\nnames: {x: {kind: b}}", func(s *sheet) {
			s.Several = []section{{Kind: "a", Rate: ptr(1.5)}}
			s.Names = map[string]section{"x": {Kind: "b", Rate: ptr(1.5)}}
		}},
		"anchor": {"epochs: &e 9\nsmall: *e", func(s *sheet) { s.Epochs, s.Small = 9, 9 }},
		"merge key": {"deep:\n  section: &s {kind: a, sigma: 1}\nnoise:\n  <<: *s\n  kind: b", func(s *sheet) {
			s.Noise.Kind, s.Noise.Sigma, s.Deep.Section.Kind, s.Deep.Section.Sigma = "b", ptr(1.0), "a", ptr(1.0)
		}},
		"merge list: the earlier wins": {"deep: {section: &s {kind: a}}\nstop: &t {kind: c, sigma: 2}\nnoise: {<<: [*s, *t]}", func(s *sheet) {
			s.Deep.Section.Kind, s.Noise.Kind, s.Noise.Sigma = "a", "a", ptr(2.0)
			s.Stop = &section{Kind: "c", Sigma: ptr(2.0), Rate: ptr(1.5)}
		}},
		"Windows line ends": {"epochs: 3\r\nseed: 4\r\n", func(s *sheet) { s.Epochs, s.Seed = 3, 4 }},
		"lists of lists":    {"nested: [[1, 2], [3]]", func(s *sheet) { s.Nested = [][]float64{{1, 2}, {3}} }},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, d := read(tc.text)
			if err := d.Report.Err(); err != nil {
				t.Fatalf("unexpected problems:\n%v", err)
			}
			want := defaults()
			tc.want(&want)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got:\n%swant:\n%s", Canonical(got), Canonical(want))
			}
		})
	}
}

func TestDecodeBad(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"text for an integer":      {"epochs: ten", `f.yaml:1:9: epochs: want an integer, got the text "ten"`},
		"fraction for an integer":  {"epochs: 1.5", "f.yaml:1:9: epochs: want an integer, got the number 1.5"},
		"too large for an integer": {"epochs: 1e30", "f.yaml:1:9: epochs: 1e30 is too large for an integer here; give -9223372036854775808 to 9223372036854775807"},
		"an enormous exponent":     {"epochs: 1e999999999", "f.yaml:1:9: epochs: 1e999999999 is too large for an integer here; give -9223372036854775808 to 9223372036854775807"},
		"too large for int8":       {"small: 128", "f.yaml:1:8: small: 128 is out of range; give -128 to 127"},
		"too large a uint8":        {"tiny: 256", "f.yaml:1:7: tiny: 256 is out of range; give 0 to 255"},
		"negative seed":            {"seed: -1", "f.yaml:1:7: seed: -1 is out of range; give 0 to 18446744073709551615"},
		"too large a seed":         {"seed: 18446744073709551616", "f.yaml:1:7: seed: 18446744073709551616 is too large for an integer here; give 0 to 18446744073709551615"},
		"octal by accident":        {"epochs: 010", "f.yaml:1:9: epochs: 010 begins with 0, which some read as octal; remove the zeros, or write 0o... for octal"},
		"infinity":                 {"rate: .inf", "f.yaml:1:7: rate: want a finite number, got .inf"},
		"not a number":             {"rate: .nan", "f.yaml:1:7: rate: want a finite number, got .nan"},
		"too large a number":       {"rate: 1e999", "f.yaml:1:7: rate: 1e999 is too large for a 64-bit number"},
		"too large a float32":      {"single: 1e39", "f.yaml:1:9: single: 1e39 is too large for a 32-bit number"},
		"yes for true":             {"on: yes", `f.yaml:1:5: on: want true or false, got the text "yes"`},
		"number for text":          {"tag: 5", `f.yaml:1:6: tag: want text, got the integer 5; quote it: "5"`},
		"boolean for text":         {"tag: true", `f.yaml:1:6: tag: want text, got true; quote it: "true"`},
		"list for text":            {"tag: [a]", "f.yaml:1:6: tag: want text, got a list"},
		"empty integer":            {"epochs:", "f.yaml:1:8: epochs: is empty; give an integer, or remove the line for the default"},
		"empty section":            {"noise:\nseed: 1", "f.yaml:1:7: noise: is empty; give a mapping with fields such as kind, sigma, rate, or remove the line for the default"},
		"scalar for a section":     {"noise: 3", "f.yaml:1:8: noise: want a mapping with fields such as kind, sigma, rate, got the integer 3"},
		"scalar for a list":        {"hidden: 12", "f.yaml:1:9: hidden: want a list of integers, got the integer 12; write [12]"},
		"wrong type in a list":     {"hidden: [1, x, 2.5]", "f.yaml:1:13: hidden.1: want an integer, got the text \"x\"\nf.yaml:1:16: hidden.2: want an integer, got the number 2.5"},
		"wrong length":             {"betas: [1]", "f.yaml:1:8: betas: want a list of 2 numbers, got 1"},
		"wrong type in a map":      {"data: {a: b}", `f.yaml:1:11: data.a: want a number, got the text "b"`},
		"unclosed quote":           {"seed: 1\ntag: \"a\nrate: 1\n", "f.yaml:2:6: not valid YAML: found unexpected end of stream while scanning a quoted scalar"},
		"decimal comma":            {"noise: {sigma: 0,8}", "f.yaml:1:18: noise.8: unknown key; numbers are written with a point, not with a comma"},
		"list for a map":           {"data: [1]", "f.yaml:1:7: data: want a mapping of names to numbers, got a list"},
		"unknown key":              {"epohcs: 1", `f.yaml:1:1: epohcs: unknown key; did you mean "epochs"?`},
		"unknown key in a section": {"noise:\n  sgima: 1", `f.yaml:2:3: noise.sgima: unknown key; did you mean "sigma"?`},
		"unknown, nothing near":    {"noise: {zzzzzz: 1}", "f.yaml:1:9: noise.zzzzzz: unknown key; known: kind, sigma, rate"},
		"key of another section":   {"sigma: 1", `f.yaml:1:1: sigma: unknown key; did you mean "noise.sigma" or "deep.section.sigma" or "stop.sigma"?`},
		"dotted key":               {"deep.section.kind: a", "f.yaml:1:1: deep.section.kind: unknown key; dots don't nest in a file: write deep: {section: {kind: ...}}"},
		"doubled key":              {"epochs: 1\nseed: 2\nepochs: 3", `f.yaml:3:1: the key "epochs" is given twice; the first one is in line 1`},
		"key that is a list":       {"? [a]\n: 1", "f.yaml:1:3: a key must be a word, not a list or a mapping"},
		"tag":                      {"epochs: !int 5", "f.yaml:1:9: the tag !int has no meaning here; remove it\nf.yaml:1:9: epochs: want an integer, got the text \"5\""},
		"merge of a scalar":        {"noise: {<<: 3}", "f.yaml:1:13: the merge key << wants a mapping or a list of mappings, got the integer 3"},
		"unknown anchor":           {"epochs: *e", "f.yaml:1:9: not valid YAML: unknown anchor 'e' referenced"},
		"alias in itself":          {"noise: &n {rate: *n}", "f.yaml:1:18: the alias *n stands inside its own anchor"},
		"unclosed list":            {"hidden: [1\nseed: 1", "f.yaml:2:5: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1"},
		"bad indentation":          {"seed: 1\n  rate: 2", "f.yaml:2:7: not valid YAML: mapping values are not allowed in this context"},
		"tab":                      {"noise:\n\trate: 2", "f.yaml:2:1: not valid YAML: found character that cannot start any token while scanning for the next token; indent with spaces, not with tabs"},
		"two documents":            {"seed: 1\n---\nseed: 2", "f.yaml:2:1: a second YAML document begins here (after ---); give each a file of its own"},
		"zero byte":                {"seed: \x00", "f.yaml:1:7: not valid YAML: the control character 0x00 can't stand in YAML; remove it"},
		"not UTF-8":                {"tag: \xff", "f.yaml:1:6: not valid YAML: the byte 0xff is not UTF-8; save the file as UTF-8 text"},
		"several, from top to bottom": {"zzz: 1\nepochs: a\nnoise: {kind: 3, x: 1}\nseed: b", `f.yaml:1:1: zzz: unknown key
f.yaml:2:9: epochs: want an integer, got the text "a"
f.yaml:3:15: noise.kind: want text, got the integer 3; quote it: "3"
f.yaml:3:18: noise.x: unknown key; known: kind, sigma, rate
f.yaml:4:7: seed: want an integer, got the text "b"`},
		"the error stands at the anchor": {"epochs: &e ten\nsmall: *e", "f.yaml:1:9: epochs: want an integer, got the text \"ten\"\nf.yaml:1:9: small: want an integer, got the text \"ten\""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, d := read(tc.text)
			if got := bare(d.Report); got != tc.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tc.want)
			}
		})
	}
}

// bare is the report without source lines.
func bare(rep *Report) string {
	var out []string
	for _, p := range rep.Problems() {
		out = append(out, strings.SplitN(p.String(), "\n", 2)[0])
	}
	return strings.Join(out, "\n")
}

func TestExcerpt(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"caret below the character": {"noise:\n  größe: 1", "\n    2 |   größe: 1\n      |   ^"},
		"tabs are kept":             {"seed:\tten", "\n    1 | seed:\tten\n      |      \t^"},
		"long lines are left out":   {"x: " + strings.Repeat("a", 200), ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, d := read(tc.text)
			_, got, _ := strings.Cut(d.Report.Problems()[0].Text, "\n")
			if got = "\n" + got; tc.want == "" && got == "\n" {
				return
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestAliasBomb expands nine levels of nine aliases, some 400 million values, unless it is stopped.
func TestAliasBomb(t *testing.T) {
	text := "x: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for i := range 9 {
		text += fmt.Sprintf("y%d: &a%d [%s]\n", i, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ","))
	}
	_, d := read(text)
	if got := bare(d.Report); !strings.Contains(got, "aliases expand to more than 100000 values") {
		t.Errorf("got %s", got)
	}
}

func TestDepth(t *testing.T) {
	for _, depth := range []int{MaxDepth * 2, 200_000} {
		_, d := read("nested: " + strings.Repeat("[", depth) + strings.Repeat("]", depth))
		if d.Report.Len() != 1 {
			t.Errorf("depth %d: got %q, want one problem", depth, bare(d.Report))
		}
	}
}
