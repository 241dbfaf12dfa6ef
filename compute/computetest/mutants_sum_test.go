package computetest

import (
	"math"

	"noise2sparse/compute"
)

var sumMutants = []mutant{
	{"Matmul reads c with beta 0", "matmul/Shapes", func(h *hooks, _ compute.Options) {
		h.matmul = func(c, a, b compute.Tensor, transA, transB bool, alpha, beta float64) {
			h.Backend.Matmul(c, a, b, transA, transB, alpha, beta+1e-30)
		}
	}},
	{"Matmul ignores alpha", "matmul/AlphaBeta", func(h *hooks, _ compute.Options) {
		h.matmul = func(c, a, b compute.Tensor, transA, transB bool, _, beta float64) {
			h.Backend.Matmul(c, a, b, transA, transB, 1, beta)
		}
	}},
	{"Matmul loses the last of k", "matmul/Shapes", func(h *hooks, _ compute.Options) {
		h.matmul = func(c, a, b compute.Tensor, transA, transB bool, alpha, beta float64) {
			if transA && !transB && a.Rows() > 1 {
				k := a.Rows() - 1
				a, b = a.Head(k), b.Head(k)
			}
			h.Backend.Matmul(c, a, b, transA, transB, alpha, beta)
		}
	}},
	{"Matmul in TF32", "matmul/Shapes", func(h *hooks, _ compute.Options) {
		h.matmul = func(c, a, b compute.Tensor, transA, transB bool, alpha, beta float64) {
			short := h.read(a)
			for i := range short {
				short[i] = float64(math.Float32frombits(math.Float32bits(float32(short[i])) &^ (1<<13 - 1)))
			}
			h.Backend.Matmul(c, h.temp(a, short), b, transA, transB, alpha, beta)
		}
	}},
	{"Reduce always starts anew", "reduce/Columns", func(h *hooks, _ compute.Options) {
		h.reduce = func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, _ bool) {
			h.Backend.Reduce(op, dst, x, axis, false)
		}
	}},
	{"Reduce always adds", "reduce/All", func(h *hooks, _ compute.Options) {
		h.reduce = func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, _ bool) {
			h.Backend.Reduce(op, dst, x, axis, true)
		}
	}},
	{"Reduce adds in one float32", "reduce/ManyRows", func(h *hooks, _ compute.Options) {
		h.reduce = func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
			h.Backend.Reduce(op, dst, x, axis, accumulate)
			if op == compute.Sum && axis == compute.All && !accumulate {
				var s float32
				for _, v := range h.read(x) {
					s += float32(v)
				}
				h.Backend.Fill(dst, float64(s))
			}
		}
	}},
	{"Reduce adds Float64 sums in float32", "reduce/Float64Sum", func(h *hooks, _ compute.Options) {
		h.reduce = func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
			h.Backend.Reduce(op, dst, x, axis, accumulate)
			h.edit(dst, func(v []float64) {
				for i := range v {
					v[i] = float64(float32(v[i]))
				}
			})
		}
	}},
	{"Largest begins at 0", "reduce/Largest", func(h *hooks, _ compute.Options) {
		h.reduce = func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
			h.Backend.Reduce(op, dst, x, axis, accumulate)
			if op == compute.Largest && !accumulate {
				h.edit(dst, func(v []float64) {
					for i := range v {
						v[i] = max(v[i], 0)
					}
				})
			}
		}
	}},
	{"rows of a square are columns", "reduce/Rows", func(h *hooks, _ compute.Options) {
		h.reduce = func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
			if axis == compute.Rows && x.Rank() == 2 && x.Rows() == x.Cols() {
				axis = compute.Columns
			}
			h.Backend.Reduce(op, dst, x, axis, accumulate)
		}
	}},
	{"counts include 0", "reduce/NonFinite", func(h *hooks, _ compute.Options) {
		h.reduce = func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
			if op == compute.CountPositive {
				shifted := h.read(x)
				for i := range shifted {
					if shifted[i] == 0 {
						shifted[i] = 1
					}
				}
				x = h.temp(x, shifted)
			}
			h.Backend.Reduce(op, dst, x, axis, accumulate)
		}
	}},
	{"the last of equal logits wins", "loss/Ties", func(h *hooks, _ compute.Options) {
		h.crossEntropy = func(total, correct, grad, logits, labels compute.Tensor, scale float64) {
			h.Backend.CrossEntropy(total, correct, grad, logits, labels, scale)
			z, y, hits := h.read(logits), h.read(labels), 0.0
			for i := range y {
				row := z[i*logits.Cols() : (i+1)*logits.Cols()]
				best := 0
				for j, v := range row {
					if v >= row[best] {
						best = j
					}
				}
				hits += indicator(best == int(y[i]))
			}
			h.Backend.Fill(correct, hits)
		}
	}},
	{"softmax overflows", "loss/ExtremeLogits", func(h *hooks, _ compute.Options) {
		h.crossEntropy = func(total, correct, grad, logits, labels compute.Tensor, scale float64) {
			h.Backend.CrossEntropy(total, correct, grad, logits, labels, scale)
			for _, z := range h.read(logits) {
				if z > 88 {
					h.Backend.Fill(total, math.Inf(1))
				}
			}
		}
	}},
	{"the loss adds to the last one", "loss/CrossEntropy", func(h *hooks, _ compute.Options) {
		h.crossEntropy = func(total, correct, grad, logits, labels compute.Tensor, scale float64) {
			old := h.read(total)[0]
			h.Backend.CrossEntropy(total, correct, grad, logits, labels, scale)
			h.edit(total, func(v []float64) { v[0] += old })
		}
	}},
	{"the gradient has no scale", "loss/CrossEntropy", func(h *hooks, _ compute.Options) {
		h.crossEntropy = func(total, correct, grad, logits, labels compute.Tensor, _ float64) {
			h.Backend.CrossEntropy(total, correct, grad, logits, labels, 1)
		}
	}},
	{"clipping enlarges", "update/ClipScale", func(h *hooks, _ compute.Options) {
		h.clipScale = func(scale, norm, squares compute.Tensor, limit float64) {
			h.Backend.ClipScale(scale, norm, squares, limit)
			if n := h.read(norm)[0]; limit > 0 && !math.IsNaN(n) {
				h.Backend.Fill(scale, limit/(n+1e-6))
			}
		}
	}},
	{"clipping has no epsilon", "update/ClipScale", func(h *hooks, _ compute.Options) {
		h.clipScale = func(scale, norm, squares compute.Tensor, limit float64) {
			h.Backend.ClipScale(scale, norm, squares, limit)
			if n := h.read(norm)[0]; limit > 0 && n > limit {
				h.Backend.Fill(scale, limit/n)
			}
		}
	}},
	{"clipping hides NaN", "update/ClipScale", func(h *hooks, _ compute.Options) {
		h.clipScale = func(scale, norm, squares compute.Tensor, limit float64) {
			h.Backend.ClipScale(scale, norm, squares, limit)
			if math.IsNaN(h.read(norm)[0]) {
				h.Backend.Fill(scale, 1)
			}
		}
	}},
	{"fused: fired starts anew", "fused/BiasReLU", func(h *hooks, _ compute.Options) {
		h.biasReLU = func(y, bias, fired, total compute.Tensor) {
			if fired.Valid() {
				h.Backend.Fill(fired, 0)
			}
			compute.BiasReLUComposed(h.Backend, y, bias, fired, total)
		}
	}},
	{"fused: total before the activation", "fused/BiasReLU", func(h *hooks, _ compute.Options) {
		h.biasReLU = func(y, bias, fired, total compute.Tensor) {
			if total.Valid() {
				h.Backend.Reduce(compute.Sum, total, y, compute.Columns, true)
			}
			compute.BiasReLUComposed(h.Backend, y, bias, fired, compute.Tensor{})
		}
	}},
	{"fused: dbias of the unmasked gradient", "fused/ReLUBackward", func(h *hooks, _ compute.Options) {
		h.reluBackward = func(dpre, dbias, dpost, post compute.Tensor) {
			if dbias.Valid() {
				h.Backend.Reduce(compute.Sum, dbias, dpost, compute.Columns, false)
			}
			h.Backend.Binary(compute.MaskByAbove, dpre, dpost, post)
		}
	}},
	{"fused: MSE counts the scale in the loss", "fused/MSE", func(h *hooks, _ compute.Options) {
		h.mse = func(total, grad, out, target compute.Tensor, scale float64) {
			compute.MSEComposed(h.Backend, total, grad, out, target, scale)
			h.Backend.Reduce(compute.SumSquares, total, grad, compute.All, false)
		}
	}},
	{"fused: MSE of target − out", "fused/MSE", func(h *hooks, _ compute.Options) {
		h.mse = func(total, grad, out, target compute.Tensor, scale float64) {
			compute.MSEComposed(h.Backend, total, grad, target, out, scale)
		}
	}},
	{"fused: Adam does not clip", "fused/Adam", adamMutant(func(h *hooks, s *compute.AdamScalars, _, _ *float64) {
		s.Clip = h.temp(s.Clip, []float64{1})
	})},
	{"fused: Adam swaps its betas", "fused/Adam", adamMutant(func(_ *hooks, _ *compute.AdamScalars, b1, b2 *float64) { *b1, *b2 = *b2, *b1 })},
	{"fused: Adam's beta2 in float32", "fused/Adam", adamMutant(func(_ *hooks, _ *compute.AdamScalars, _, b2 *float64) { *b2 = float64(float32(*b2)) })},
	{"fused: Adam divides by RootBC2 twice", "fused/Adam", adamMutant(func(h *hooks, s *compute.AdamScalars, _, _ *float64) {
		square := h.Backend.Alloc(s.RootBC2.DType(), 1)
		h.Backend.Unary(compute.Square, square, s.RootBC2)
		s.RootBC2 = square
	})},
	{"an operation allocates", "whole/NoGoMemory", func(h *hooks, _ compute.Options) {
		h.axpby = func(a float64, x compute.Tensor, b float64, y compute.Tensor) {
			garbage = append([]byte(nil), make([]byte, 16)...)
			h.Backend.Axpby(a, x, b, y)
		}
	}},
	{"threads change a sum", "threads/Threads", func(h *hooks, o compute.Options) {
		h.reduce = func(op compute.ReduceOp, dst, x compute.Tensor, axis compute.Axis, accumulate bool) {
			h.Backend.Reduce(op, dst, x, axis, accumulate)
			if o.Threads == 3 && op == compute.SumAbs && axis == compute.All {
				h.edit(dst, func(v []float64) { v[0] = math.Nextafter(v[0], 0) })
			}
		}
	}},
	{"a program forgets an operation", "whole/Recorded", func(h *hooks, _ compute.Options) {
		off := false
		h.record = func(step func()) compute.Program {
			off = true
			return h.Backend.Record(step)
		}
		h.advance = func(counter compute.Tensor, by int64) {
			if !off {
				h.Backend.Advance(counter, by)
			}
		}
	}},
}

// garbage keeps an allocation from being optimised away.
var garbage []byte

// adamMutant is Adam with other operands.
func adamMutant(change func(h *hooks, s *compute.AdamScalars, beta1, beta2 *float64)) func(h *hooks, o compute.Options) {
	return func(h *hooks, _ compute.Options) {
		h.adam = func(p, m, v, g compute.Tensor, s compute.AdamScalars, beta1, beta2 float64) {
			change(h, &s, &beta1, &beta2)
			compute.AdamComposed(h.Backend, p, m, v, g, s, beta1, beta2)
		}
	}
}
