package launch

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"noise2sparse/track"
)

// output is what a worker has written so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// news are the ends that the worker has told.
func (o *output) news(t *testing.T) map[string]Ended {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	all := map[string]Ended{}
	for line := range strings.Lines(o.b.String()) {
		var n News
		if err := json.Unmarshal([]byte(line), &n); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		if n.Ended != nil {
			all[n.Ended.Job] = *n.Ended
		}
	}
	return all
}

// served starts a worker; give it orders by the writer, and wait for its end by the channel.
func served(t *testing.T, ctx context.Context) (io.WriteCloser, *output, chan error) {
	t.Helper()
	return servedOn(t, ctx, Device{})
}

func servedOn(t *testing.T, ctx context.Context, d Device) (io.WriteCloser, *output, chan error) {
	t.Helper()
	in, orders := io.Pipe()
	out, end := &output{}, make(chan error, 1)
	w := Worker{Version: "test", Device: d}
	go func() { end <- w.Serve(ctx, in, out) }()
	return orders, out, end
}

// folders makes the run folders of jobs and returns the orders to train them.
func folders(t *testing.T, set ...string) (orders []string, dirs []string) {
	t.Helper()
	for _, task := range small(t, t.TempDir(), set...).Tasks {
		e := &entry{Task: task}
		if err := e.makeFolder(); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(Order{Run: &RunOrder{Job: task.ID, Dir: task.Dir}})
		if err != nil {
			t.Fatal(err)
		}
		orders, dirs = append(orders, string(b)+"\n"), append(dirs, task.Dir)
	}
	return orders, dirs
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for began := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

func state(dir string) track.State {
	s, _ := track.ReadStatus(dir)
	return s.State
}

// A worker trains several jobs at once, and ends with its input.
func TestWorker(t *testing.T) {
	in, out, end := served(t, context.Background())
	orders, dirs := folders(t, "grid.seed=[1, 2, 3]")
	for _, o := range orders {
		io.WriteString(in, o)
	}
	io.WriteString(in, `{"run":{"job":"lost","dir":"/nowhere"}}`+"\n"+`{"cancel":"nobody"}`+"\n")
	waitFor(t, "four jobs end", func() bool { return len(out.news(t)) == 4 })
	for _, d := range dirs {
		if state(d) != track.Done {
			t.Errorf("%s is %s", d, state(d))
		}
	}
	if e := out.news(t)["lost"]; !e.Final || !strings.Contains(e.Error, "/nowhere") {
		t.Errorf("a folder that is not there: %+v", e)
	}
	in.Close()
	if err := <-end; err != nil {
		t.Error(err)
	}
}

// When its launcher dies, or asks it to, a worker saves what it trains.
func TestWorkerSaves(t *testing.T) {
	for _, how := range []string{"input ends", "cancelled", "signal", "nonsense"} {
		ctx, cancel := context.WithCancel(context.Background())
		in, out, end := served(t, ctx)
		orders, dirs := folders(t, "epochs=1000000")
		io.WriteString(in, orders[0])
		waitFor(t, "the job begins", func() bool { return state(dirs[0]) == track.Running })
		switch how {
		case "input ends":
			in.Close()
		case "cancelled":
			var o Order
			if err := json.Unmarshal([]byte(orders[0]), &o); err != nil {
				t.Fatal(err)
			}
			b, _ := json.Marshal(Order{Cancel: o.Run.Job})
			in.Write(append(b, '\n'))
			waitFor(t, "the job ends", func() bool { return len(out.news(t)) == 1 })
			in.Close()
		case "signal":
			cancel()
		case "nonsense":
			io.WriteString(in, "dance\n")
		}
		if err := <-end; (err != nil) != (how == "nonsense") {
			t.Errorf("%s: it ends with %v", how, err)
		}
		if state(dirs[0]) != track.Interrupted {
			t.Errorf("%s: the run is %s", how, state(dirs[0]))
		}
		if c, _, err := track.Latest(dirs[0]); err != nil || c == nil {
			t.Errorf("%s: no checkpoint (%v)", how, err)
		}
		cancel()
	}
}
