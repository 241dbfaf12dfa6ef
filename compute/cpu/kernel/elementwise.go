package kernel

// Add sets z = x + y.
func Add[T Float](z, x, y []T) {
	x, y = x[:len(z)], y[:len(z)]
	for i := range z {
		z[i] = x[i] + y[i]
	}
}

// Sub sets z = x − y.
func Sub[T Float](z, x, y []T) {
	x, y = x[:len(z)], y[:len(z)]
	for i := range z {
		z[i] = x[i] - y[i]
	}
}

// Mul sets z = x · y, element by element.
func Mul[T Float](z, x, y []T) {
	x, y = x[:len(z)], y[:len(z)]
	for i := range z {
		z[i] = x[i] * y[i]
	}
}

// Scale sets y = a · x. y may be x.
func Scale[T Float](y []T, a T, x []T) {
	x = x[:len(y)]
	for i := range y {
		y[i] = a * x[i]
	}
}

// Axpy sets y = a · x + y, the product rounded before the sum.
func Axpy[T Float](y []T, a T, x []T) {
	x = x[:len(y)]
	for i := range y {
		y[i] = T(a*x[i]) + y[i]
	}
}

// Axpby sets y = a · x + b · y, both products rounded before the sum. With b = 0 the old y is not
// read, so it may be NaN.
func Axpby[T Float](y []T, a T, x []T, b T) {
	if b == 0 {
		Scale(y, a, x)
		return
	}
	x = x[:len(y)]
	for i := range y {
		y[i] = T(a*x[i]) + T(b*y[i])
	}
}

// AddBias adds bias (cols) to each row of y (rows × cols).
func AddBias[T Float](y []T, ld int, bias []T, rows, cols int) {
	window(len(y), ld, rows, cols)
	for r := range rows {
		row := y[r*ld:][:cols]
		Add(row, row, bias)
	}
}
