package lease

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func lockFile(t *testing.T) string { return filepath.Join(t.TempDir(), ".lock") }

// put writes a lock file as another process would have left it, untouched for some time.
func put(t *testing.T, path string, content []byte, age time.Duration) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-age)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

// ended is the PID of a process that has ended.
func ended(t *testing.T) int {
	t.Helper()
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Skipf("no program to run: %v", err)
	}
	return c.Process.Pid
}

func TestTheOwnerDecides(t *testing.T) {
	mine := me("00000000000000aa")
	change := func(f func(*Owner)) []byte {
		o := mine
		f(&o)
		return o.encode()
	}
	other := change(func(o *Owner) { o.Host, o.Space = "elsewhere", "another boot" })
	for _, c := range []struct {
		name    string
		content []byte
		age     time.Duration
		held    string // "": it can be taken
	}{
		{"this living process, long silent", mine.encode(), time.Hour, mine.String()},
		{"a process of this machine that has ended", change(func(o *Owner) { o.PID = ended(t) }), 0, ""},
		{"its PID is another process's by now", change(func(o *Owner) { o.Began = "1" }), 0, ""},
		{"another machine, just now", other, 0, "on elsewhere"},
		{"another machine, within the limit", other, StaleAfter - 10*time.Second, "on elsewhere"},
		{"another machine, silent for too long", other, StaleAfter + time.Second, ""},
		{"this machine before it was started anew", change(func(o *Owner) { o.Space = "an older boot" }), time.Second, "on " + mine.Host},
		{"garbage, just now", []byte("\x00\xff{"), 0, "an unknown process"},
		{"garbage, old", []byte("\x00\xff{"), StaleAfter + time.Second, ""},
		{"empty, old", nil, StaleAfter + time.Second, ""},
		{"a name that would leave the folder", change(func(o *Owner) { o.ID, o.Space = "../../x", "y" }), StaleAfter + time.Second, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if mine.Space == "" && strings.Contains(c.name, "this") {
				t.Skip("this system does not tell whether a process lives")
			}
			path := lockFile(t)
			put(t, path, c.content, c.age)
			l, err := Acquire(path)
			if c.held == "" {
				if err != nil {
					t.Fatal(err)
				}
				if o, ok := Holder(path); !ok || o.ID != l.Owner().ID {
					t.Errorf("the holder is %+v, %v", o, ok)
				}
				if err := l.Release(); err != nil {
					t.Error(err)
				}
				onlyLeft(t, path)
				return
			}
			var held *HeldError
			if !errors.As(err, &held) || !strings.HasSuffix(held.Owner.String(), c.held) {
				t.Errorf("it answers %v, want held by ... %s", err, c.held)
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != string(c.content) {
				t.Errorf("the lock has changed: %q (%v)", b, err)
			}
			onlyLeft(t, path, ".lock")
		})
	}
}

// onlyLeft checks what is in the lock's folder.
func onlyLeft(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}

// Of many who find a dead owner at once, one gets the lock.
func TestOneOfManyTakesOver(t *testing.T) {
	dead := me("00000000000000aa")
	dead.Host, dead.Space = "elsewhere", "another boot"
	for round := range 12 {
		path := lockFile(t)
		put(t, path, dead.encode(), 2*StaleAfter)
		if round%3 == 0 { // one that died while it took over
			put(t, path+afterMark+dead.ID, dead.encode(), 2*StaleAfter)
		}
		var wg sync.WaitGroup
		leases := make([]*Lease, 16)
		for i := range leases {
			wg.Go(func() {
				l, err := Acquire(path)
				var held *HeldError
				if err != nil && !errors.As(err, &held) {
					t.Error(err)
				}
				leases[i] = l
			})
		}
		wg.Wait()
		got := 0
		for _, l := range leases {
			if l != nil {
				got++
				if err := l.Release(); err != nil {
					t.Error(err)
				}
			}
		}
		if got != 1 {
			t.Fatalf("round %d: %d of 16 have the lock", round, got)
		}
	}
}

// Whoever has lost the lock finds out, and does not take it from the next owner.
func TestLost(t *testing.T) {
	path := lockFile(t)
	l, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	next, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Check(); !errors.Is(err, ErrLost) {
		t.Errorf("it says %v", err)
	}
	select {
	case <-l.Lost():
	default:
		t.Error("nobody is told")
	}
	if err := l.Release(); !errors.Is(err, ErrLost) {
		t.Errorf("released with %v", err)
	}
	if err := next.Check(); err != nil {
		t.Errorf("the next owner: %v", err)
	}
	if err := next.Release(); err != nil {
		t.Error(err)
	}
}

// While a living process has the right to take a dead owner's place, nobody else does.
func TestTheRightToTakeOver(t *testing.T) {
	dead := me("00000000000000aa")
	dead.Host, dead.Space = "elsewhere", "another boot"
	path := lockFile(t)
	put(t, path, dead.encode(), 2*StaleAfter)
	right, err := Acquire(path + afterMark + dead.ID)
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := Acquire(path); !errors.As(err, &held) || held.Owner.ID != dead.ID {
		t.Errorf("it answers %v", err)
	}
	if err := right.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(path); err != nil {
		t.Error(err)
	}
}

// Who knows that an owner is gone need not wait.
func TestAcquireOver(t *testing.T) {
	mine := me("00000000000000aa")
	if mine.Space == "" {
		t.Skip("this system does not tell machines apart")
	}
	neighbour, stranger := mine, mine
	neighbour.Space += " of another container"
	stranger.Space = "another boot"
	for _, c := range []struct {
		owner Owner
		taken bool
	}{{neighbour, true}, {stranger, false}} {
		path := lockFile(t)
		put(t, path, c.owner.encode(), time.Second)
		if _, err := Acquire(path); err == nil {
			t.Errorf("%+v: taken without knowing", c.owner)
		}
		if _, err := AcquireOver(path, Owner.SameMachine); (err == nil) != c.taken {
			t.Errorf("%+v: %v", c.owner, err)
		}
	}
}
