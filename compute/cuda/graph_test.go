//go:build cgo && linux

package cuda

import (
	"errors"
	"strings"
	"testing"
	"time"

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

// TestCaptureBesideOthers: opening and closing a backend wait for the whole device, which spoils what is being
// captured there. They wait for the capture's end.
func TestCaptureBesideOthers(t *testing.T) {
	needStandIn(t)
	b := newTest(t, compute.Options{})
	x := b.Alloc(compute.Float32, 1)
	calls, beside := 0, make(chan error, 1)
	p := b.Record(func() {
		b.Binary(compute.Add, x, x, x)
		if calls++; calls != 2 {
			return
		}
		go func() {
			other, err := openTest(compute.Options{Float: compute.Float32, CuDNN: true})
			if err == nil {
				err = other.Close()
			}
			beside <- err
		}()
		select {
		case err := <-beside:
			beside <- err
			t.Error("another backend was opened while a step was being captured")
		case <-time.After(200 * time.Millisecond):
		}
		b.Binary(compute.Add, x, x, x)
	}).(*program)
	p.Run(2)
	if err := errors.Join(b.Sync(), <-beside, b.Close()); err != nil || p.spoiled > 0 || calls != 2 {
		t.Errorf("%v; %d captures were spoiled, %d calls", err, p.spoiled, calls)
	}
}

// TestSpoiledCapture: a run whose capture is spoiled is done call by call, and captured the next time; that it
// happens every time is an error.
func TestSpoiledCapture(t *testing.T) {
	needStandIn(t)
	for _, spoil := range []int{1, mostSpoiled, mostSpoiled + 1} {
		b := newTest(t, compute.Options{})
		x, one := b.Alloc(compute.Float32, 1), b.Alloc(compute.Float32, 1)
		b.Fill(one, 1)
		calls := 0
		p := b.Record(func() {
			calls++
			if calls > 1 && calls%2 == 0 && calls/2 <= spoil { // the captures
				h, err := b.stream.NewBlas(b.fault, faultBytes)
				if err != nil {
					t.Error(err)
				} else if err := h.Close(); err != nil {
					t.Error(err)
				}
			}
			b.Binary(compute.Add, x, x, one)
		}).(*program)
		for range 6 {
			p.Run(1)
		}
		err := b.Sync()
		if bad := spoil > mostSpoiled; bad != (err != nil) || bad && !strings.Contains(err.Error(), "recording a graph") && !strings.Contains(err.Error(), "CAPTURE_INVALIDATED") {
			t.Errorf("spoiled %d times: %v", spoil, err)
		}
		if err == nil {
			if got := float32s(b, x)[0]; got != 6 || p.one == nil || p.spoiled != spoil {
				t.Errorf("spoiled %d times: 6 runs add up to %v; graph %v after %d", spoil, got, p.one, p.spoiled)
			}
		}
		_ = b.Close()
	}
}
