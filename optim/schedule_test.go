package optim

import (
	"math"
	"testing"
)

func TestScheduleFactor(t *testing.T) {
	plan := Plan{Epochs: 10, StepsPerEpoch: 4}
	for name, tc := range map[string]struct {
		c              ScheduleConfig
		epoch, inEpoch int
		want           float64
	}{
		"constant":                      {ScheduleConfig{Kind: "constant"}, 7, 3, 1},
		"step, first epoch":             {ScheduleConfig{Kind: "step", StepSize: ptr(2), Gamma: ptr(0.5)}, 1, 3, 1},
		"step, third epoch":             {ScheduleConfig{Kind: "step", StepSize: ptr(2), Gamma: ptr(0.5)}, 2, 0, 0.5},
		"step, last epoch":              {ScheduleConfig{Kind: "step", StepSize: ptr(2), Gamma: ptr(0.5)}, 9, 0, 0.0625},
		"step's defaults":               {ScheduleConfig{Kind: "step"}, 61, 0, 0.01},
		"step after warm-up":            {ScheduleConfig{Kind: "step", StepSize: ptr(2), Gamma: ptr(0.5), WarmupEpochs: 1}, 2, 0, 1},
		"step every step":               {ScheduleConfig{Kind: "step", Every: "step", StepSize: ptr(1), Gamma: ptr(0.5)}, 1, 3, 0.5},
		"warm-up, first epoch":          {ScheduleConfig{Kind: "constant", WarmupEpochs: 3}, 0, 3, 0.25},
		"warm-up, last epoch":           {ScheduleConfig{Kind: "constant", WarmupEpochs: 3}, 2, 0, 0.75},
		"after warm-up":                 {ScheduleConfig{Kind: "constant", WarmupEpochs: 3}, 3, 0, 1},
		"warm-up of each step":          {ScheduleConfig{Kind: "constant", Every: "step", WarmupEpochs: 1.75}, 1, 2, 7. / 8},
		"warm-up over":                  {ScheduleConfig{Kind: "constant", Every: "step", WarmupEpochs: 1.75}, 1, 3, 1},
		"cosine begins":                 {ScheduleConfig{Kind: "cosine"}, 0, 3, 1},
		"cosine half way":               {ScheduleConfig{Kind: "cosine"}, 5, 0, 0.5},
		"cosine's end":                  {ScheduleConfig{Kind: "cosine", FinalFactor: ptr(0.1)}, 10, 0, 0.1},
		"cosine beyond its end":         {ScheduleConfig{Kind: "cosine", FinalFactor: ptr(0.1)}, 20, 0, 0.1},
		"cosine's final factor":         {ScheduleConfig{Kind: "cosine", FinalFactor: ptr(0.5)}, 5, 0, 0.75},
		"cosine each step":              {ScheduleConfig{Kind: "cosine", Every: "step"}, 2, 2, (1 + math.Cos(math.Pi/4)) / 2},
		"cosine after warm-up half way": {ScheduleConfig{Kind: "cosine", WarmupEpochs: 2}, 6, 0, 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.c.Factor(tc.epoch, tc.inEpoch, plan); math.Abs(got-tc.want) > 1e-12 {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
