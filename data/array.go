package data

import "noise2sparse/internal/array"

// Array is a dense array in the element type of its file: row-major, little endian.
type Array = array.Array

// Named is an array with the name it has in its file.
type Named = array.Named
