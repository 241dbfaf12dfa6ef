package golden_test

import (
	"math"

	gonum "gonum.org/v1/gonum/mat"
)

// oracleOptim is one parameter's state under the rules of FORMAT.md section 6, by the state's name.
type oracleOptim map[string][]float64

func (s oracleOptim) get(name string, n int, begin float64) []float64 {
	if s[name] == nil {
		s[name] = make([]float64, n)
		for i := range s[name] {
			s[name][i] = begin
		}
	}
	return s[name]
}

// step moves p (rows × cols; a vector has cols 0) by the clipped gradient g. lr is the group's rate now.
func (s oracleOptim) step(name string, p, g []float64, rows, cols, t, total int, lr, decay float64) {
	b1, b2, eps, mu := 0.9, 0.999, 1e-8, 0.9
	n, T := len(p), float64(t)
	at := func(name string) []float64 { return s.get(name, n, 0) }
	switch name {
	case "sgd":
		for i := range p {
			p[i] -= lr * g[i]
		}
	case "sgd_momentum", "sparse_sgd_momentum":
		m := at("momentum_buffer")
		for i := range p {
			if g[i] != 0 || name == "sgd_momentum" {
				m[i] = mu*m[i] + g[i]
				p[i] -= lr * m[i]
			}
		}
	case "adam", "adamw", "sparse_adam", "demon_adam":
		m, v := at("exp_avg"), at("exp_avg_sq")
		if name == "demon_adam" {
			f := 1 - T/float64(total)
			b1 = b1 * f / ((1 - b1) + b1*f)
		}
		c1, c2 := 1-math.Pow(b1, T), 1-math.Pow(b2, T)
		for i := range p {
			if name == "adamw" {
				p[i] *= 1 - lr*decay
			}
			if name == "sparse_adam" && g[i] == 0 {
				continue
			}
			m[i], v[i] = b1*m[i]+(1-b1)*g[i], b2*v[i]+(1-b2)*g[i]*g[i]
			if name == "sparse_adam" {
				p[i] -= lr * math.Sqrt(c2) / c1 * m[i] / (math.Sqrt(v[i]) + eps)
			} else {
				p[i] -= lr * (m[i] / c1) / (math.Sqrt(v[i]/c2) + eps)
			}
		}
	case "rmsprop":
		v := at("square_avg")
		for i := range p {
			v[i] = 0.99*v[i] + 0.01*g[i]*g[i]
			p[i] -= lr * g[i] / (math.Sqrt(v[i]) + eps)
		}
	case "adagrad":
		v := at("sum")
		for i := range p {
			v[i] += g[i] * g[i]
			p[i] -= lr * g[i] / (math.Sqrt(v[i]) + 1e-10)
		}
	case "adafactor":
		s.adafactor(p, g, rows, cols, T)
	case "shampoo":
		s.shampoo(p, g, rows, max(cols, 1), cols > 0, lr)
	default:
		panic(name)
	}
}

func rms(x []float64) float64 { return length(x) / math.Sqrt(float64(len(x))) }

func (s oracleOptim) adafactor(p, g []float64, rows, cols int, t float64) {
	beta := 1 - math.Pow(t, -0.8)
	s["RMS"] = []float64{rms(p)}
	a := max(1e-3, rms(p)) * min(1e-2, 1/math.Sqrt(t))
	u := make([]float64, len(p))
	if cols == 0 {
		v := s.get("exp_avg_sq", len(p), 0)
		for i := range p {
			v[i] = beta*v[i] + (1-beta)*(g[i]*g[i]+1e-30)
			u[i] = g[i] / math.Sqrt(v[i])
		}
	} else {
		r, c := s.get("exp_avg_sq_row", rows, 0), s.get("exp_avg_sq_col", cols, 0)
		for i := range r {
			r[i] *= beta
		}
		for j := range c {
			c[j] *= beta
		}
		for i, x := range g {
			r[i/cols] += (1 - beta) * (x*x + 1e-30) / float64(cols)
			c[i%cols] += (1 - beta) * (x*x + 1e-30) / float64(rows)
		}
		mean := 0.0
		for _, x := range r {
			mean += x / float64(rows)
		}
		for i := range u {
			u[i] = g[i] / math.Sqrt(r[i/cols]/mean*c[i%cols])
		}
	}
	size := max(1, rms(u))
	for i := range p {
		p[i] -= a * u[i] / size
	}
}

// power is a symmetric matrix to a power.
func power(a *gonum.Dense, exponent float64) *gonum.Dense {
	n, _ := a.Dims()
	sym := gonum.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			sym.SetSym(i, j, a.At(i, j))
		}
	}
	var e gonum.EigenSym
	e.Factorize(sym, true)
	var q, d, out gonum.Dense
	e.VectorsTo(&q)
	for i, v := range e.Values(nil) {
		if i == 0 {
			d.ReuseAs(n, n)
		}
		d.Set(i, i, math.Pow(v, exponent))
	}
	out.Mul(&q, &d)
	out.Mul(&out, q.T())
	return &out
}

func (s oracleOptim) shampoo(p, g []float64, rows, cols int, matrix bool, lr float64) {
	identity := func(name string, n int) *gonum.Dense {
		if s[name] == nil {
			v := s.get(name, n*n, 0)
			for i := range n {
				v[i*n+i] = 1e-4
			}
		}
		return gonum.NewDense(n, n, s[name])
	}
	grad, l := gonum.NewDense(rows, cols, append([]float64(nil), g...)), identity("precond_0", rows)
	var outer, u gonum.Dense
	outer.Mul(grad, grad.T())
	l.Add(l, &outer)
	if !matrix {
		u.Mul(power(l, -1), grad)
	} else {
		var h, inner gonum.Dense
		h.Mul(power(l, -0.5), grad)
		r := identity("precond_1", cols)
		inner.Mul(h.T(), &h)
		r.Add(r, &inner)
		u.Mul(&h, power(r, -0.5))
	}
	for i := range p {
		p[i] -= lr * u.At(i/cols, i%cols)
	}
}
