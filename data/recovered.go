package data

import (
	"fmt"
	"math"
)

// Recovered says how much of a known dictionary a network has learned.
type Recovered struct {
	Count    int     `json:"count"`    // elements found
	Atoms    int     `json:"atoms"`    // elements of the dictionary
	Fraction float64 `json:"fraction"` // Count / Atoms
	// Similarity is, for each element, the largest |cosine| with any learned vector.
	Similarity []float32 `json:"-"`
}

// RecoveredThreshold is the |cosine| from which an element counts as found, as is customary in
// work on dictionary learning.
const RecoveredThreshold = 0.9

// RecoveredAtoms counts the elements of a dictionary (atoms × dim) that a network with one hidden
// layer has learned: an element counts as found where the absolute cosine between it and any row
// of the encoder's weights (neurons × dim) or any column of the decoder's (dim × neurons) is at
// least threshold. Either may be an Array without bytes. The absolute value is taken because an
// element and its negative span the same line; both sides of the network are looked at because
// noise may shape them differently (the encoder suppresses interference from other elements, the
// decoder holds the elements themselves). Zero vectors are similar to nothing; NaN counts for
// nothing.
func RecoveredAtoms(dictionary, encoder, decoder Array, threshold float64) (Recovered, error) {
	if len(dictionary.Shape) != 2 || dictionary.Len() == 0 {
		return Recovered{}, fmt.Errorf("the dictionary is %v, not atoms × dim", dictionary)
	}
	atoms, dim := dictionary.Shape[0], dictionary.Shape[1]
	var learned []float32 // vectors of unit norm, one after another
	if len(encoder.Bytes) > 0 {
		if len(encoder.Shape) != 2 || encoder.Shape[1] != dim {
			return Recovered{}, fmt.Errorf("the encoder's weights are %v, not neurons × %d", encoder, dim)
		}
		learned = append(learned, encoder.Float32s()...)
	}
	if len(decoder.Bytes) > 0 {
		if len(decoder.Shape) != 2 || decoder.Shape[0] != dim {
			return Recovered{}, fmt.Errorf("the decoder's weights are %v, not %d × neurons", decoder, dim)
		}
		learned = append(learned, transpose(decoder.Float32s(), dim, decoder.Shape[1])...)
	}
	normalizeRows(learned, dim)
	d := dictionary.Float32s()
	normalizeRows(d, dim)
	r := Recovered{Atoms: atoms, Similarity: make([]float32, atoms)}
	parallel(atoms, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			r.Similarity[i] = mostSimilar(d[i*dim:(i+1)*dim], learned)
		}
	})
	for _, s := range r.Similarity {
		if float64(s) >= threshold {
			r.Count++
		}
	}
	r.Fraction = float64(r.Count) / float64(atoms)
	return r, nil
}

// mostSimilar is the largest |v · w| over the rows w of learned.
func mostSimilar(v, learned []float32) float32 {
	var best float64
	for len(learned) >= len(v) {
		dot := 0.0
		for k, x := range v {
			dot += float64(x) * float64(learned[k])
		}
		if a := math.Abs(dot); a > best {
			best = a
		}
		learned = learned[len(v):]
	}
	return float32(best)
}

// normalizeRows divides every row by its L2 norm; zero rows stay zero.
func normalizeRows(m []float32, dim int) {
	for ; len(m) >= dim; m = m[dim:] {
		sum := 0.0
		for _, x := range m[:dim] {
			sum += float64(x) * float64(x)
		}
		if sum > 0 {
			for k := range m[:dim] {
				m[k] = float32(float64(m[k]) / math.Sqrt(sum))
			}
		}
	}
}

// transpose turns a rows × cols matrix into cols × rows.
func transpose(m []float32, rows, cols int) []float32 {
	t := make([]float32, len(m))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = m[i*cols+j]
		}
	}
	return t
}
