package model

import "noise2sparse/compute"

func init() {
	registerCurve("gelu", "GELU", "x/2 (1 + erf(x/√2)), the exact form",
		func(scalars) curve { return direct{compute.GELU, compute.GELUSlope} })
}
