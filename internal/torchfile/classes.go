package torchfile

import (
	"errors"
	"fmt"
	"math/big"

	"noise2sparse/internal/dtype"
	"noise2sparse/internal/pickle"
)

// storageTypes are the classes that torch.save names beside a typed storage.
var storageTypes = map[string]dtype.DType{
	"HalfStorage": dtype.Float16, "BFloat16Storage": dtype.BFloat16, "FloatStorage": dtype.Float32,
	"DoubleStorage": dtype.Float64, "ByteStorage": dtype.Uint8, "CharStorage": dtype.Int8,
	"ShortStorage": dtype.Int16, "IntStorage": dtype.Int32, "LongStorage": dtype.Int64,
	"BoolStorage": dtype.Bool,
}

// dtypes are the torch.dtype names that appear beside untyped storages.
var dtypes = map[string]dtype.DType{
	"float16": dtype.Float16, "bfloat16": dtype.BFloat16, "float32": dtype.Float32,
	"float64": dtype.Float64, "uint8": dtype.Uint8, "int8": dtype.Int8, "int16": dtype.Int16,
	"int32": dtype.Int32, "int64": dtype.Int64, "uint64": dtype.Uint64, "bool": dtype.Bool,
}

// allowed ends every refusal of a class.
const allowed = "only tensors, parameters, tuples, lists, dicts, sets, numbers and strings are read, " +
	"never code; in Python, save these alone: torch.save((images, labels), path) or torch.save(model.state_dict(), path)"

// opaque is a permitted class that is only ever named, as an argument.
type opaque string

// untyped is the class of a storage of bytes.
type untyped struct{}

// findClass knows what torch.save writes for tensors and for plain containers of them.
func findClass(module, name string) (any, error) {
	full := module + "." + name
	if f, ok := functions[full]; ok {
		return &pickle.Callable{Name: full, Call: f}, nil
	}
	if module == "torch" || module == "torch.cuda" {
		if t, ok := storageTypes[name]; ok {
			return t, nil
		}
		if t, ok := dtypes[name]; ok && module == "torch" {
			return t, nil
		}
	}
	switch full {
	case "torch.storage.UntypedStorage":
		return untyped{}, nil
	case "torch.Tensor", "torch.nn.parameter.Parameter",
		"builtins.int", "builtins.float", "builtins.str", "__builtin__.int", "__builtin__.float", "__builtin__.str":
		return opaque(full), nil
	}
	return nil, fmt.Errorf("class %s is not allowed: %s", full, allowed)
}

var functions = map[string]func(pickle.Tuple) (any, error){
	"collections.OrderedDict":                    newDict,
	"collections.defaultdict":                    func(pickle.Tuple) (any, error) { return &pickle.Dict{}, nil },
	"builtins.dict":                              newDict,
	"__builtin__.dict":                           newDict,
	"builtins.list":                              newList,
	"__builtin__.list":                           newList,
	"builtins.set":                               newSet,
	"__builtin__.set":                            newSet,
	"builtins.frozenset":                         newSet,
	"__builtin__.frozenset":                      newSet,
	"torch.Size":                                 one("torch.Size"),
	"torch.device":                               func(a pickle.Tuple) (any, error) { return a, nil },
	"torch.serialization._get_layout":            one("layout"),
	"_codecs.encode":                             encode,
	"torch._utils._rebuild_tensor":               rebuildTensor,
	"torch._utils._rebuild_tensor_v2":            rebuildTensor,
	"torch._utils._rebuild_tensor_v3":            rebuildTensorV3,
	"torch._utils._rebuild_parameter":            rebuildParameter,
	"torch._utils._rebuild_parameter_with_state": rebuildParameter,
	"torch._tensor._rebuild_from_type_v2":        rebuildFromType,
}

func one(what string) func(pickle.Tuple) (any, error) {
	return func(a pickle.Tuple) (any, error) {
		if len(a) != 1 {
			return nil, fmt.Errorf("%d arguments for a %s", len(a), what)
		}
		return a[0], nil
	}
}

func newDict(a pickle.Tuple) (any, error) {
	d := &pickle.Dict{}
	if len(a) == 0 {
		return d, nil
	}
	// Python 2 wrote the items as an argument: a list of (key, value) pairs.
	l, ok := a[0].(*pickle.List)
	if !ok || len(a) != 1 {
		return nil, errors.New("its argument is not a list of pairs")
	}
	for _, item := range l.Items {
		pair, _ := item.(*pickle.List)
		t, ok := item.(pickle.Tuple)
		if pair != nil {
			t, ok = pair.Items, true
		}
		if !ok || len(t) != 2 {
			return nil, errors.New("its argument is not a list of pairs")
		}
		d.Set(t[0], t[1])
	}
	return d, nil
}

func newList(a pickle.Tuple) (any, error) {
	items, err := items(a)
	return &pickle.List{Items: items}, err
}

func newSet(a pickle.Tuple) (any, error) {
	items, err := items(a)
	return &pickle.Set{Items: items}, err
}

func items(a pickle.Tuple) ([]any, error) {
	if len(a) == 0 {
		return nil, nil
	}
	if l, ok := a[0].(*pickle.List); ok && len(a) == 1 {
		return l.Items[:len(l.Items):len(l.Items)], nil
	}
	return nil, errors.New("its argument is not a list")
}

// encode is how protocol 2 writes bytes: as text whose characters are the bytes.
func encode(a pickle.Tuple) (any, error) {
	if len(a) == 2 && a[1] == "latin1" {
		if s, ok := a[0].(string); ok {
			b := make([]byte, 0, len(s))
			for _, r := range s {
				if r > 255 {
					return nil, errors.New("a character beyond latin1")
				}
				b = append(b, byte(r))
			}
			return b, nil
		}
	}
	return nil, errors.New("its arguments are not a string and \"latin1\"")
}

func ints(v any) ([]int, error) {
	t, ok := v.(pickle.Tuple)
	if l, isList := v.(*pickle.List); isList {
		t, ok = l.Items, true
	}
	if !ok {
		return nil, fmt.Errorf("a %s where sizes or strides belong", pickle.Kind(v))
	}
	if len(t) > maxDims {
		return nil, fmt.Errorf("%d dimensions; at most %d are read", len(t), maxDims)
	}
	out := make([]int, len(t))
	for i, e := range t {
		n, err := integer(e)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

func integer(v any) (int, error) {
	n, ok := v.(int64)
	if _, big := v.(*big.Int); big {
		return 0, errors.New("a size beyond 64 bits")
	}
	if !ok {
		return 0, fmt.Errorf("a %s where an integer belongs", pickle.Kind(v))
	}
	return int(n), nil
}
