package computetest

import (
	"math"

	"noise2sparse/compute"
)

var randomMutants = []mutant{
	{"sine and cosine swapped", "random/NoiseDefinition", noiseEdit(compute.Gaussian, func(v []float64, _ float64) {
		for i := 1; i < len(v); i += 2 {
			v[i-1], v[i] = v[i], v[i-1]
		}
	})},
	{"a logarithm with other rounding", "random/NoiseDefinition", noiseEdit(compute.Laplace, func(v []float64, _ float64) {
		v[17] *= 1 + 0x1p-23
	})},
	{"KeepMask keeps its scale", "random/KeepMask", func(h *hooks, _ compute.Options) {
		h.keepMask = func(dst compute.Tensor, drop float64, seed uint64, purpose compute.Purpose, step compute.Tensor) {
			h.Backend.KeepMask(dst, drop, seed, purpose, step)
			h.Backend.Unary(compute.Positive, dst, dst)
		}
	}},
	{"KeepMask ignores the step", "random/KeepMask", func(h *hooks, _ compute.Options) {
		h.keepMask = func(dst compute.Tensor, drop float64, seed uint64, purpose compute.Purpose, step compute.Tensor) {
			h.Backend.KeepMask(dst, drop, seed, purpose, h.temp(step, []float64{0}))
		}
	}},
	{"KeepMask drops what it should keep", "random/KeepMask", func(h *hooks, _ compute.Options) {
		h.keepMask = func(dst compute.Tensor, drop float64, seed uint64, purpose compute.Purpose, step compute.Tensor) {
			if drop > 0 {
				drop = 1 - drop
			}
			h.Backend.KeepMask(dst, drop, seed, purpose, step)
		}
	}},
	{"Uniform from all 32 bits", "random/UniformDefinition", func(h *hooks, _ compute.Options) {
		h.uniform = func(dst compute.Tensor, lo, hi float64, seed uint64, purpose compute.Purpose) {
			h.edit(dst, func(v []float64) {
				for i := range v {
					v[i] = lo + (hi-lo)*(float64(word(seed, purpose, 0, i))+0.5)*0x1p-32
				}
			})
		}
	}},
	{"noise is rounded twice", "random/NoiseAdds", func(h *hooks, _ compute.Options) {
		h.noise = func(dst, src compute.Tensor, n compute.Noise, step compute.Tensor) {
			base := h.read(src)
			h.Backend.AddNoise(dst, src, n, step)
			h.edit(dst, func(v []float64) {
				for i := range v {
					if base[i] != 0 {
						v[i] *= 1 + 0x1p-23
					}
				}
			})
		}
	}},
	{"noise counts from the buffer's start", "random/NoiseCounts", noiseMutant(func(_ *hooks, dst compute.Tensor, n *compute.Noise, _ *compute.Tensor) {
		n.Seed += uint64(dst.Offset())
	})},
	{"noise depends on the batch size", "random/NoiseCounts", noiseMutant(func(_ *hooks, dst compute.Tensor, n *compute.Noise, _ *compute.Tensor) {
		n.Seed += uint64(dst.Rows())
	})},
	{"noise ignores the purpose", "random/NoiseStreams", noiseMutant(func(_ *hooks, _ compute.Tensor, n *compute.Noise, _ *compute.Tensor) {
		n.Purpose = compute.PurposeTraining
	})},
	{"noise ignores the seed's high word", "random/NoiseStreams", noiseMutant(func(_ *hooks, _ compute.Tensor, n *compute.Noise, _ *compute.Tensor) {
		n.Seed = uint64(uint32(n.Seed))
	})},
	{"noise ignores the step's high word", "random/NoiseStreams", noiseMutant(func(h *hooks, _ compute.Tensor, _ *compute.Noise, step *compute.Tensor) {
		*step = h.temp(*step, []float64{float64(uint32(int64(h.read(*step)[0])))})
	})},
	{"noise is repeated every step", "random/NoiseStreams", noiseMutant(func(h *hooks, _ compute.Tensor, _ *compute.Noise, step *compute.Tensor) {
		*step = h.temp(*step, []float64{0})
	})},
	{"gaussian noise is 1 % too large", "random/NoiseDistribution", noiseScaled(compute.Gaussian, 1.01)},
	{"laplace amount taken as deviation", "random/NoiseDistribution", noiseScaled(compute.Laplace, 1/math.Sqrt2)},
	{"exponential amount taken as mean", "random/NoiseDistribution", noiseMutant(func(h *hooks, _ compute.Tensor, n *compute.Noise, _ *compute.Tensor) {
		if n.Kind == compute.Exponential {
			n.Amount = h.temp(n.Amount, []float64{1 / h.read(n.Amount)[0]})
		}
	})},
	{"gaussian noise is cut at 3 deviations", "random/NoiseDistribution", noiseEdit(compute.Gaussian, func(v []float64, a float64) {
		for i := range v {
			v[i] = min(max(v[i], -3*a), 3*a)
		}
	})},
	{"pairs of numbers mirror each other", "random/NoiseDistribution", noiseEdit(compute.Gaussian, func(v []float64, _ float64) {
		for i := 1; i < len(v); i += 2 {
			v[i] = -v[i-1]
		}
	})},
	{"a block of noise repeats another", "random/NoiseDistribution", noiseEdit(compute.Laplace, func(v []float64, _ float64) {
		for i := 8; i+4 <= len(v); i += 8 {
			copy(v[i:i+4], v[i-8+4:i])
		}
	})},
	{"poisson noise is a rounded gaussian", "random/PoissonDistribution", func(h *hooks, _ compute.Options) {
		h.noise = func(dst, src compute.Tensor, n compute.Noise, step compute.Tensor) {
			if n.Kind != compute.Poisson {
				h.Backend.AddNoise(dst, src, n, step)
				return
			}
			mean := h.read(n.Amount)[0]
			n.Kind, n.Amount = compute.Gaussian, h.temp(n.Amount, []float64{math.Sqrt(mean)})
			h.Backend.AddNoise(dst, src, n, step)
			h.edit(dst, func(v []float64) {
				for i := range v {
					v[i] = max(0, math.Round(v[i]+mean))
				}
			})
		}
	}},
	{"Uniform reaches hi", "random/UniformBounds", func(h *hooks, _ compute.Options) {
		h.uniform = func(dst compute.Tensor, lo, hi float64, seed uint64, purpose compute.Purpose) {
			h.Backend.Uniform(dst, lo, hi, seed, purpose)
			h.edit(dst, func(v []float64) {
				if len(v) > 20000 {
					v[19999] = hi
				}
			})
		}
	}},
	{"Uniform ignores the purpose", "random/UniformStreams", func(h *hooks, _ compute.Options) {
		h.uniform = func(dst compute.Tensor, lo, hi float64, seed uint64, _ compute.Purpose) {
			h.Backend.Uniform(dst, lo, hi, seed, compute.PurposeInit)
		}
	}},
	{"Uniform leaves the tail", "random/UniformStreams", func(h *hooks, _ compute.Options) {
		h.uniform = func(dst compute.Tensor, lo, hi float64, seed uint64, purpose compute.Purpose) {
			h.Backend.Uniform(dst.Flat().Head(dst.Len()&^3), lo, hi, seed, purpose)
		}
	}},
	{"Uniform averages two draws", "random/UniformDistribution", func(h *hooks, _ compute.Options) {
		h.uniform = func(dst compute.Tensor, lo, hi float64, seed uint64, purpose compute.Purpose) {
			h.Backend.Uniform(dst, lo, hi, seed+1, purpose)
			other := h.read(dst)
			h.Backend.Uniform(dst, lo, hi, seed, purpose)
			h.edit(dst, func(v []float64) {
				for i := range v {
					v[i] = (v[i] + other[i]) / 2
				}
			})
		}
	}},
	{"another permutation", "shuffle/Definition", func(h *hooks, _ compute.Options) {
		h.shuffle = func(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int) {
			h.Backend.Shuffle(index, n, seed+1, epoch, batch, stride)
		}
	}},
	{"the order is the file's", "shuffle/Keys", shuffleMutant(func(_ *hooks, v []float64, _ int, first float64) {
		for i := range v {
			v[i] = first + float64(i)
		}
	})},
	{"every epoch has one order", "shuffle/Keys", func(h *hooks, _ compute.Options) {
		h.shuffle = func(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int) {
			h.Backend.Shuffle(index, n, seed, h.temp(epoch, []float64{0}), batch, stride)
		}
	}},
	{"a sample is never drawn", "shuffle/Permutation", shuffleMutant(func(_ *hooks, v []float64, n int, _ float64) {
		for i := range v {
			v[i] = math.Mod(v[i], float64(max(1, n-1)))
		}
	})},
	{"the last batch starts anew", "shuffle/Permutation", func(h *hooks, _ compute.Options) {
		h.shuffle = func(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int) {
			if index.Len() < stride {
				batch = h.temp(batch, []float64{0})
			}
			h.Backend.Shuffle(index, n, seed, epoch, batch, stride)
		}
	}},
	{"the order is a rotation", "shuffle/Uniformity", func(h *hooks, _ compute.Options) {
		h.shuffle = func(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int) {
			shift := float64(int(h.read(epoch)[0]) * 7 % 10 / 2)
			h.edit(index, func(v []float64) {
				for i := range v {
					v[i] = math.Mod(float64(i)+shift, float64(n))
				}
			})
		}
	}},
}

