package pickle

// The values a pickle can hold are: nil, bool, int64, *big.Int (beyond int64), float64, string,
// []byte, Tuple, *List, *Dict, *Set, and whatever the caller's FindClass, PersistentLoad and
// Callables return.

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list. It may contain itself.
type List struct{ Items []any }

// Set is a Python set or frozenset, in the order of writing; repeated elements are kept.
type Set struct{ Items []any }

// Entry is one entry of a Dict.
type Entry struct{ Key, Value any }

// Dict is a Python dict (or OrderedDict), in the order of insertion. It may contain itself.
type Dict struct {
	Entries []Entry
	index   map[any]int // entries with a key that is a string, number, bool or nil
}

// Set adds an entry; an entry of an equal string, number, bool or nil key is replaced.
func (d *Dict) Set(key, value any) {
	if !hashable(key) {
		d.Entries = append(d.Entries, Entry{key, value})
		return
	}
	if i, ok := d.index[key]; ok {
		d.Entries[i].Value = value
		return
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[key] = len(d.Entries)
	d.Entries = append(d.Entries, Entry{key, value})
}

// Get returns the value under a string, number, bool or nil key.
func (d *Dict) Get(key any) (any, bool) {
	if !hashable(key) {
		return nil, false
	}
	i, ok := d.index[key]
	if !ok {
		return nil, false
	}
	return d.Entries[i].Value, true
}

func hashable(key any) bool {
	switch key.(type) {
	case nil, bool, int64, float64, string:
		return true
	}
	return false
}

// Callable is a permitted function or class: Call builds the value from its arguments. It is
// code of this program; nothing in the pickle runs.
type Callable struct {
	Name string
	Call func(args Tuple) (any, error)
}

// Stateful is implemented by values that accept the BUILD instruction (Python's __setstate__).
type Stateful interface {
	SetState(state any) error
}

// SetState ignores the attributes of an OrderedDict: state dicts carry a `_metadata` there,
// which holds nothing but version numbers of modules.
func (d *Dict) SetState(any) error { return nil }
