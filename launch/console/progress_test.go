package console

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"noise2sparse/report"
	"noise2sparse/train"
)

// on is a console that writes to a file, and what it has written.
func on(t *testing.T, level Level, terminal bool) (*Console, func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	c := New(f, level)
	if terminal {
		c.terminal, c.mode = true, report.Colors256
	}
	return c, func() string {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

func values() map[string]float64 {
	return map[string]float64{"train/loss": 0.0163, "val/loss": 0.0162, "val/active_fraction": 0.447, "val/dead_fraction": 0.01}
}

// fast runs many epochs in no time.
func fast(c *Console, epochs int) {
	p := c.NewProgress(epochs, func(int, map[string]float64) {})
	for e := 1; e <= epochs; e++ {
		p.Progress(train.Progress{Epoch: e - 1, Epochs: epochs, Step: 49, StepsPerEpoch: 49, SamplesPerSecond: 1e5})
		p.EpochDone(e, values())
	}
}

func TestPlainLinesDoNotFlood(t *testing.T) {
	c, said := on(t, People, false)
	fast(c, 500)
	want := "epoch 1/500, train loss 0.01630, val loss 0.01620, active 44.7 %, dead 1.0 %, 100k samples/s, 0.0 s left\n" +
		"epoch 500/500, train loss 0.01630, val loss 0.01620, active 44.7 %, dead 1.0 %, 100k samples/s, 0.0 s left\n"
	if said() != want {
		t.Errorf("500 epochs at once print\n%swant the first and the last", said())
	}
}

func TestPlainLinesOfSlowEpochs(t *testing.T) {
	c, said := on(t, People, false)
	p := c.NewProgress(3, nil)
	for e := 1; e <= 3; e++ {
		p.row = p.row.Add(-silenceInPipe) // as if that long had passed
		p.Progress(train.Progress{Epoch: e - 1, Epochs: 3, Step: 1, StepsPerEpoch: 4, SamplesPerSecond: 2000, Left: time.Hour})
		p.row = p.row.Add(-pipeEvery)
		p.EpochDone(e, values())
	}
	if n := strings.Count(said(), "(25 % done)"); n != 3 {
		t.Errorf("%d lines tell of parts of epochs, want 3:\n%s", n, said())
	}
	if n := strings.Count(said(), "\n"); n != 6 {
		t.Errorf("%d lines, want 6:\n%s", n, said())
	}
}

func TestTerminalLineIsUpdatedInPlace(t *testing.T) {
	c, said := on(t, People, true)
	fast(c, 500)
	c.Clear()
	text := said()
	if n := strings.Count(text, "\n"); n != 3 { // header, first and last epoch
		t.Errorf("%d lines stay, want 3:\n%q", n, text)
	}
	if want := "\r\x1b[K    500     0.01630     0.01620      44.7 %       1.0 %        100k\n"; !strings.HasSuffix(text, want) {
		t.Errorf("the last epoch is not shown as %q:\n%q", want, text[len(text)-200:])
	}
	for _, l := range strings.Split(text, "\r") {
		l, _, _ = strings.Cut(l, "\x1b[K")
		if len([]rune(l)) >= 80 && !strings.Contains(l, "\n") {
			t.Errorf("a line updated in place is wider than the terminal: %q", l)
		}
	}
}

// However narrow the terminal, the line fits, and says how long it still takes.
func TestLineFits(t *testing.T) {
	c, _ := on(t, People, true)
	p := c.NewProgress(3880, nil)
	p.values = values()
	p.now = train.Progress{Epoch: 1234, Epochs: 3880, Step: 7, StepsPerEpoch: 49, SamplesPerSecond: 123456, Left: 5*time.Hour + 12*time.Minute}
	for _, x := range []struct {
		width int
		want  string
	}{
		{20, "5 h 12 min left"},
		{35, "epoch 1235/3880  5 h 12 min left"},
		{50, "epoch 1235/3880  loss 0.01630  5 h 12 min left"},
		{60, "━━━───────── epoch 1235/3880  loss 0.01630  5 h 12 min left"},
		{80, "━━━━━──────────── epoch 1235/3880  loss 0.01630  active 44.7 %  5 h 12 min left"},
		{120, "━━━━━━────────────── epoch 1235/3880  loss 0.01630  active 44.7 %  123k samples/s  5 h 12 min left"},
	} {
		got := p.line(x.width - 1)
		if len([]rune(got)) >= x.width || got != x.want {
			t.Errorf("width %d: %d characters\n%s\nwant\n%s", x.width, len([]rune(got)), got, x.want)
		}
	}
}

func TestLogLinesTakeTheLiveLineAway(t *testing.T) {
	c, said := on(t, People, true)
	c.show("half done")
	zap.New(c.Core()).Warn("slow")
	c.Clear()
	if text := said(); !strings.HasPrefix(text, "\rhalf done\x1b[K\r\x1b[K{") || !strings.HasSuffix(text, "}\n") {
		t.Errorf("got %q", text)
	}
}

func TestLevels(t *testing.T) {
	for _, x := range []struct {
		level Level
		lines int // of a line for people, an info and a warning
	}{{Quiet, 1}, {People, 2}, {Log, 2}} {
		c, said := on(t, x.level, false)
		c.Printf("for people")
		zap.New(c.Core()).Info("info")
		zap.New(c.Core()).Warn("warning")
		if n := strings.Count(said(), "\n"); n != x.lines || !strings.Contains(said(), "warning") {
			t.Errorf("level %d: %d lines, want %d:\n%s", x.level, n, x.lines, said())
		}
	}
	epochs := 0
	c, said := on(t, Log, false)
	p := c.NewProgress(3, func(int, map[string]float64) { epochs++ })
	for e := 1; e <= 3; e++ {
		p.Progress(train.Progress{})
		p.EpochDone(e, values())
	}
	if epochs != 3 || said() != "" {
		t.Errorf("level Log: %d epochs logged, want 3; for people %q", epochs, said())
	}
}
