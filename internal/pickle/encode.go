package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Global is a class or function that a pickle names: the encoder writes its name, and whoever
// reads the pickle must know it.
type Global struct{ Module, Name string }

// Reduce is the object that the reader gets by calling Func with Args.
type Reduce struct {
	Func Global
	Args Tuple
}

// Persistent is an object that lies outside the pickle, under ID.
type Persistent struct{ ID any }

// Encode writes v as a pickle of protocol 2, the one that torch.save writes. It knows nil, bool,
// int, int64, float64, string, Tuple, *List, *Dict, Global, Reduce and Persistent. Nothing is
// shared: a list that is there twice is written twice, and one that contains itself is an error.
func Encode(v any) ([]byte, error) {
	e := &encoder{b: []byte{opProto, 2}}
	if err := e.value(v, 0); err != nil {
		return nil, fmt.Errorf("pickle: %w", err)
	}
	return append(e.b, opStop), nil
}

// maxEncodeDepth ends the encoding of what contains itself.
const maxEncodeDepth = 100

type encoder struct{ b []byte }

func (e *encoder) value(v any, depth int) error {
	if depth > maxEncodeDepth {
		return fmt.Errorf("values are nested deeper than %d", maxEncodeDepth)
	}
	switch x := v.(type) {
	case nil:
		e.b = append(e.b, opNone)
	case bool:
		op := byte(opNewFalse)
		if x {
			op = opNewTrue
		}
		e.b = append(e.b, op)
	case int:
		e.integer(int64(x))
	case int64:
		e.integer(x)
	case float64:
		e.b = binary.BigEndian.AppendUint64(append(e.b, opBinFloat), math.Float64bits(x))
	case string:
		return e.text(x)
	case Tuple:
		e.b = append(e.b, opMark)
		return e.items(x, opTuple, depth)
	case *List:
		e.b = append(e.b, opEmptyList, opMark)
		return e.items(x.Items, opAppends, depth)
	case *Dict:
		e.b = append(e.b, opEmptyDict, opMark)
		for _, entry := range x.Entries {
			if err := e.values(depth, entry.Key, entry.Value); err != nil {
				return err
			}
		}
		e.b = append(e.b, opSetItems)
	case Global:
		e.b = fmt.Appendf(append(e.b, opGlobal), "%s\n%s\n", x.Module, x.Name)
	case Reduce:
		if err := e.values(depth, x.Func, x.Args); err != nil {
			return err
		}
		e.b = append(e.b, opReduce)
	case Persistent:
		if err := e.value(x.ID, depth+1); err != nil {
			return err
		}
		e.b = append(e.b, opBinPersID)
	default:
		return fmt.Errorf("a %s can't be written", Kind(v))
	}
	return nil
}

func (e *encoder) items(items []any, end byte, depth int) error {
	err := e.values(depth, items...)
	e.b = append(e.b, end)
	return err
}

func (e *encoder) values(depth int, vs ...any) error {
	for _, v := range vs {
		if err := e.value(v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// integer writes four bytes where these suffice, as readers without BigInts like it, else eight.
func (e *encoder) integer(n int64) {
	if n == int64(int32(n)) {
		e.b = binary.LittleEndian.AppendUint32(append(e.b, opBinInt), uint32(n))
		return
	}
	e.b = binary.LittleEndian.AppendUint64(append(e.b, opLong1, 8), uint64(n))
}

func (e *encoder) text(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("the string %.40q is not valid UTF-8", s)
	}
	if len(s) > math.MaxInt32 {
		return fmt.Errorf("a string of %d bytes is too long", len(s))
	}
	e.b = binary.LittleEndian.AppendUint32(append(e.b, opBinUnicode), uint32(len(s)))
	e.b = append(e.b, s...)
	return nil
}
