package computetest

import (
	"math"

	"noise2sparse/compute"
)

// mutant is a backend with one fault, of the kinds that kernels really have.
type mutant struct {
	name, check string
	change      func(h *hooks, o compute.Options)
}

var mutants = append(append(append([]mutant{}, elementMutants...), sumMutants...), randomMutants...)

func init() { mutants = append(mutants, stepMutants...) }

var elementMutants = []mutant{
	{"Alloc leaves old contents", "memory/Alloc", func(h *hooks, _ compute.Options) {
		h.alloc = func(dt compute.DType, shape ...int) compute.Tensor {
			t := h.Backend.Alloc(dt, shape...)
			h.Backend.Upload(t, []byte(string(make([]byte, t.Bytes()-1))+"\x01"))
			return t
		}
	}},
	{"Upload takes any size", "memory/TransferSizes", func(h *hooks, _ compute.Options) {
		h.upload = func(dst compute.Tensor, src []byte) {
			fit := make([]byte, dst.Bytes())
			copy(fit, src)
			h.Backend.Upload(dst, fit)
		}
	}},
	{"Copy misses the last element", "memory/Copy", func(h *hooks, _ compute.Options) {
		h.copy = func(dst, src compute.Tensor) {
			n := dst.Len() - 1
			h.Backend.Copy(dst.Flat().Head(n), src.Flat().Head(n))
		}
	}},
	{"Fill runs over the end", "memory/Fill", func(h *hooks, _ compute.Options) {
		h.fill = func(dst compute.Tensor, v float64) { h.Backend.Fill(beyond(dst, 1), v) }
	}},
	{"Record runs its step at once", "memory/Record", func(h *hooks, _ compute.Options) {
		h.record = func(step func()) compute.Program {
			step()
			return h.Backend.Record(step)
		}
	}},
	{"a program stops after 16 runs", "memory/Repeat", func(h *hooks, _ compute.Options) {
		h.record = func(step func()) compute.Program { return atMost{h.Backend.Record(step), 16} }
	}},
	{"Relu hides NaN", "elementwise/Unary", func(h *hooks, _ compute.Options) {
		h.unaryEdit(compute.Relu, func(x, y float64) float64 {
			if math.IsNaN(x) {
				return 0
			}
			return y
		})
	}},
	{"Reciprocal is an estimate", "elementwise/Unary", func(h *hooks, _ compute.Options) {
		h.unaryEdit(compute.Reciprocal, func(_, y float64) float64 { return y * (1 + 0x1p-23) })
	}},
	{"Sqrt flushes denormals", "elementwise/Unary", func(h *hooks, _ compute.Options) {
		h.unaryEdit(compute.Sqrt, func(x, y float64) float64 {
			if math.Abs(x) < 0x1p-126 {
				return 0
			}
			return y
		})
	}},
	{"Negative looks at the sign bit", "elementwise/Unary", func(h *hooks, _ compute.Options) {
		h.unaryEdit(compute.Negative, func(x, _ float64) float64 { return indicator(math.Signbit(x)) })
	}},
	{"Expm1 is Exp − 1", "elementwise/Transcendental", func(h *hooks, _ compute.Options) {
		h.unaryEdit(compute.Expm1, func(x, _ float64) float64 { return math.Exp(x) - 1 })
	}},
	{"Sigmoid overflows", "elementwise/Transcendental", func(h *hooks, _ compute.Options) {
		h.unaryEdit(compute.Sigmoid, func(x, _ float64) float64 {
			e := math.Exp(x)
			return e / (1 + e)
		})
	}},
	{"Unary runs over the end", "elementwise/Unary", func(h *hooks, _ compute.Options) {
		h.unary = func(op compute.UnaryOp, y, x compute.Tensor) {
			h.Backend.Unary(op, beyond(y, 1), beyond(x, 1))
			h.Backend.Fill(beyond(y, 1).Slice(y.Len(), y.Len()+1), 0)
		}
	}},
	{"a square row broadcast runs down the columns", "elementwise/BinaryBroadcast", func(h *hooks, _ compute.Options) {
		h.binary = func(op compute.BinaryOp, z, x, y compute.Tensor) {
			if y.Rank() == 1 && x.Rank() == 2 && y.Len() == x.Rows() && y.Len() > 1 {
				y = y.Reshape(y.Len(), 1)
			}
			h.Backend.Binary(op, z, x, y)
		}
	}},
	{"the mask passes 0", "elementwise/Binary", func(h *hooks, _ compute.Options) {
		h.binary = func(op compute.BinaryOp, z, x, y compute.Tensor) {
			left, right := h.read(x), h.read(y)
			h.Backend.Binary(op, z, x, y)
			if op == compute.MaskByAbove {
				h.edit(z, func(v []float64) {
					for i := range v {
						if right[i] == 0 {
							v[i] = left[i]
						}
					}
				})
			}
		}
	}},
	{"the mask multiplies", "elementwise/Binary", func(h *hooks, _ compute.Options) {
		h.binary = func(op compute.BinaryOp, z, x, y compute.Tensor) {
			if op != compute.MaskByAbove {
				h.Backend.Binary(op, z, x, y)
				return
			}
			positive := h.temp(y, h.read(y))
			h.Backend.Unary(compute.Positive, positive, positive)
			h.Backend.Binary(compute.Mul, z, x, positive)
		}
	}},
	{"Max prefers numbers to NaN", "elementwise/Binary", func(h *hooks, _ compute.Options) {
		h.binary = func(op compute.BinaryOp, z, x, y compute.Tensor) {
			left := h.read(x)
			h.Backend.Binary(op, z, x, y)
			if op == compute.Max {
				h.edit(z, func(v []float64) {
					for i := range v {
						if math.IsNaN(v[i]) {
							v[i] = left[i]
						}
					}
				})
			}
		}
	}},
	{"Binary forgets z is y", "elementwise/Binary", func(h *hooks, _ compute.Options) {
		h.binary = func(op compute.BinaryOp, z, x, y compute.Tensor) {
			h.Backend.Copy(z, x)
			h.Backend.Binary(op, z, z, y)
		}
	}},
	{"Binary takes any shape", "elementwise/Panics", func(h *hooks, _ compute.Options) {
		h.binary = func(op compute.BinaryOp, z, x, y compute.Tensor) {
			if y.Len() < x.Len() {
				y = y.Flat().Head(1)
			}
			h.Backend.Binary(op, z, x, y)
		}
	}},
	{"Axpby reads y with b = 0", "elementwise/Axpby", func(h *hooks, _ compute.Options) {
		h.axpby = func(a float64, x compute.Tensor, b float64, y compute.Tensor) {
			if b == 0 {
				b = 1e-30
			}
			h.Backend.Axpby(a, x, b, y)
		}
	}},
	{"Advance by 32 bits", "elementwise/Advance", func(h *hooks, _ compute.Options) {
		h.advance = func(counter compute.Tensor, by int64) { h.Backend.Advance(counter, int64(int32(by))) }
	}},
	{"NoteNonFinite keeps the last", "elementwise/NoteNonFinite", func(h *hooks, _ compute.Options) {
		h.note = func(first, x, step compute.Tensor) {
			old := h.read(first)
			h.Backend.Fill(first, -1)
			h.Backend.NoteNonFinite(first, x, step)
			h.edit(first, func(v []float64) { v[0] = math.Max(v[0], old[0]) })
		}
	}},
	{"NoteNonFinite looks for NaN only", "elementwise/NoteNonFinite", func(h *hooks, _ compute.Options) {
		h.note = func(first, x, step compute.Tensor) {
			for _, v := range h.read(x) {
				if math.IsNaN(v) {
					h.Backend.NoteNonFinite(first, x, step)
				}
			}
		}
	}},
	{"NoteNonFinite skips the tail", "elementwise/NoteNonFinite", func(h *hooks, _ compute.Options) {
		h.note = func(first, x, step compute.Tensor) {
			h.Backend.NoteNonFinite(first, x.Flat().Head(x.Len()&^3), step)
		}
	}},
	{"Gather multiplies by 1/255", "gather/Uint8", func(h *hooks, _ compute.Options) {
		h.gather = func(dst, src, index compute.Tensor) {
			h.Backend.Gather(dst, src, index)
			if src.DType() == compute.Uint8 {
				h.edit(dst, func(v []float64) {
					for i := range v {
						v[i] = float64(float32(math.Round(v[i]*255)) * float32(1.0/255))
					}
				})
			}
		}
	}},
	{"Gather flushes half subnormals", "gather/EveryHalf", func(h *hooks, _ compute.Options) {
		h.gather = func(dst, src, index compute.Tensor) {
			h.Backend.Gather(dst, src, index)
			if src.DType() == compute.Float16 {
				h.edit(dst, func(v []float64) {
					for i := range v {
						if math.Abs(v[i]) < 0x1p-14 {
							v[i] = 0
						}
					}
				})
			}
		}
	}},
	{"Gather clamps its index", "gather/Range", func(h *hooks, _ compute.Options) {
		h.gather = func(dst, src, index compute.Tensor) {
			safe := h.read(index)
			for i := range safe {
				safe[i] = min(max(safe[i], 0), float64(src.Rows()-1))
			}
			h.Backend.Gather(dst, src, h.temp(index, safe))
		}
	}},
	{"Gather cuts an int64 index", "gather/Range", func(h *hooks, _ compute.Options) {
		h.gather = func(dst, src, index compute.Tensor) {
			short := h.read(index)
			for i := range short {
				short[i] = float64(int32(int64(short[i])))
			}
			h.Backend.Gather(dst, src, h.temp(index, short))
		}
	}},
	{"Gather repeats the first row", "gather/Float", func(h *hooks, _ compute.Options) {
		h.gather = func(dst, src, index compute.Tensor) {
			h.Backend.Gather(dst, src, h.temp(index, make([]float64, index.Len())))
		}
	}},
}

// beyond views t and n elements after it.
func beyond(t compute.Tensor, n int) compute.Tensor {
	whole := compute.NewTensor(t.Buffer(), t.DType(), t.Buffer().Bytes()/t.DType().Size())
	return whole.Slice(t.Offset(), t.Offset()+t.Len()+n)
}

// unaryEdit changes the results of one operation: f is given operand and result.
func (h *hooks) unaryEdit(which compute.UnaryOp, f func(x, y float64) float64) {
	h.unary = func(op compute.UnaryOp, y, x compute.Tensor) {
		operands := h.read(x)
		h.Backend.Unary(op, y, x)
		if op == which {
			h.edit(y, func(v []float64) {
				for i := range v {
					v[i] = f(operands[i], v[i])
				}
			})
		}
	}
}
