package pickle

import "fmt"

// container carries out the instructions that build tuples, lists, dicts and sets.
func (d *Decoder) container(op byte) error {
	switch op {
	case opEmptyTuple:
		d.push(Tuple{})
	case opTuple1, opTuple2, opTuple3:
		v, err := d.popN(int(op) - opTuple1 + 1)
		if err != nil {
			return err
		}
		d.push(v)
	case opEmptyList:
		d.push(&List{})
	case opEmptyDict:
		d.push(&Dict{})
	case opEmptySet:
		d.push(&Set{})
	case opAppend:
		v, err := d.popN(1)
		return d.extend(op, v, err)
	case opSetItem:
		v, err := d.popN(2)
		return d.extend(op, v, err)
	case opAppends, opSetItems, opAddItems:
		v, err := d.popMark()
		return d.extend(op, v, err)
	default:
		return d.collect(op)
	}
	return nil
}

// collect makes a container of everything above the mark.
func (d *Decoder) collect(op byte) error {
	v, err := d.popMark()
	if err != nil {
		return err
	}
	switch op {
	case opTuple:
		d.push(v)
	case opList:
		d.push(&List{v})
	case opFrozenSet:
		d.push(&Set{v})
	case opDict:
		d.push(&Dict{})
		return d.extend(op, v, nil)
	}
	return nil
}

// extend adds values to the list, set or dict (alternating keys and values) on top of the stack.
func (d *Decoder) extend(op byte, v Tuple, err error) error {
	if err != nil {
		return err
	}
	top, err := d.top()
	if err != nil {
		return err
	}
	switch c := top.(type) {
	case *List:
		c.Items = append(c.Items, v...)
	case *Set:
		c.Items = append(c.Items, v...)
	case *Dict:
		if len(v)%2 != 0 {
			return fmt.Errorf("a key without a value")
		}
		for i := 0; i < len(v); i += 2 {
			c.Set(v[i], v[i+1])
		}
	case *Opaque:
		c.extend(v, op == opSetItem || op == opSetItems)
	default:
		return fmt.Errorf("adds items to a %s", Kind(top))
	}
	return nil
}

// object carries out the instructions that name classes and build their instances.
func (d *Decoder) object(op byte) error {
	switch op {
	case opGlobal:
		module, err := d.line()
		if err != nil {
			return err
		}
		name, err := d.line()
		if err != nil {
			return err
		}
		return d.global(module, name)
	case opBinPersID:
		id, err := d.pop()
		if err != nil {
			return err
		}
		if d.PersistentLoad == nil {
			return fmt.Errorf("refers to an object outside the pickle")
		}
		v, err := d.PersistentLoad(id)
		if err == nil {
			d.push(v)
		}
		return err
	}
	v, err := d.popN(2)
	if err != nil {
		return err
	}
	switch op {
	case opStackGlobal:
		module, ok1 := v[0].(string)
		name, ok2 := v[1].(string)
		if !ok1 || !ok2 || len(module) > maxName || len(name) > maxName {
			return fmt.Errorf("names a class by something other than two short strings")
		}
		return d.global(module, name)
	case opBuild:
		s, ok := v[0].(Stateful)
		if !ok {
			return fmt.Errorf("sets the state of a %s", Kind(v[0]))
		}
		d.push(v[0])
		return s.SetState(v[1])
	}
	return d.call(v[0], v[1])
}

func (d *Decoder) global(module, name string) error {
	if d.FindClass == nil {
		return fmt.Errorf("class %s.%s is not allowed", module, name)
	}
	v, err := d.FindClass(module, name)
	if err == nil {
		d.push(v)
	}
	return err
}

// call carries out REDUCE and NEWOBJ: a permitted callable, applied to a tuple.
func (d *Decoder) call(f, args any) error {
	c, ok := f.(*Callable)
	if o, opaque := f.(*Opaque); opaque { // what getattr of an unknown class gave, say
		c, ok = Class(o.Class), true
	}
	if !ok {
		return fmt.Errorf("calls a %s, which is not a function", Kind(f))
	}
	a, ok := args.(Tuple)
	if !ok {
		return fmt.Errorf("calls %s with a %s instead of a tuple", c.Name, Kind(args))
	}
	if err := d.charge(a); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	v, err := c.Call(a)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	d.push(v)
	return nil
}

// charge bounds what functions make of their arguments. A long string can be stored once and given to
// a function a million times; in what Python writes, the arguments are all in the pickle.
func (d *Decoder) charge(args Tuple) error {
	for _, a := range args {
		switch v := a.(type) {
		case string:
			d.given += int64(len(v))
		case []byte:
			d.given += int64(len(v))
		case *List:
			d.given += int64(len(v.Items))
		case *Dict:
			d.given += int64(len(v.Entries))
		}
	}
	if most := min(d.size, d.limit()) + chargeSlack; d.given > most {
		return fmt.Errorf("functions are given more than %d bytes in all, and the pickle has fewer: it repeats its contents", most)
	}
	return nil
}

// chargeSlack lets small pickles give the same short strings again and again.
const chargeSlack = 1 << 20

// Kind names the type of a value, for messages.
func Kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case float64:
		return "float"
	case string:
		return "string"
	case []byte:
		return "bytes object"
	case Tuple:
		return "tuple"
	case *List:
		return "list"
	case *Dict:
		return "dict"
	case *Set:
		return "set"
	case *Callable:
		return "function"
	case int64:
		return "int"
	case *Opaque:
		return "object of class " + v.Class
	}
	return fmt.Sprintf("%T", v)
}
