package launch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/internal/problem"
	"noise2sparse/track"
)

// failing is the processor as "GPU 0", on which the backend that is opened second fails.
type failing struct {
	compute.Backend
	fail   func() error
	syncs  int
	closed *atomic.Int32
}

func (f *failing) Sync() error {
	if f.syncs++; f.syncs > 5 && f.fail != nil {
		return errors.Join(f.Backend.Sync(), f.fail())
	}
	return f.Backend.Sync()
}

func (f *failing) Close() error {
	f.closed.Add(1)
	return f.Backend.Close()
}

var onGPU struct {
	fail           func() error
	list, open     error
	opened, closed atomic.Int32
}

func init() {
	compute.RegisterAccelerators("cuda", func(func(int) bool) ([]compute.Accelerator, error) {
		return []compute.Accelerator{{Index: 0, Name: "test", Free: 1 << 40, Total: 1 << 40}}, onGPU.list
	})
	compute.Register("cuda", func(_ string, o compute.Options) (compute.Backend, error) {
		if onGPU.open != nil {
			return nil, onGPU.open
		}
		b, err := compute.Open("cpu", o)
		f := &failing{Backend: b, closed: &onGPU.closed}
		if onGPU.opened.Add(1) == 2 {
			f.fail = onGPU.fail
		}
		return f, err
	})
}

// TestWorkerSurvivesAPanic: a job that panics ends as a failed one, with its stack in its folder and its
// device given back; the jobs beside it go on.
func TestWorkerSurvivesAPanic(t *testing.T) {
	orders, dirs, out := onFailingGPU(t, func() error { panic("oh") })
	waitFor(t, "the ends", func() bool { return len(out.news(t)) == 3 })
	if err := orders.Close(); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for i, dir := range dirs {
		if state(dir) == track.Done {
			continue
		}
		failed++
		crash, _ := filepath.Glob(filepath.Join(dir, "crash.*.log"))
		for _, n := range out.news(t) {
			if n.Error != "" && !strings.Contains(n.Error, "panic: oh") {
				t.Errorf("it tells %+v", n)
			}
		}
		if len(crash) != 1 {
			t.Errorf("run %d: crash logs %v", i, crash)
		}
	}
	if failed != 1 || onGPU.closed.Load() != onGPU.opened.Load() {
		t.Errorf("%d runs failed; %d of %d backends were closed", failed, onGPU.closed.Load(), onGPU.opened.Load())
	}
}

// TestWorkerEndsWithItsGPU: after a fault of the device the process ends with an error.
func TestWorkerEndsWithItsGPU(t *testing.T) {
	_, _, out := onFailingGPU(t, func() error { return fmt.Errorf("a fault (%w)", compute.ErrDeviceLost) })
	waitFor(t, "the end", func() bool { return len(out.end) == 1 })
	lost := 0
	for _, n := range out.news(t) {
		if n.Lost != strings.Contains(n.Error, "a fault") {
			t.Errorf("it tells %+v", n)
		}
		if n.Lost {
			lost++
		}
	}
	if lost == 0 {
		t.Error("no job tells that the device is lost")
	}
	if err := <-out.end; err == nil || !strings.Contains(err.Error(), "can't use its GPU any more") || !strings.Contains(err.Error(), "a fault") {
		t.Errorf("it ends with %v", err)
	}
}

// TestOpeningAGPU: a job that begins while its neighbour loses the device, or has taken its memory, has not
// been asked for wrongly: it is tried again. A GPU that isn't there has.
func TestOpeningAGPU(t *testing.T) {
	defer func() { onGPU.list, onGPU.open = nil, nil }()
	for _, c := range []struct {
		err   error
		wrong bool
	}{
		{fmt.Errorf("GPU 0: a fault (%w)", compute.ErrDeviceLost), false},
		{fmt.Errorf("GPU 0: %w", compute.ErrOutOfMemory), false},
		{fmt.Errorf("GPU 0: %w", compute.ErrUnavailable), false},
		{errors.New("no driver"), true},
	} {
		for i, where := range []*error{&onGPU.list, &onGPU.open} {
			onGPU.list, onGPU.open = nil, nil
			*where = c.err
			_, err := Device{GPU: "0"}.Open("float32")
			var p *problem.Error
			if err == nil || errors.As(err, &p) != c.wrong || !strings.Contains(err.Error(), c.err.Error()) {
				t.Errorf("%d: %v becomes %v", i, c.err, err)
			}
			// A worker's GPU was there when its launcher looked.
			if _, err = (Device{GPU: "0", seen: true}).Open("float32"); err == nil || errors.As(err, &p) {
				t.Errorf("%d: in a worker %v becomes %v", i, c.err, err)
			}
		}
	}
}

// gpuOutput is what a worker says, and the channel for its end.
type gpuOutput struct {
	*output
	end chan error
}

func onFailingGPU(t *testing.T, fail func() error) (orders interface{ Close() error }, dirs []string, out gpuOutput) {
	t.Helper()
	onGPU.fail = fail
	onGPU.opened.Store(0)
	onGPU.closed.Store(0)
	lines, dirs := folders(t, "grid.seed=[1, 2, 3]")
	in, said, end := servedOn(t, context.Background(), Device{GPU: "0"})
	for _, line := range lines {
		if _, err := in.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	return in, dirs, gpuOutput{said, end}
}
