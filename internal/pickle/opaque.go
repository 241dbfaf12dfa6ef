package pickle

// Opaque stands for an object of a class that this program does not know, in a pickle that is read
// all the same: what it was made from is kept, and nothing of it runs. FindClass returns Class for
// such a class; calling that, or anything that came of it, gives another Opaque.
type Opaque struct {
	Class string // "argparse.Namespace"
	Args  Tuple  // what the class was called with
	State any    // what __setstate__ was given: mostly a *Dict of attributes
	Dict  Dict   // entries set on it, of a subclass of dict
	Items []any  // items added to it, of a subclass of list or set
}

// SetState keeps the attributes.
func (o *Opaque) SetState(state any) error {
	o.State = state
	return nil
}

// Class is the callable of an unknown class or function.
func Class(name string) *Callable {
	return &Callable{Name: name, Call: func(args Tuple) (any, error) {
		return &Opaque{Class: name, Args: args}, nil
	}}
}

// extend adds what SETITEMS (entries) or APPENDS (items) brings.
func (o *Opaque) extend(v Tuple, entries bool) {
	if !entries || len(v)%2 != 0 {
		o.Items = append(o.Items, v...)
		return
	}
	for i := 0; i < len(v); i += 2 {
		o.Dict.Set(v[i], v[i+1])
	}
}
