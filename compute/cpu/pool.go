package cpu

import (
	"sync"
	"sync/atomic"
)

// pool spreads the chunks of one operation over goroutines. The caller works too, and everyone
// takes the next free chunk when done with one, so a core that another process has taken delays
// nothing but the chunk it holds, and a helper that has not woken up yet delays nothing at all.
//
// Waking a sleeping thread takes tens of microseconds, as long as many an operation, so whoever has
// nothing to do looks for work that long before it sleeps. Nobody ever spins longer.
//
// How an operation is cut into chunks follows from its shapes alone, never from the number of
// goroutines, so results do not depend on it.
type pool struct {
	helpers int
	wake    chan struct{}
	stop    chan struct{}
	once    sync.Once     // of stop
	over    chan struct{} // a helper finished the operation's last chunk

	task *task
	// state holds, from the highest bits: the operation's number (24 bits), its number of chunks and
	// the next free chunk (20 bits each). A chunk is claimed by comparing and swapping the whole
	// word and p.task is read only then, so whoever succeeds has a chunk of the operation in
	// progress, however late it comes; the number only makes a late helper's attempt fail sooner.
	state atomic.Uint64
	left  atomic.Int64 // chunks not finished yet
	count uint64
}

const chunkBits = 20

// maxChunks is the largest number of chunks of one operation.
const maxChunks = 1<<chunkBits - 1

// newPool starts threads-1 helpers; the goroutine that calls run is the remaining one.
func newPool(threads int) *pool {
	p := &pool{
		helpers: threads - 1,
		wake:    make(chan struct{}, threads),
		stop:    make(chan struct{}),
		over:    make(chan struct{}, 1),
	}
	for range p.helpers {
		go p.help()
	}
	return p
}

func (p *pool) help() {
	for {
		if p.await() {
			if p.work() {
				p.over <- struct{}{}
			}
			continue
		}
		select {
		case <-p.wake:
			if p.work() {
				p.over <- struct{}{}
			}
		case <-p.stop:
			return
		}
	}
}

// spins is how often an idle goroutine looks before it sleeps: some 50 µs.
const spins = 30_000

// await tells whether work came up within that time.
func (p *pool) await() bool {
	for range spins {
		if s := p.state.Load(); s&maxChunks < s>>chunkBits&maxChunks {
			return true
		}
	}
	return false
}

// finished waits for the helper that does the operation's last chunk.
func (p *pool) finished() {
	for range spins {
		select {
		case <-p.over:
			return
		default:
		}
	}
	<-p.over
}

// claim takes the next free chunk; ok is false where none is left.
func (p *pool) claim() (chunk int, ok bool) {
	for {
		s := p.state.Load()
		next, chunks := s&maxChunks, s>>chunkBits&maxChunks
		if next >= chunks {
			return 0, false
		}
		if p.state.CompareAndSwap(s, s+1) {
			return int(next), true
		}
	}
}

// work does chunks until none is free and tells whether it finished the operation's last one.
func (p *pool) work() (last bool) {
	for {
		i, ok := p.claim()
		if !ok {
			return last
		}
		// The operation can't end before this chunk is done, so p.task is the claimed one's.
		t := p.task
		t.run(t, i)
		last = p.left.Add(-1) == 0
	}
}

// run calls t.run(t, i) for each chunk 0..chunks-1 and returns when all are done.
// It allocates nothing.
func (p *pool) run(t *task, chunks int) {
	if chunks <= 1 || p.helpers == 0 {
		for i := range chunks {
			t.run(t, i)
		}
		return
	}
	p.task = t
	p.left.Store(int64(chunks))
	p.count++
	p.state.Store(p.count<<(2*chunkBits) | uint64(chunks)<<chunkBits)
	for range min(p.helpers, chunks-1) {
		select {
		case p.wake <- struct{}{}:
		default: // enough wake-ups are pending
		}
	}
	if !p.work() {
		p.finished()
	}
}

// close ends the helpers. Closing again does nothing.
func (p *pool) close() { p.once.Do(func() { close(p.stop) }) }
