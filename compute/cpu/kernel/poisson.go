package kernel

import "math"

// setPoisson fills the table for one rate λ: thresholds T_k = ⌊2³² P(X ≤ k)⌉ for those k where
// T_k is neither 0 nor 2³². Probabilities are λᵏ/k! relative to the mode and divided by their sum,
// so that the table rests on float64 +, · and / alone and is the same on every machine.
func (n *Noise) setPoisson(rate float64) {
	var weight [3 * poissonRoom]float64
	mode := int(rate)
	weight[mode] = 1
	for k := mode; k > 0; k-- {
		weight[k-1] = weight[k] * (float64(k) / rate)
	}
	for k := mode + 1; k < len(weight); k++ {
		weight[k] = weight[k-1] * (rate / float64(k))
	}
	var sum float64
	for _, w := range weight {
		sum += w
	}
	n.Base, n.Count = 0, 0
	var below float64
	for _, w := range weight {
		below += w
		t := math.RoundToEven(below / sum * (1 << 32))
		switch {
		case t == 0:
			n.Base++
		case t < 1<<32:
			n.Thresholds[n.Count] = uint32(t)
			n.Count++
		}
	}
}

// poisson returns the number of thresholds that x reaches.
func (n *Noise) poisson(x uint32) float32 {
	k := 0
	for _, t := range n.Thresholds[:n.Count] {
		if x < t {
			break
		}
		k++
	}
	return n.Base + float32(k)
}
