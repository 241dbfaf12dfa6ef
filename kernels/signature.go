package kernels

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Signature is a kernel's name and parameters, as its source declares them.
type Signature struct {
	Name   string
	File   string // the source: "gather.cu"
	Params []Param
}

// Param is one parameter of a kernel.
type Param struct {
	Name    string
	Type    string // without const and *, under CUDA's own name: "float", "long long", "unsigned char"
	Pointer bool
	Const   bool // a pointer to what is only read
}

// Size is the parameter's size in bytes.
func (p Param) Size() int {
	if p.Pointer {
		return 8
	}
	return scalarSizes[p.Type]
}

// String is the parameter as C has it.
func (p Param) String() string {
	s := p.Type
	if p.Const {
		s = "const " + s
	}
	if p.Pointer {
		s += "*"
	}
	return s + " " + p.Name
}

// scalarSizes are the types that a parameter that isn't a pointer may have.
var scalarSizes = map[string]int{
	"float": 4, "double": 8, "int": 4, "unsigned": 4, "long long": 8, "unsigned long long": 8,
}

// aliases are other names of CUDA's types.
var aliases = map[string]string{
	"int8_t": "signed char", "uint8_t": "unsigned char", "int16_t": "short", "uint16_t": "unsigned short",
	"int32_t": "int", "uint32_t": "unsigned", "unsigned int": "unsigned",
	"int64_t": "long long", "uint64_t": "unsigned long long",
}

// Signatures are all kernels by name. Every kernel is declared in full, as
//
//	extern "C" __global__ void name(const float* __restrict__ x, int n) {
//
// with no macro in it, so that the launches of the Go side can be checked against it.
var Signatures = sync.OnceValues(func() (map[string]Signature, error) {
	all := map[string]Signature{}
	for _, file := range names("*.cu") {
		found, err := parse(file, string(source(file)))
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if other, twice := all[s.Name]; twice {
				return nil, fmt.Errorf("kernel %s is in %s and in %s", s.Name, other.File, s.File)
			}
			all[s.Name] = s
		}
	}
	return all, nil
})

var (
	comment     = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/`)
	declaration = regexp.MustCompile(`(?s)extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)\s*\(([^)]*)\)`)
	mark        = regexp.MustCompile(`__global__`)
	space       = regexp.MustCompile(`\s+`)
)

// parse finds the kernels of one source.
func parse(file, text string) ([]Signature, error) {
	text = comment.ReplaceAllString(text, " ")
	found := declaration.FindAllStringSubmatch(text, -1)
	if marks := len(mark.FindAllString(text, -1)); marks != len(found) {
		return nil, fmt.Errorf(`%s: %d of its %d __global__ functions are not declared as extern "C" __global__ void name(...)`, file, marks-len(found), marks)
	}
	var out []Signature
	for _, m := range found {
		s := Signature{Name: m[1], File: file}
		for _, one := range strings.Split(m[2], ",") {
			if strings.TrimSpace(one) == "" {
				continue
			}
			p, err := parseParam(one)
			if err != nil {
				return nil, fmt.Errorf("%s: kernel %s: %w", file, s.Name, err)
			}
			s.Params = append(s.Params, p)
		}
		out = append(out, s)
	}
	return out, nil
}

func parseParam(text string) (Param, error) {
	words := strings.Fields(strings.NewReplacer("*", " * ", "__restrict__", " ").Replace(text))
	if len(words) < 2 {
		return Param{}, fmt.Errorf("parameter %q has no name", strings.TrimSpace(text))
	}
	p := Param{Name: words[len(words)-1]}
	var parts []string
	for _, w := range words[:len(words)-1] {
		switch w {
		case "const":
			p.Const = true
		case "*":
			if p.Pointer {
				return p, fmt.Errorf("parameter %q points to pointers", strings.TrimSpace(space.ReplaceAllString(text, " ")))
			}
			p.Pointer = true
		default:
			parts = append(parts, w)
		}
	}
	p.Type = strings.Join(parts, " ")
	if to, ok := aliases[p.Type]; ok {
		p.Type = to
	}
	p.Const = p.Const && p.Pointer
	if !p.Pointer && scalarSizes[p.Type] == 0 {
		return p, fmt.Errorf("parameter %q is neither a pointer nor int, unsigned, long long, unsigned long long, float or double", strings.TrimSpace(space.ReplaceAllString(text, " ")))
	}
	return p, nil
}
