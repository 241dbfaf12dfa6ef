package philox

import "testing"

// TestKnownAnswers holds the "philox4x32 10" rows of Random123's tests/kat_vectors.
func TestKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, c := range []struct {
		name string
		ctr  [4]uint32
		key  [2]uint32
		want [4]uint32
	}{
		{"zeros", [4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{"ones", [4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{"pi", [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Block(uint64(c.key[1])<<32|uint64(c.key[0]), c.ctr); got != c.want {
			t.Errorf("%s: got %08x, want %08x", c.name, got, c.want)
		}
	}
}

func TestStreamIsTheDocumentedCounter(t *testing.T) {
	s := Stream{Seed: 0x299f31d0a4093822, Purpose: 0x85a308d3, Step: 0x0370734413198a2e}
	want := [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}
	if got := s.Block(0x243f6a88); got != want {
		t.Errorf("block: got %08x, want %08x", got, want)
	}
	for i, w := range want {
		if got := s.Word(4*0x243f6a88 + i); got != w {
			t.Errorf("word %d: got %08x, want %08x", i, got, w)
		}
	}
}

func TestUniform(t *testing.T) {
	for _, c := range []struct {
		x    uint32
		want float64
	}{
		{0, 0x1p-24},
		{511, 0x1p-24},
		{512, 3 * 0x1p-24},
		{1 << 31, 0.5 + 0x1p-24},
		{1<<31 - 1, 0.5 - 0x1p-24},
		{1<<32 - 1, 1 - 0x1p-24},
	} {
		if got := float64(Uniform(c.x)); got != c.want {
			t.Errorf("Uniform(%#x) = %v, want %v", c.x, got, c.want)
		}
	}
	if lo, hi := Uniform64(0), Uniform64(1<<32-1); lo != 0x1p-33 || hi != 1-0x1p-33 {
		t.Errorf("Uniform64 spans [%v, %v]", lo, hi)
	}
}

// TestUniformMoments: mean 1/2 and variance 1/12 within five standard errors, and no correlation
// of neighbours, whether neighbours in element, step, purpose or seed.
func TestUniformMoments(t *testing.T) {
	const n = 1 << 18
	base := Stream{Seed: 5, Purpose: 1, Step: 7}
	for name, other := range map[string]func(i int) uint32{
		"element": func(i int) uint32 { return base.Word(i + 1) },
		"block":   func(i int) uint32 { return base.Word(i + 4) },
		"step":    func(i int) uint32 { return Stream{5, 1, 8}.Word(i) },
		"purpose": func(i int) uint32 { return Stream{5, 2, 7}.Word(i) },
		"seed":    func(i int) uint32 { return Stream{6, 1, 7}.Word(i) },
	} {
		var sum, sq, cross float64
		for i := range n {
			u := float64(Uniform(base.Word(i))) - 0.5
			sum += u
			sq += u * u
			cross += u * (float64(Uniform(other(i))) - 0.5)
		}
		const tol = 5.0 / 512 // five standard errors at n = 2¹⁸, in units of the standard deviation
		if z := sum / n * 3.4641; z > tol || z < -tol {
			t.Errorf("mean is off by %v standard deviations", z)
		}
		if z := sq/n*12 - 1; z > tol || z < -tol {
			t.Errorf("variance is off by %v", z)
		}
		if z := cross / n * 12; z > tol || z < -tol {
			t.Errorf("correlation with the next %s is %v", name, z)
		}
	}
}

func BenchmarkBlock(b *testing.B) {
	s := Stream{Seed: 5}
	b.SetBytes(16)
	for i := range b.N {
		s.Block(uint32(i))
	}
}
