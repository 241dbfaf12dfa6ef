package npy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"noise2sparse/internal/dtype"
)

// header is the description that precedes an array's elements.
type header struct {
	dtype   dtype.DType
	big     bool // big endian
	fortran bool // column-major
	shape   []int
}

// kinds are numpy's type codes, without the byte order before them.
var kinds = map[string]dtype.DType{
	"f2": dtype.Float16, "f4": dtype.Float32, "f8": dtype.Float64,
	"u1": dtype.Uint8, "u8": dtype.Uint64, "b1": dtype.Bool,
	"i1": dtype.Int8, "i2": dtype.Int16, "i4": dtype.Int32, "i8": dtype.Int64,
}

// parseHeader reads the Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
// Only this much of Python is understood: strings without escapes, True, False, and a tuple of
// integers.
func parseHeader(s string) (header, error) {
	var h header
	p := &parser{s: strings.TrimRight(s, " \n")}
	seen := map[string]bool{}
	if !p.eat("{") {
		return h, errors.New("the header is not a dict")
	}
	for !p.eat("}") {
		key, err := p.quoted()
		if err != nil || !p.eat(":") || seen[key] {
			return h, fmt.Errorf("the header does not make sense after %d bytes", p.at)
		}
		seen[key] = true
		switch key {
		case "descr":
			err = p.descr(&h)
		case "fortran_order":
			h.fortran, err = p.boolean()
		case "shape":
			h.shape, err = p.tuple()
		default:
			err = fmt.Errorf("the header has an unknown key %.20q", key)
		}
		if err != nil {
			return h, err
		}
		if !p.eat(",") && !p.peek("}") {
			return h, fmt.Errorf("the header does not make sense after %d bytes", p.at)
		}
	}
	if p.space(); p.at != len(p.s) || len(seen) != 3 {
		return h, errors.New("the header needs descr, fortran_order and shape, and nothing else")
	}
	return h, nil
}

// parser reads the literal from its front.
type parser struct {
	s  string
	at int
}

func (p *parser) space() {
	for p.at < len(p.s) && (p.s[p.at] == ' ' || p.s[p.at] == '\n') {
		p.at++
	}
}

func (p *parser) peek(what string) bool {
	p.space()
	return strings.HasPrefix(p.s[p.at:], what)
}

func (p *parser) eat(what string) bool {
	ok := p.peek(what)
	if ok {
		p.at += len(what)
	}
	return ok
}

func (p *parser) quoted() (string, error) {
	quote := "'"
	if !p.eat(quote) {
		if quote = `"`; !p.eat(quote) {
			return "", errors.New("a string is missing in the header")
		}
	}
	end := strings.Index(p.s[p.at:], quote)
	if end < 0 {
		return "", errors.New("a string in the header has no end")
	}
	s := p.s[p.at : p.at+end]
	p.at += end + 1
	return s, nil
}

func (p *parser) descr(h *header) error {
	if p.peek("[") {
		return errors.New("records of named fields are not read; save each field as an array of its own")
	}
	code, err := p.quoted()
	if err == nil {
		h.dtype, h.big, err = ParseType(code)
	}
	return err
}

// ParseType reads numpy's code for an element type, such as "<f4" or "|u1"; big: its bytes are big
// endian.
func ParseType(code string) (d dtype.DType, big bool, err error) {
	order, kind := byte('|'), code
	if len(code) > 0 && strings.IndexByte("<>|=", code[0]) >= 0 {
		order, kind = code[0], code[1:]
	}
	if strings.HasPrefix(kind, "O") {
		return d, false, errors.New("an array of Python objects (a pickle) is not read; save plain numbers")
	}
	d, ok := kinds[kind]
	if !ok {
		return d, false, fmt.Errorf("element type %.20q is not read; convert it in numpy with astype, such as to float32 or int64", code)
	}
	if d.Size() > 1 && order != '<' && order != '>' {
		return d, false, fmt.Errorf("element type %.20q does not say its byte order", code)
	}
	return d, order == '>', nil
}

func (p *parser) boolean() (bool, error) {
	if p.eat("True") {
		return true, nil
	}
	if p.eat("False") {
		return false, nil
	}
	return false, errors.New("fortran_order is neither True nor False")
}

// maxDims is numpy's largest number of dimensions.
const maxDims = 64

func (p *parser) tuple() ([]int, error) {
	shape := []int{}
	if !p.eat("(") {
		return nil, errors.New("the shape is not a tuple")
	}
	for !p.eat(")") {
		p.space()
		end := p.at
		for end < len(p.s) && p.s[end] >= '0' && p.s[end] <= '9' {
			end++
		}
		n, err := strconv.Atoi(p.s[p.at:end])
		if err != nil {
			return nil, errors.New("the shape is not a tuple of sizes")
		}
		p.at = end
		p.eat("L") // Python 2 wrote 3L
		if shape = append(shape, n); len(shape) > maxDims {
			return nil, fmt.Errorf("more than %d dimensions", maxDims)
		}
		if !p.eat(",") && !p.peek(")") {
			return nil, errors.New("the shape is not a tuple of sizes")
		}
	}
	return shape, nil
}
