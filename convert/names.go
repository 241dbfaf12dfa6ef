package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"noise2sparse/internal/array"
)

// ourNames is the form of our names of parameters and of what else belongs to a network. The
// reference's names of Top-K have it too, and are looked up first.
var ourNames = regexp.MustCompile(`^((projection|output|top_k|hidden\.\d+|inhibition\.\d+)(\.[a-z_]+)+|beta)$`)

// counters are ours that are not trained.
var counters = []string{"top_k.activation_counters", "top_k.epoch_counter"}

// fixedNames are the reference's names that have no number.
var fixedNames = []struct{ ref, ours string }{
	{"beta", "beta"},
	{"top_k.learnt_k", "top_k.learned_k"},
	{"top_k.learnt_k_suff_stats", "top_k.learned_k_stats"},
	{"top_k.neuron_activation_counters", "top_k.activation_counters"},
	{"top_k.curr_step", "top_k.epoch_counter"},
}

// circuitNames are the reference's names inside an inhibitory circuit.
var circuitNames = []struct{ ref, ours string }{
	{"inhib_circuit.weight", "weight"},
	{"inhib_circuit.0.weight", "pool.weight"},
	{"inhib_circuit.0.bias", "pool.bias"},
	{"inhib_circuit.2.weight", "broadcast.weight"},
}

// wrappers are prefixes that PyTorch's and Lightning's wrappers put before every name.
var wrappers = []string{"module.", "_orig_mod.", "model.", "network."}

// unwrap takes off the prefixes that all names have.
func unwrap(names []string) []string {
	names = slices.Clone(names)
	for again := true; again; {
		again = false
		for _, w := range wrappers {
			if slices.ContainsFunc(names, func(n string) bool { return !strings.HasPrefix(n, w) }) {
				continue
			}
			for i := range names {
				names[i] = names[i][len(w):]
			}
			again = true
		}
	}
	return names
}

// rename gives tensors our names. The error names the first tensor that is neither ours nor the
// reference's; one that repeats another tensor bit for bit (a module that is registered twice) is
// left out.
func (im *Import) rename(tensors []array.Named) ([]array.Named, error) {
	var names []string
	for _, t := range tensors {
		names = append(names, t.Name)
	}
	names = unwrap(names)
	places := newPlaces(names, tensors)
	switch {
	case len(places.linear) == 0: // our names, which do not tell
	case places.linear[0] == 0:
		im.projection = "before_noise"
	default:
		im.projection = "after_noise"
	}
	var out []array.Named
	seen := map[string]bool{}
	for i, t := range tensors {
		name := places.ours(names[i])
		if name == "" && (ourNames.MatchString(names[i]) || imageNames.MatchString(names[i])) {
			name = names[i]
		}
		switch twin := repeats(t.Array, out); {
		case name == "" && twin != "":
			im.note("left out %s: the same as %s", t.Name, twin)
		case name == "":
			return nil, fmt.Errorf("tensor %s (%v) belongs to no network that is known here; names are such as hidden.0.weight, or in the reference net.1.weight", t.Name, t.Array)
		case seen[name]:
			return nil, fmt.Errorf("tensor %s would be a second %s", t.Name, name)
		default:
			seen[name] = true
			out = append(out, array.Named{Name: name, Array: t.Array})
		}
	}
	return out, nil
}

// repeats is the name of a tensor among others with the same type, shape and bytes, or "".
func repeats(a array.Array, others []array.Named) string {
	for _, o := range others {
		if o.Array.String() == a.String() && string(o.Array.Bytes) == string(a.Bytes) {
			return o.Name
		}
	}
	return ""
}

// places says what stands at each place of the reference's torch.nn.Sequential: a layer or
// projection (it has a weight matrix, or in a tied network a bias alone), or a circuit.
type places struct {
	linear []int // ascending
	weight map[int]bool
}

var place = regexp.MustCompile(`^net\.(\d+)\.(.+)$`)

func newPlaces(names []string, tensors []array.Named) *places {
	p := &places{weight: map[int]bool{}}
	for i, name := range names {
		n, rest, ok := atPlace(name)
		if !ok || rest != "weight" && rest != "bias" && rest != "shared_bias" {
			continue
		}
		if !slices.Contains(p.linear, n) {
			p.linear = append(p.linear, n)
		}
		if rest == "weight" && len(tensors[i].Array.Shape) == 2 {
			p.weight[n] = true
		}
	}
	slices.Sort(p.linear)
	return p
}

func atPlace(name string) (n int, rest string, ok bool) {
	m := place.FindStringSubmatch(name)
	if m == nil {
		return 0, "", false
	}
	n, err := strconv.Atoi(m[1])
	return n, m[2], err == nil
}

// ours translates one of the reference's names; "" where it is none.
//
//	net.0 noise, net.1 hidden.0, net.2 activation or circuit, net.3 hidden.1 or output, ...
//
// A projection is at place 0, before the noise, or at 1, with the first hidden layer right behind.
// Where only one matrix is left the decoder is the encoder transposed.
func (p *places) ours(name string) string {
	for _, f := range fixedNames {
		if name == f.ref {
			return f.ours
		}
	}
	n, rest, ok := atPlace(name)
	if !ok {
		return ""
	}
	layers := p.linear
	if len(layers) > 1 && p.weight[layers[0]] && p.weight[layers[1]] && (layers[0] == 0 || layers[1] == layers[0]+1) {
		if n == layers[0] {
			if rest != "weight" {
				return ""
			}
			return "projection.weight"
		}
		layers = layers[1:]
	}
	for _, c := range circuitNames {
		if i := slices.Index(layers, n-1); rest == c.ref && i >= 0 {
			return fmt.Sprintf("inhibition.%d.%s", i, c.ours)
		}
	}
	i := slices.Index(layers, n)
	switch {
	case i < 0 || rest != "weight" && rest != "bias" && rest != "shared_bias":
		return ""
	case i == len(layers)-1 && i > 0:
		return "output." + rest
	}
	return fmt.Sprintf("hidden.%d.%s", i, rest)
}

// IsCounter tells whether a tensor of a checkpoint belongs to the network without being trained.
func IsCounter(name string) bool { return slices.Contains(counters, name) }

// Order is a key that sorts our names as state dicts have them: from the input to the output, in a
// layer the shared bias, the weight, the bias.
func Order(name string) string {
	if imageNames.MatchString(name) {
		return imageOrder(name)
	}
	layer, rank := 0, 0
	for _, k := range []struct {
		prefix string
		rank   int
	}{{"hidden.", 1}, {"inhibition.", 2}} {
		if n, _, ok := numbered(name, k.prefix); ok {
			layer, rank = n, k.rank
		}
	}
	if strings.HasPrefix(name, "output.") {
		rank, layer = 9, 1<<30
	}
	part := slices.Index([]string{"shared_bias", "pool.weight", "weight", "pool.bias", "bias"}, name[strings.LastIndexByte(name, '.')+1:])
	if _, rest, ok := numbered(name, "inhibition."); ok {
		part = slices.Index([]string{"weight", "pool.weight", "pool.bias", "broadcast.weight"}, rest)
	}
	return fmt.Sprintf("%012d %d %02d %s", layer, rank, part+1, name)
}
