package model

import "noise2sparse/compute"

func init() {
	registerCurve("elu", "ELU", "x above 0, eˣ − 1 below",
		func(scalars) curve { return direct{compute.ELU, compute.ELUSlope} })
}