// noiseMutant draws other noise than asked for.
func noiseMutant(change func(h *hooks, dst compute.Tensor, n *compute.Noise, step *compute.Tensor)) func(h *hooks, o compute.Options) {
	return func(h *hooks, _ compute.Options) {
		h.noise = func(dst, src compute.Tensor, n compute.Noise, step compute.Tensor) {
			change(h, dst, &n, &step)
			h.Backend.AddNoise(dst, src, n, step)
		}
	}
}

// noiseEdit changes the noise of one kind; f is given the noise and its amount.
func noiseEdit(kind compute.NoiseKind, f func(v []float64, amount float64)) func(h *hooks, o compute.Options) {
	return func(h *hooks, _ compute.Options) {
		h.noise = func(dst, src compute.Tensor, n compute.Noise, step compute.Tensor) {
			h.Backend.AddNoise(dst, src, n, step)
			if n.Kind == kind {
				h.edit(dst, func(v []float64) { f(v, h.read(n.Amount)[0]) })
			}
		}
	}
}

// noiseScaled multiplies the noise of one kind.
func noiseScaled(kind compute.NoiseKind, by float64) func(h *hooks, o compute.Options) {
	return noiseEdit(kind, func(v []float64, _ float64) {
		for i := range v {
			v[i] *= by
		}
	})
}

// shuffleMutant changes the order; f is given a batch, n, and the batch's first place.
func shuffleMutant(f func(h *hooks, v []float64, n int, first float64)) func(h *hooks, o compute.Options) {
	return func(h *hooks, _ compute.Options) {
		h.shuffle = func(index compute.Tensor, n int, seed uint64, epoch, batch compute.Tensor, stride int) {
			h.Backend.Shuffle(index, n, seed, epoch, batch, stride)
			h.edit(index, func(v []float64) { f(h, v, n, h.read(batch)[0]*float64(stride)) })
		}
	}
}
