// Package data loads and generates the datasets that networks are trained on, reads their file
// formats, and describes files. Samples stay in the element type of their file (float16, uint8);
// who computes widens them.
package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"noise2sparse/internal/dtype"
)

// Dataset is a training split, a validation split, and what is known about them. Both splits
// have at least one sample, rows of the same length, and the same element type: float16,
// bfloat16, float32 or uint8. All floating-point values are finite. uint8 values v are
// pixels: the network's input is v/255.
type Dataset struct {
	Name  string
	Files []string // what was read; none for generated data
	Train Split
	Val   Split
	// Classes is the number of classes; 0 where there are no labels. Labels lie in [0, Classes).
	Classes int
	// Image is the geometry of a sample, nil where samples are not images.
	Image *Image
	// Mean and Std are those of each channel over the official training images, of pixels in [0, 1];
	// nil where they are not known.
	Mean, Std []float64
	// Dictionary is, for data generated from one, its elements: float32, atoms × dim, rows of
	// unit norm. It is nil otherwise.
	Dictionary *Array
}

// Split is one part of a dataset.
type Split struct {
	X      Array   // N × dim, or N × channels × height × width
	Labels []int32 // N of them; nil where there are none

	// Until all is checked, for messages: the file of X ("" where that is clear), and its row that X
	// begins with.
	file  string
	first int
}

// Image is the geometry of an image whose values lie in the order channel, row, column.
type Image struct {
	Channels int `json:"channels"`
	Height   int `json:"height"`
	Width    int `json:"width"`
}

// Len is the number of samples.
func (s Split) Len() int { return s.X.Rows() }

// Dim is the number of values of a sample.
func (d *Dataset) Dim() int { return d.Train.X.RowLen() }

// String describes the dataset in a line.
func (d *Dataset) String() string {
	s := fmt.Sprintf("%s: %d training and %d validation samples of %d values (%v)", d.Name, d.Train.Len(), d.Val.Len(), d.Dim(), d.Train.X.DType)
	if d.Image != nil {
		s += fmt.Sprintf(", images of %d×%d×%d", d.Image.Channels, d.Image.Height, d.Image.Width)
	}
	if d.Classes > 0 {
		s += fmt.Sprintf(", %d classes", d.Classes)
	}
	return s
}

// SHA256 is the hash of the contents, in hexadecimal: for each split its element type, shape,
// bytes and labels. It reads everything, at about a second per gigabyte.
func (d *Dataset) SHA256() string {
	h := sha256.New()
	for _, s := range []Split{d.Train, d.Val} {
		hashArray(h, s.X)
		labels := make([]byte, 4*len(s.Labels))
		for i, l := range s.Labels {
			binary.LittleEndian.PutUint32(labels[4*i:], uint32(l))
		}
		hashArray(h, Array{DType: dtype.Int32, Shape: []int{len(s.Labels)}, Bytes: labels})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashArray feeds "float16 [2 3]\n" and the bytes to h.
func hashArray(h hash.Hash, a Array) {
	fmt.Fprintf(h, "%v %v\n", a.DType, a.Shape)
	h.Write(a.Bytes)
}

// arraySHA256 is the hash of one array's contents.
func arraySHA256(a Array) string {
	h := sha256.New()
	hashArray(h, a)
	return hex.EncodeToString(h.Sum(nil))
}
