//go:build cgo && linux

package cuda

import (
	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// pieceOfPart is PIECE of kernels/update.cuh.
const pieceOfPart = 2048

// The flags of kernels/update.cuh.
const (
	partPositive = 1 << iota
	partUnit
	partFrozen
)

// partFlags are a part's; 0 and frozen: the pass has nothing to do with it.
func partFlags(p *compute.Part) (flags int64) {
	if p.Constraint.Positive {
		flags |= partPositive
	}
	if p.Constraint.Unit == compute.UnitRows {
		flags |= partUnit
	}
	if p.Frozen {
		flags |= partFrozen
	}
	return flags
}

// partBlocks is how many blocks of kernels/update.cuh a part has.
func partBlocks(p *compute.Part) int {
	switch flags := partFlags(p); {
	case flags == partFrozen:
		return 0
	case flags&partUnit != 0:
		return ceilDiv(p.Rows, blockThreads/rowTeam(p.Cols))
	}
	return ceilDiv(p.Rows*p.Cols, pieceOfPart)
}

// ruleKernel is the kernel of an elementwise rule, and its parameters behind the rows of scalars.
type ruleKernel struct {
	f32, f64  string
	constants [4]float64
	count     int // of constants
}

// kernelOf finds it; ok is false where a rule has none.
func kernelOf(rule compute.ElementRule) (k ruleKernel, ok bool) {
	switch r := rule.(type) {
	case compute.AdamRule:
		return ruleKernel{"adam_f32", "adam_f64", [4]float64{r.Beta1, 1 - r.Beta1, r.Beta2, 1 - r.Beta2}, 4}, true
	case compute.SGDRule:
		return ruleKernel{"sgd_f32", "sgd_f64", [4]float64{r.Momentum}, 1}, true
	case compute.RMSRule:
		return ruleKernel{"rms_prop_f32", "rms_prop_f64", [4]float64{r.Keep, r.Add}, 2}, true
	case compute.SparseAdamRule:
		return ruleKernel{"sparse_adam_f32", "sparse_adam_f64", [4]float64{1 - r.Beta1, 1 - r.Beta2}, 2}, true
	case compute.SparseSGDRule:
		return ruleKernel{"sparse_sgd_f32", "sparse_sgd_f64", [4]float64{r.Momentum}, 1}, true
	}
	return k, false
}

// StepTable implements compute.StepFuser: the table of kernels/update.cuh.
func (b *backend) StepTable(rule compute.ElementRule, parts []compute.Part) []int64 {
	if _, ok := kernelOf(rule); !ok || len(parts) == 0 {
		return nil
	}
	var table []int64
	first := 0
	for i := range parts {
		p := &parts[i]
		table = append(table, int64(first), int64(p.First), int64(p.Rows), int64(p.Cols), int64(p.Group), partFlags(p), int64(rowTeam(p.Cols)))
		first += partBlocks(p)
	}
	return table
}

// Step implements compute.StepFuser.
func (b *backend) Step(s *compute.Stepper, clip, rows compute.Tensor) {
	k, _ := kernelOf(s.Rule)
	dt := mustFloats("Step", s.P, s.G, s.State[0], s.State[1], clip, rows)
	same := func(t compute.Tensor) bool { return !t.Valid() || t.Len() == s.P.Len() }
	must(same(s.G) && same(s.State[0]) && same(s.State[1]), "Step", "tensors of one length", s.P, s.State[0], s.State[1], s.G)
	must(clip.Len() == 1 && rows.Cols() == s.Rule.Columns(), "Step", "a factor, and a row of the rule's scalars for each group", clip, rows)
	blocks, room := 0, 0
	for i := range s.Parts {
		p := &s.Parts[i]
		must(p.Group < rows.Rows() && p.First+p.Rows*p.Cols <= s.P.Len(), "Step", "parts of the parameters, and a row for each group", s.P, rows)
		blocks += partBlocks(p)
		room = max(room, rowRoom(p, dt))
	}
	if blocks > 0 {
		l := b.kernel(by(dt, k.f32, k.f64)).tensor(s.P).tensor(s.State[0])
		if s.Rule.States() > 1 {
			l.tensor(s.State[1])
		}
		l.tensor(s.G).tensor(s.Table).i32(len(s.Parts)).i64(int64(room)).tensor(clip).tensor(rows).i32(rows.Cols())
		for _, v := range k.constants[:k.count] {
			l.float(dt, v)
		}
		l.run(gpu.Dim{X: blocks}, gpu.Dim{X: blockThreads}, room*dt.Size())
	}
	for i := range s.Parts {
		if p := &s.Parts[i]; p.Constraint.Unit == compute.UnitColumns {
			p.Constraint.RestoreUnit(b, s.Value(p))
		}
	}
}

// rowRoom is how many numbers of shared memory a part's rows take in a block; 0 where they take none, or
// do not fit into what every block may have.
func rowRoom(p *compute.Part, dt compute.DType) int {
	if partFlags(p)&partUnit == 0 {
		return 0
	}
	wide := 16 / dt.Size()
	n := blockThreads / rowTeam(p.Cols) * wide * ceilDiv(p.Cols, wide)
	if n*dt.Size() > plainShared-rowShared {
		return 0
	}
	return n
}

// rowShared is at least what kernels/update.cuh has of shared memory beside the rows, in bytes.
const rowShared = 512
