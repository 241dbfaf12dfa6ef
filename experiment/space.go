package experiment

import (
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"strconv"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/philox"
)

// Range is a field that a random search draws, with its distribution: one entry of `search.space`.
type Range struct {
	Path string // dotted: "optimizer.lr"
	Kind string // uniform, log_uniform, int or choice
	Text string // its bounds or values, as YAML

	lo, hi float64        // bounds
	nodes  []*strict.Node // of choice
	texts  []string       // theirs
	pos    strict.Pos     // of the path
}

// draw is the value of attempt of a sample. It is a function of seed, path, sample and attempt alone,
// so other fields of the space may come and go. With u uniform in (0, 1):
//
//	uniform      lo + u (hi − lo), to 4 significant digits
//	log_uniform  exp(ln lo + u (ln hi − ln lo)), to 4 significant digits
//	int          lo + ⌊u (hi − lo + 1)⌋
//	choice       value number ⌊u n⌋
//
// Rounding makes readable names of jobs, and hides the last bits of exp and ln, which differ between
// processors.
func (r *Range) draw(seed uint64, sample, attempt int) cell {
	h := fnv.New32a()
	h.Write([]byte(r.Path))
	s := philox.Stream{Seed: seed, Purpose: h.Sum32(), Step: uint64(sample)}
	u := philox.Uniform64(s.Word(attempt))
	switch r.Kind {
	case "choice":
		i := int(u * float64(len(r.nodes)))
		return cell{r.Path, r.nodes[i], r.texts[i]}
	case "int":
		n := r.lo + math.Floor(u*(r.hi-r.lo+1))
		return r.cell(strict.Int, strconv.FormatFloat(n, 'f', 0, 64))
	case "log_uniform":
		a, b := math.Log(r.lo), math.Log(r.hi)
		return r.rounded(math.Exp(a + float64(u*(b-a))))
	}
	return r.rounded(r.lo + float64(u*(r.hi-r.lo)))
}

// cell is a number that was drawn.
func (r *Range) cell(k strict.Kind, text string) cell {
	return cell{r.Path, &strict.Node{Kind: k, Text: text, Pos: r.pos}, text}
}

// rounded is x to 4 significant digits, but not beyond the bounds.
func (r *Range) rounded(x float64) cell {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	return r.cell(strict.Float, strict.Inline(min(max(v, r.lo), r.hi)))
}

// distribution is one entry of the space, but for choice, whose values have the type of the field.
type distribution struct {
	Uniform    *[2]float64 `yaml:"uniform" doc:"[low, high]: numbers, evenly"`
	LogUniform *[2]float64 `yaml:"log_uniform" doc:"[low, high]: positive numbers, evenly in their logarithms"`
	Int        *[2]int64   `yaml:"int" doc:"[low, high]: whole numbers, both ends included"`
}

const choiceKey = "choice"

// space reads the fields that are drawn from distributions.
func (l *loader) space(n *strict.Node) []Range {
	label := searchKey + "." + spaceKey
	if n == nil || n.Kind == strict.Null {
		return nil
	}
	if n.Kind != strict.Map {
		l.rep.Addf(n.Pos, label, "want fields with distributions, such as optimizer.lr: {log_uniform: [1e-5, 1e-2]}; got %s", n.Describe())
		return nil
	}
	var out []Range
	for _, e := range n.Fields {
		r := Range{Path: e.Key, Text: e.Value.Inline(), pos: e.Pos}
		if l.knownField(e.Pos, e.Key, label+".") && l.oneRange(&r, e.Value, label+"."+e.Key) {
			out = append(out, r)
		} else {
			l.doubt[e.Key] = true
		}
	}
	return out
}

// oneRange reads the distribution of r, and says whether it can be used.
func (l *loader) oneRange(r *Range, n *strict.Node, label string) bool {
	if n.Kind != strict.Map || len(n.Fields) != 1 {
		l.rep.Addf(n.Pos, label, "want one of uniform: [low, high], log_uniform: [low, high], int: [low, high] and choice: [values]; got %s", n.Describe())
		return false
	}
	r.Kind, r.pos = n.Fields[0].Key, n.Fields[0].Value.Pos
	before := l.rep.Len()
	if r.Kind == choiceKey {
		v := n.Fields[0].Value
		if v.Kind != strict.List || len(v.Items) == 0 {
			l.rep.Addf(v.Pos, label, "choice wants a list of values, got %s", v.Describe())
			return false
		}
		r.nodes, r.texts = l.values(r.Path, label, v.Items)
		return l.rep.Len() == before
	}
	var rep strict.Report
	var d distribution
	strict.NewDecoder(&rep).Decode(n, &d)
	l.rep.Include(&rep, label)
	if l.rep.Len() > before {
		return false
	}
	switch {
	case d.Uniform != nil:
		r.lo, r.hi = d.Uniform[0], d.Uniform[1]
	case d.LogUniform != nil:
		r.lo, r.hi = d.LogUniform[0], d.LogUniform[1]
	case d.Int != nil:
		r.lo, r.hi = float64(d.Int[0]), float64(d.Int[1])
	default:
		l.rep.Addf(r.pos, label, "%s is empty; give [low, high]", r.Kind)
		return false
	}
	if why := r.wrong(); why != "" {
		l.rep.Addf(r.pos, label, "%s", why)
	}
	return l.rep.Len() == before
}

// wrong says why the bounds, or the field, do not suit the distribution.
func (r *Range) wrong() string {
	f, _, _ := strict.Lookup(configType, r.Path)
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	whole := t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64
	number := whole || t.Kind() == reflect.Float64
	switch {
	case !number:
		return "is no number; give choice: [values]"
	case whole && r.Kind != "int":
		return "is a whole number; give int: [low, high], or choice: [values]"
	case !(r.lo < r.hi):
		return fmt.Sprintf("goes from %v to %v; give the lower bound first, and a higher one", r.lo, r.hi)
	case r.Kind == "log_uniform" && r.lo <= 0:
		return fmt.Sprintf("begins at %v, which has no logarithm; give a positive number", r.lo)
	case r.Kind == "int" && max(-r.lo, r.hi) > 1<<53:
		return "is too wide; give whole numbers up to 2^53"
	}
	return ""
}
