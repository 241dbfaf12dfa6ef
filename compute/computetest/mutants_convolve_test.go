package computetest

import (
	"math"

	"noise2sparse/compute"
)

func init() {
	mutants = append(append(append(mutants, layoutMutants...), depthwiseMutants...), normMutants...)
}

// addOld makes dst what it was plus what run makes of it.
func (f *faulty) addOld(dst compute.Tensor, run func()) {
	old := f.h.read(dst)
	run()
	f.h.edit(dst, func(v []float64) {
		for i := range v {
			v[i] += old[i]
		}
	})
}

var layoutMutants = []mutant{
	imageMutant("Transpose copies", "Transpose", func(f *faulty, b compute.Backend) {
		f.transpose = func(dst, src compute.Tensor) { b.Copy(dst, src) }
	}),
	imageMutant("Patches leaves what was there outside of the image", "Patches", func(f *faulty, b compute.Backend) {
		f.patches = func(dst, x compute.Tensor, w compute.Window) {
			old := f.h.read(dst)
			b.Patches(dst, x, w)
			f.h.edit(dst, func(v []float64) {
				for i := range v {
					if v[i] == 0 {
						v[i] = old[i]
					}
				}
			})
		}
	}),
	imageMutant("Patches exchanges kernel rows and columns", "Patches", func(f *faulty, b compute.Backend) {
		f.patches = func(dst, x compute.Tensor, w compute.Window) {
			b.Patches(dst, x, w)
			f.h.edit(dst, func(v []float64) {
				old := append([]float64{}, v...)
				k, c, n := w.Size, x.Dim(3), dst.Cols()
				for i := range v {
					r, s, j := i%n/c/k, i%n/c%k, i%c
					v[i] = old[i/n*n+(s*k+r)*c+j]
				}
			})
		}
	}),
	imageMutant("SumPatches adds to what was there", "SumPatches", func(f *faulty, b compute.Backend) {
		f.sumPatches = func(dx, patches compute.Tensor, w compute.Window) {
			f.addOld(dx, func() { b.SumPatches(dx, patches, w) })
		}
	}),
	imageMutant("SumPatches misses the last window", "SumPatches", func(f *faulty, b compute.Backend) {
		f.sumPatches = func(dx, patches compute.Tensor, w compute.Window) {
			v := f.h.read(patches)
			clear(v[len(v)-patches.Cols():])
			b.SumPatches(dx, f.h.temp(patches, v), w)
		}
	}),
	imageMutant("Augment never shifts to the right end", "AugmentIsUniform", func(f *faulty, b compute.Backend) {
		f.augment = func(dst, src compute.Tensor, a compute.Augmentation, step compute.Tensor) {
			a.Pad--
			b.Augment(dst, src, a, step)
		}
	}),
	imageMutant("Augment forgets the step", "Augment", func(f *faulty, b compute.Backend) {
		f.augment = func(dst, src compute.Tensor, a compute.Augmentation, step compute.Tensor) {
			b.Augment(dst, src, a, f.h.temp(step, []float64{0}))
		}
	}),
	imageMutant("Augment mirrors all images", "AugmentIsUniform", func(f *faulty, b compute.Backend) {
		f.augment = func(dst, src compute.Tensor, a compute.Augmentation, step compute.Tensor) {
			a.Flip = false
			b.Augment(dst, src, a, step)
			f.h.edit(dst, func(v []float64) {
				w := dst.Dim(3)
				old := append([]float64{}, v...)
				for i := range v {
					v[i] = old[i/w*w+w-1-i%w]
				}
			})
		}
	}),
}

var depthwiseMutants = []mutant{
	imageMutant("Depthwise turns its kernels", "Depthwise", func(f *faulty, b compute.Backend) {
		f.depthwise = func(y, x, w, bias compute.Tensor) {
			v := f.h.read(w)
			turned := make([]float64, len(v))
			for i, n := 0, w.Cols(); i < len(v); i++ {
				turned[i/n*n+n-1-i%n] = v[i]
			}
			b.Depthwise(y, x, f.h.temp(w, turned), bias)
		}
	}),
	imageMutant("Depthwise puts even kernels one place lower", "Depthwise", func(f *faulty, b compute.Backend) {
		f.depthwise = func(y, x, w, bias compute.Tensor) {
			k := w.Dim(2)
			if k%2 != 0 {
				b.Depthwise(y, x, w, bias)
				return
			}
			wide, v := b.Alloc(w.DType(), w.Dim(0), 1, k+1, k+1), f.h.read(w)
			f.h.edit(wide, func(to []float64) {
				for i := range v {
					c, r, s := i/(k*k), i/k%k, i%k
					to[(c*(k+1)+r)*(k+1)+s] = v[i]
				}
			})
			b.Depthwise(y, x, wide, bias)
		}
	}),
	imageMutant("Depthwise forgets the bias", "Depthwise", func(f *faulty, b compute.Backend) {
		f.depthwise = func(y, x, w, _ compute.Tensor) { b.Depthwise(y, x, w, compute.Tensor{}) }
	}),
	imageMutant("DepthwiseInput does not turn the kernels", "DepthwiseInput", func(f *faulty, b compute.Backend) {
		f.depthwiseInput = func(dx, dy, w compute.Tensor) { b.Depthwise(dx, dy, w, compute.Tensor{}) }
	}),
	imageMutant("DepthwiseWeight misses the last image", "DepthwiseWeight", func(f *faulty, b compute.Backend) {
		f.depthwiseWeight = func(dw, dbias, dy, x compute.Tensor) {
			n := max(1, x.Rows()-1)
			b.DepthwiseWeight(dw, dbias, dy.Head(n), x.Head(n))
		}
	}),
	imageMutant("DepthwiseWeight leaves the bias alone", "DepthwiseWeight", func(f *faulty, b compute.Backend) {
		f.depthwiseWeight = func(dw, _, dy, x compute.Tensor) { b.DepthwiseWeight(dw, compute.Tensor{}, dy, x) }
	}),
	imageMutant("a border of zeros counts for MaxPool", "MaxPoolTies", func(f *faulty, b compute.Backend) {
		f.maxPool = func(y, index, x compute.Tensor, w compute.Window) {
			b.MaxPool(y, index, x, w)
			f.h.edit(y, func(v []float64) {
				for i := range v {
					v[i] = math.Max(v[i], 0)
				}
			})
		}
	}),
	imageMutant("MaxPool counts places from the first image", "MaxPool", func(f *faulty, b compute.Backend) {
		f.maxPool = func(y, index, x compute.Tensor, w compute.Window) {
			b.MaxPool(y, index, x, w)
			f.h.edit(index, func(v []float64) {
				for i := range v {
					v[i] += float64(i / index.Cols() * x.Dim(1) * x.Dim(2))
				}
			})
		}
	}),
	imageMutant("MaxPoolBackward adds to what was there", "MaxPoolBackward", func(f *faulty, b compute.Backend) {
		f.maxPoolBack = func(dx, dy, index compute.Tensor, w compute.Window) {
			f.addOld(dx, func() { b.MaxPoolBackward(dx, dy, index, w) })
		}
	}),
	imageMutant("MeanPool is a sum", "MeanPool", func(f *faulty, b compute.Backend) {
		f.meanPool = func(y, x compute.Tensor) {
			b.MeanPool(y, x)
			b.Axpby(0, y, float64(x.Dim(1)*x.Dim(2)), y)
		}
	}),
}

