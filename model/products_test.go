package model_test

import (
	"testing"

	"noise2sparse/compute"
	_ "noise2sparse/compute/cpu"
	"noise2sparse/model"
)

// The products of a step do the operations that MatmulFLOP counts, with the shapes of their operands.
func TestProductsOfFFN(t *testing.T) {
	b, err := compute.Open("cpu", compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	tests := []struct {
		name   string
		hidden []int
		tied   bool
		want   []model.Product
	}{
		{"one layer", []int{7}, false, []model.Product{
			{M: 3, N: 7, K: 5, TransB: true},
			{M: 3, N: 5, K: 7, TransB: true},
			{M: 5, N: 7, K: 3, TransA: true},
			{M: 3, N: 7, K: 5},
			{M: 7, N: 5, K: 3, TransA: true},
		}},
		{"tied weights", []int{7}, true, []model.Product{
			{M: 3, N: 7, K: 5, TransB: true},
			{M: 3, N: 5, K: 7},
			{M: 7, N: 5, K: 3, TransA: true},
			{M: 3, N: 7, K: 5, TransB: true},
			{M: 7, N: 5, K: 3, TransA: true},
		}},
		{"two layers", []int{7, 11}, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := model.Config{Kind: "ffn", Hidden: tt.hidden, Activation: "relu", HiddenBias: true, OutputBias: true, TiedWeights: tt.tied}
			newNet, err := model.Networks.Get("ffn")
			if err != nil {
				t.Fatal(err)
			}
			net := newNet.Value(b, c, model.Spec{Input: 5, Output: 5, Batch: 3, Seed: 1})
			got, flop := net.(model.Multiplier).Products(3), 0.0
			for i, p := range got {
				flop += p.FLOP()
				if tt.want != nil && p != tt.want[i] {
					t.Errorf("product %d is %+v, want %+v", i, p, tt.want[i])
				}
			}
			if want := net.MatmulFLOP(3); flop != want || tt.want != nil && len(got) != len(tt.want) {
				t.Errorf("%d products of %v FLOP, want %v", len(got), flop, want)
			}
		})
	}
}
