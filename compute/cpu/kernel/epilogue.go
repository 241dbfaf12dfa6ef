package kernel

// Epilogue is compute.Epilogue on some columns; what is nil or false is left out.
type Epilogue[T Float] struct {
	Bias, Scale, Shift []T // (cols)
	Residual           []T // with the result's distance of rows
	GELU, ReLU         bool
}

// Finish sets y = e(x) on a window (rows × cols) of distance ld; y may be x. For each element t = x +
// bias, t = gelu(t), t = t·scale + shift (the product rounded), t = t + residual, y = max(t, 0); NaN
// stays NaN.
func Finish[T Float](y, x []T, ld, rows, cols int, e Epilogue[T]) {
	window(min(len(y), len(x)), ld, rows, cols)
	for r := range rows {
		var residual []T
		if e.Residual != nil {
			residual = e.Residual[r*ld:][:cols]
		}
		finishRow(y[r*ld:][:cols], x[r*ld:][:cols], residual, e)
	}
}

func finishRow[T Float](y, x, residual []T, e Epilogue[T]) {
	for j, t := range x {
		if e.Bias != nil {
			t += e.Bias[j]
		}
		if e.GELU {
			t = gelu(t)
		}
		if e.Scale != nil {
			t = T(t*e.Scale[j]) + e.Shift[j]
		}
		if residual != nil {
			t += residual[j]
		}
		if e.ReLU && t < 0 {
			t = 0
		}
		y[j] = t
	}
}
