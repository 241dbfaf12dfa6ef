package model

import "noise2sparse/compute"

func init() {
	registerCurve("softplus", "Softplus", "ln(1 + eˣ), x itself above 20",
		func(scalars) curve { return direct{compute.Softplus, compute.SoftplusSlope} })
}
