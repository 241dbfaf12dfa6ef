//go:build cgo && linux

package cuda

import (
	"errors"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// TestRunsAtOnce: as many runs in a graph as documented, by the length of one.
func TestRunsAtOnce(t *testing.T) {
	for nodes, want := range map[int]int{0: 16, 1: 16, 30: 16, 64: 16, 65: 8, 128: 8, 200: 4, 512: 2, 513: 1, 5000: 1} {
		if got := (&program{one: &gpu.Graph{Nodes: nodes}}).runsAtOnce(); got != want {
			t.Errorf("%d runs of %d pieces of work in a graph, want %d", got, nodes, want)
		}
	}
}

// TestSeveralRunsInAGraph: whatever the number of runs in a row, each happens once, and several are
// recorded as one graph where there are enough.
func TestSeveralRunsInAGraph(t *testing.T) {
	const k = mostRuns
	for _, rows := range [][]int{{1}, {k - 1}, {k}, {k + 1}, {k + 2}, {1, k - 1}, {1, k}, {2, 3*k + 5}, {1, 1, 1}, {5, k, 1, k}} {
		b := newTest(t, compute.Options{})
		x := b.Alloc(compute.Float32, 1)
		p := b.Record(func() { b.kernel("fill_f32").tensor(x).f32(1).i64(1).elements(1) }).(*program)
		calls, runs := 0, 0
		step := p.step
		p.step = func() { calls++; step() }
		enough := false
		for _, n := range rows {
			recorded := runs > 0
			p.Run(n)
			runs += n
			enough = enough || n >= k+1 || recorded && n >= k
		}
		if p.runs != runs || (p.several != nil) != enough {
			t.Errorf("%v: %d runs, several in a graph: %v", rows, p.runs, p.several != nil)
		}
		if p.several != nil && p.several.Nodes != k*p.one.Nodes {
			t.Errorf("%v: %d pieces of work in %d runs", rows, p.several.Nodes, k)
		}
		want := 1 // at once
		if runs > 1 {
			want++
		}
		if enough {
			want += k
		}
		if calls != want {
			t.Errorf("%v: recorded by %d calls, want %d", rows, calls, want)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestFaultInSeveralRuns: the error says in which runs it may have happened, and only in those that no
// Sync has found well.
func TestFaultInSeveralRuns(t *testing.T) {
	needStandIn(t)
	b := newTest(t, compute.Options{})
	p, err := b.dev.Alloc(16)
	if err != nil {
		t.Fatal(err)
	}
	program := b.Record(func() { b.kernel("fill_f32").ptr(p).f32(1).i64(4).elements(4) })
	program.Run(7)
	if err := errors.Join(b.Sync(), b.dev.Free(p)); err != nil {
		t.Fatal(err)
	}
	program.Run(40)
	err = b.Sync()
	_ = b.Close()
	if err == nil || !strings.Contains(err.Error(), "in one of runs 8 to 47 of graph 1") {
		t.Errorf("error %v", err)
	}
}

// TestCarefulRuns: launched one by one, an error shows at the operation that made it, not at a later one.
func TestCarefulRuns(t *testing.T) {
	needStandIn(t)
	b := newTest(t, compute.Options{Eager: true})
	x := b.Alloc(compute.Float32, 4)
	b.Record(func() {
		b.Fill(x, 1)
		b.kernel("fill_f32").ptr(64).f32(1).i64(4).elements(4)
		b.Binary(compute.Add, x, x, x)
	}).Run(1)
	err := b.Sync()
	_ = b.Close()
	if err == nil || !strings.Contains(err.Error(), "kernel fill_f32, grid 1, block 256") {
		t.Errorf("error %v", err)
	}
}
