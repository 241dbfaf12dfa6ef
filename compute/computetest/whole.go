package computetest

import (
	"bytes"
	"runtime"
	"testing"

	"noise2sparse/compute"
)

// What holds for all operations alike.
var wholeChecks = []check{
	{"NoGoMemory", checkNoGoMemory},
	{"Recorded", checkRecorded},
}

// The same on several threads, a family of its own: it is what the race detector should see.
var threadChecks = []check{
	{"Threads", checkThreads},
}

// checkNoGoMemory: once warm, no operation allocates Go memory, nor does replaying a program.
func checkNoGoMemory(e *env) {
	for _, rows := range []int{1, 70} {
		step := e.calls(rows, 130, 33)
		program := e.b.Record(func() {
			for _, c := range step {
				if c.name != "Upload" && c.name != "Download" {
					c.run()
				}
			}
		})
		// Of several runs only what they add is in question, so they are of one short operation: a call of
		// seventeen long steps would also count what else goes on in this process meanwhile.
		t := e.b.Alloc(e.dt, rows)
		short := e.b.Record(func() { e.b.Fill(t, 1) })
		calls := append(step,
			call{name: "Program.Run", run: func() { program.Run(1) }},
			call{name: "Program.Run of 17", run: func() { short.Run(17) }},
			call{name: "Sync", run: func() { _ = e.b.Sync() }})
		for _, c := range calls {
			for range 2 {
				c.run()
			}
			if n := testing.AllocsPerRun(5, c.run); n != 0 {
				e.Errorf("%s of (%d × 130) allocates %v times a call", c.name, rows, n)
			}
		}
	}
}

// results runs each call twice, so that sums are added to and moments move, and returns the bits
// of everything written.
func (e *env) results(calls []call) [][]byte {
	e.Helper()
	for _, c := range calls {
		c.run()
		c.run()
	}
	return read(calls)
}

func read(calls []call) [][]byte {
	var all [][]byte
	for _, c := range calls {
		var bits []byte
		for _, o := range c.outs {
			bits = append(bits, o.bytes()...)
		}
		all = append(all, bits)
	}
	return all
}

// checkThreads: every operation gives the same bits on 1, 2 and 3 threads, on tensors large enough
// to be shared among them.
func checkThreads(e *env) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0))))
	shapes := [][3]int{{140, 513, 130}, {3, 97, 33}}
	if thorough {
		shapes[0] = [3]int{257, 1025, 129}
	}
	var want [][]byte
	for _, threads := range []int{1, 2, 3} {
		b, err := e.open(compute.Options{Float: e.dt, Threads: threads})
		if err != nil {
			e.Fatalf("open with %d threads: %v", threads, err)
		}
		on := *e
		on.b = b
		var got [][]byte
		var names []string
		for _, s := range shapes {
			calls := on.calls(s[0], s[1], s[2])
			got = append(got, on.results(calls)...)
			for _, c := range calls {
				names = append(names, c.name)
			}
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				e.Errorf("%s: the bits with %d threads differ from those with 1", names[i], threads)
			}
		}
		if threads == 1 {
			want = got
		}
		if err := b.Sync(); err != nil {
			e.Errorf("Sync: %v", err)
		}
		if err := b.Close(); err != nil {
			e.Errorf("Close: %v", err)
		}
	}
}

// checkRecorded: a program of all operations gives the bits of the same calls made directly.
func checkRecorded(e *env) {
	direct, recorded := e.calls(17, 65, 33), e.calls(17, 65, 33)
	want := e.results(direct)
	program := e.b.Record(func() {
		for _, c := range recorded {
			if c.name != "Upload" && c.name != "Download" {
				c.run()
			}
		}
	})
	program.Run(1)
	program.Run(1)
	for i, got := range read(recorded) {
		if name := recorded[i].name; name != "Upload" && !bytes.Equal(got, want[i]) {
			e.Errorf("%s: the bits of a recorded program differ from those of direct calls", name)
		}
	}
}
