package pickle

import "fmt"

// The instructions, by the names of pickletools.
const (
	opMark            = '('
	opStop            = '.'
	opPop             = '0'
	opPopMark         = '1'
	opDup             = '2'
	opBinFloat        = 'G'
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opNone            = 'N'
	opBinPersID       = 'Q'
	opReduce          = 'R'
	opBinString       = 'T'
	opShortBinString  = 'U'
	opBinUnicode      = 'X'
	opEmptyList       = ']'
	opAppend          = 'a'
	opBuild           = 'b'
	opGlobal          = 'c'
	opDict            = 'd'
	opAppends         = 'e'
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opList            = 'l'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opSetItem         = 's'
	opTuple           = 't'
	opEmptyTuple      = ')'
	opSetItems        = 'u'
	opEmptyDict       = '}'
	opBinBytes        = 'B'
	opShortBinBytes   = 'C'
	opProto           = 0x80
	opNewObj          = 0x81
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opLong4           = 0x8b
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
	opByteArray8      = 0x96
)

// step carries out one instruction.
func (d *Decoder) step(op byte) error {
	if v, ok, err := d.scalar(op); ok {
		if err == nil {
			d.push(v)
		}
		return err
	}
	switch op {
	case opProto:
		v, err := d.byte()
		if err == nil && (v < 2 || v > 5) {
			err = fmt.Errorf("protocol %d; 2 to 5 are read", v)
		}
		return err
	case opFrame: // a hint about buffering: its length is of no use here
		_, err := d.uint(8)
		return err
	case opMark:
		d.marks = append(d.marks, len(d.stack))
		return nil
	case opPop:
		if len(d.stack) == d.floor() && len(d.marks) > 0 {
			d.marks = d.marks[:len(d.marks)-1]
			return nil
		}
		_, err := d.pop()
		return err
	case opPopMark:
		_, err := d.popMark()
		return err
	case opDup:
		v, err := d.top()
		if err == nil {
			d.push(v)
		}
		return err
	case opBinGet, opLongBinGet, opBinPut, opLongBinPut, opMemoize:
		return d.remember(op)
	case opEmptyTuple, opTuple, opTuple1, opTuple2, opTuple3, opEmptyList, opList, opAppend, opAppends,
		opEmptyDict, opDict, opSetItem, opSetItems, opEmptySet, opAddItems, opFrozenSet:
		return d.container(op)
	case opGlobal, opStackGlobal, opReduce, opNewObj, opBuild, opBinPersID:
		return d.object(op)
	}
	return fmt.Errorf("instruction 0x%02x is not supported", op)
}

// scalar reads the value of an instruction that pushes one value of its own.
func (d *Decoder) scalar(op byte) (v any, ok bool, err error) {
	switch op {
	case opNone:
		return nil, true, nil
	case opNewTrue:
		return true, true, nil
	case opNewFalse:
		return false, true, nil
	case opBinInt:
		n, err := d.uint(4)
		return int64(int32(n)), true, err
	case opBinInt1:
		n, err := d.uint(1)
		return int64(n), true, err
	case opBinInt2:
		n, err := d.uint(2)
		return int64(n), true, err
	case opLong1:
		v, err = d.long(1)
	case opLong4:
		v, err = d.long(4)
	case opBinFloat:
		v, err = d.float()
	case opBinUnicode:
		v, err = d.text(4)
	case opShortBinUnicode:
		v, err = d.text(1)
	case opBinString:
		v, err = d.rawText(4)
	case opShortBinString:
		v, err = d.rawText(1)
	case opBinUnicode8:
		v, err = d.text(8)
	case opBinBytes:
		v, err = d.counted(4)
	case opShortBinBytes:
		v, err = d.counted(1)
	case opBinBytes8, opByteArray8:
		v, err = d.counted(8)
	default:
		return nil, false, nil
	}
	return v, true, err
}

// remember stores in the memo, or fetches from it. The memo is a map, so that a large index in a
// small file costs nothing.
func (d *Decoder) remember(op byte) error {
	key, err := uint64(len(d.memo)), error(nil)
	switch op {
	case opBinGet, opBinPut:
		key, err = d.uint(1)
	case opLongBinGet, opLongBinPut:
		key, err = d.uint(4)
	}
	if err != nil {
		return err
	}
	if op == opBinGet || op == opLongBinGet {
		v, ok := d.memo[uint32(key)]
		if !ok {
			return fmt.Errorf("refers to memo entry %d, which was never stored", key)
		}
		d.push(v)
		return nil
	}
	v, err := d.top()
	if err == nil {
		d.memo[uint32(key)] = v
	}
	return err
}