var normMutants = []mutant{
	imageMutant("inv is of the unbiased variance", "ChannelMoments", func(f *faulty, b compute.Backend) {
		f.moments = func(mean, inv, rm, rv, x compute.Tensor, momentum, eps float64) {
			b.ChannelMoments(mean, inv, rm, rv, x, momentum, eps)
			n := float64(x.Rows())
			b.Axpby(0, inv, math.Sqrt((n-1)/n), inv)
		}
	}),
	imageMutant("the running variance is biased", "ChannelMoments", func(f *faulty, b compute.Backend) {
		f.moments = func(mean, inv, rm, rv, x compute.Tensor, momentum, eps float64) {
			b.ChannelMoments(mean, inv, rm, rv, x, momentum*float64(x.Rows()-1)/float64(x.Rows()), eps)
		}
	}),
	imageMutant("momentum is that of the old statistics", "ChannelMoments", func(f *faulty, b compute.Backend) {
		f.moments = func(mean, inv, rm, rv, x compute.Tensor, momentum, eps float64) {
			b.ChannelMoments(mean, inv, rm, rv, x, 1-momentum, eps)
		}
	}),
	imageMutant("the variance is E[x²] − E[x]²", "ChannelMomentsOfLargeMeans", func(f *faulty, b compute.Backend) {
		f.moments = func(mean, inv, rm, rv, x compute.Tensor, momentum, eps float64) {
			b.ChannelMoments(mean, inv, rm, rv, x, momentum, eps)
			v, m := f.h.read(x), f.h.read(mean)
			f.h.edit(inv, func(inv []float64) {
				for j := range inv {
					var s float32
					for i := j; i < len(v); i += len(inv) {
						s += float32(v[i] * v[i])
					}
					inv[j] = 1 / math.Sqrt(float64(s)/float64(x.Rows())-m[j]*m[j]+eps)
				}
			})
		}
	}),
	imageMutant("BatchNormBackward takes the moments for constants", "BatchNormBackward", func(f *faulty, b compute.Backend) {
		f.normBack = func(dx, dgamma, dbeta, dy, x, mean, inv, gamma compute.Tensor) {
			grad := f.h.temp(dy, f.h.read(dy))
			b.BatchNormBackward(dx, dgamma, dbeta, dy, x, mean, inv, gamma)
			b.Binary(compute.Mul, dx, grad, inv)
			b.Binary(compute.Mul, dx, dx, gamma)
		}
	}),
	{"an epilogue scales before the GELU", "convolve/Epilogue", func(h *hooks, _ compute.Options) {
		h.finish = func(y, x compute.Tensor, e compute.Epilogue) {
			if e.GELU && e.Scale.Valid() {
				compute.FinishComposed(h, y, x, compute.Epilogue{Bias: e.Bias, Scale: e.Scale, Shift: e.Shift})
				compute.FinishComposed(h, y, y, compute.Epilogue{GELU: true, Residual: e.Residual, ReLU: e.ReLU})
				return
			}
			compute.FinishComposed(h, y, x, e)
		}
	}},
	{"an epilogue's ReLU comes before the residual", "convolve/Epilogue", func(h *hooks, _ compute.Options) {
		h.finish = func(y, x compute.Tensor, e compute.Epilogue) {
			residual := e.Residual
			e.Residual = compute.Tensor{}
			compute.FinishComposed(h, y, x, e)
			if residual.Valid() {
				h.Binary(compute.Add, y, y, residual)
			}
		}
	}},
	{"GELU is the tanh approximation", "elementwise/Transcendental", func(h *hooks, _ compute.Options) {
		h.unaryEdit(compute.GELU, func(x, _ float64) float64 {
			return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		})
	}},
	{"ELU's slope is 0 below", "elementwise/Transcendental", func(h *hooks, _ compute.Options) {
		h.unaryEdit(compute.ELUSlope, func(x, y float64) float64 {
			if x < 0 {
				return 0
			}
			return y
		})
	}},
}
