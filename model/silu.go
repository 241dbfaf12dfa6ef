package model

import "noise2sparse/compute"

func init() {
	registerCurve("silu", "SiLU", "x / (1 + e⁻ˣ)",
		func(scalars) curve { return direct{compute.SiLU, compute.SiLUSlope} })
}
