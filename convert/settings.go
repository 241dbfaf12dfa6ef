package convert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"noise2sparse/internal/pickle"
	"noise2sparse/internal/registry"
	"noise2sparse/model"
	"noise2sparse/optim"
)

// setting is one of the reference's parameters that a Lightning checkpoint may hold, and the field
// that it is here.
type setting struct {
	theirs, ours string
	value        func(v any) (string, bool) // nil: as it is
}

var settings = []setting{
	{"batch_size", "batch_size", nil},
	{"epochs_to_train_for", "epochs", nil},
	{"random_seed", "seed", nil},
	{"dataset_size", "dataset_size", nil},
	{"lr", "optimizer.lr", nil},
	{"adam_betas", "optimizer.betas", nil},
	{"gradient_clip", "optimizer.clip_norm", nil},
	{"opt", "optimizer.kind", func(v any) (string, bool) { return lookup(v, optim.Optimizers.Lines()) }},
	{"act_func", "model.activation", func(v any) (string, bool) { return lookup(v, model.Activations.Lines()) }},
	{"noise_off_during_eval", "noise.in_evaluation", func(v any) (string, bool) {
		off, ok := v.(bool)
		return strconv.FormatBool(!off), ok
	}},
	{"classification", "task", func(v any) (string, bool) {
		on, ok := v.(bool)
		return map[bool]string{true: "classification", false: "reconstruction"}[on], ok
	}},
}

// settings takes from hyper_parameters what has a field here. The reference's parameters lie there
// themselves, in a dict below, or as attributes of an object.
func (im *Import) settings(root *pickle.Dict) {
	known := map[string]any{}
	gather(at(root, "hyper_parameters"), known, map[any]bool{}, 0)
	for _, s := range settings {
		v, ok := known[s.theirs]
		if !ok || v == nil {
			continue
		}
		value := s.value
		if value == nil {
			value = yaml
		}
		if text, ok := value(v); ok {
			im.override(s.ours + "=" + text)
		} else {
			im.note("the setting %s is not taken: it has nothing like it here; give %s with --set", s.theirs, s.ours)
		}
	}
	im.noise(known)
	im.families(known)
}

// gather collects the entries of dicts in dicts and objects, the outermost counting. Each is looked
// at once, wherever it is repeated.
func gather(v any, into map[string]any, seen map[any]bool, depth int) {
	var entries []pickle.Entry
	switch x := v.(type) {
	case *pickle.Dict:
		if seen[x] || depth > 3 {
			return
		}
		seen[x] = true
		entries = x.Entries
	case *pickle.Opaque:
		if seen[x] || depth > 3 {
			return
		}
		seen[x] = true
		entries = x.Dict.Entries
		if state, ok := x.State.(*pickle.Dict); ok {
			entries = append(entries[:len(entries):len(entries)], state.Entries...)
		}
	}
	for _, e := range entries {
		if key, ok := e.Key.(string); ok {
			if _, there := into[key]; !there {
				into[key] = e.Value
			}
		}
	}
	for _, e := range entries {
		gather(e.Value, into, seen, depth+1)
	}
}

// noise translates noise_type and diffusion_noise, whose meaning depends on the type.
func (im *Import) noise(known map[string]any) {
	amount, ok := yaml(known["diffusion_noise"])
	if !ok {
		return
	}
	kind, _ := known["noise_type"].(string)
	kinds := map[string]struct{ name, field string }{
		"": {"gaussian", "sigma"}, "normal": {"gaussian", "sigma"}, "laplace": {"laplace", "scale"},
		"expo": {"exponential", "rate"}, "poisson": {"poisson", "rate"},
	}
	k, ok := kinds[kind]
	if !ok {
		im.note("noise_type %q is not known here; give noise.kind with --set", kind)
		return
	}
	im.override("noise.kind=" + k.name)
	for _, field := range []string{"sigma", "scale", "rate"} {
		if field == k.field {
			im.override("noise." + field + "=" + amount)
		} else {
			im.override("noise." + field + "=null")
		}
	}
}

// yaml writes a number, truth value or list of numbers as an experiment file does.
func yaml(v any) (string, bool) {
	switch x := v.(type) {
	case bool:
		return strconv.FormatBool(x), true
	case int64:
		return strconv.FormatInt(x, 10), true
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64), true
	case pickle.Tuple:
		return list(x)
	case *pickle.List:
		return list(x.Items)
	}
	return "", false
}

func list(items []any) (string, bool) {
	parts := make([]string, len(items))
	for i, v := range items {
		var ok bool
		if parts[i], ok = yaml(v); !ok {
			return "", false
		}
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}

var lastName = regexp.MustCompile(`[A-Za-z0-9_]+$`)

// lookup finds our name of an optimizer or activation that the reference names, as text or by an
// object of PyTorch's class.
func lookup(v any, lines []registry.Line) (string, bool) {
	name := ""
	switch x := v.(type) {
	case string:
		name = x
	case *pickle.Opaque:
		name = x.Class
	case *pickle.Callable:
		name = x.Name
	}
	name = lastName.FindString(strings.TrimSuffix(name, "()"))
	for _, l := range lines {
		for _, ref := range append(strings.Fields(fmt.Sprint(l.Reference)), l.Name) {
			if strings.EqualFold(strings.Trim(ref, "(),"), name) && name != "" {
				return l.Name, true
			}
		}
	}
	return "", false
}
