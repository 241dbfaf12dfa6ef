package console

import (
	"fmt"
	"time"

	"noise2sparse/train"
)

// Progress shows how one run goes on. It implements train.Watcher.
type Progress struct {
	c      *Console
	log    func(epoch int, values map[string]float64) // at level Log: an epoch as a log line
	began  time.Time
	row    time.Time // when the last line that stays was written
	rows   int
	epochs int
	now    train.Progress
	values map[string]float64 // of the last epoch
}

// Lines that stay come at most so often. A terminal has the live line meanwhile, and shall keep
// about rowsPerRun of them; in a pipe they are all that there is.
const (
	pipeEvery     = 2 * time.Second
	silenceInPipe = 30 * time.Second // of an epoch that takes longer, its parts are told
	terminalEvery = time.Second / 2
	rowsPerRun    = 20
)

// NewProgress watches a run of that many epochs. log is called for each epoch at level Log.
func (c *Console) NewProgress(epochs int, log func(epoch int, values map[string]float64)) *Progress {
	return &Progress{c: c, log: log, began: time.Now(), row: time.Now(), epochs: epochs}
}

// Progress implements train.Watcher.
func (p *Progress) Progress(now train.Progress) {
	if p.now.SamplesPerSecond > 0 && now.SamplesPerSecond > 0 { // the last stretch of an epoch can be a single step
		now.SamplesPerSecond = 0.8*p.now.SamplesPerSecond + 0.2*now.SamplesPerSecond
	}
	p.now = now
	switch {
	case p.c.level != People:
	case p.c.terminal:
		p.c.show(p.line(p.c.room()))
	case time.Since(p.row) >= silenceInPipe:
		p.row = time.Now()
		p.c.Printf("%s", p.plain(now.Epoch, float64(now.Step)/float64(max(1, now.StepsPerEpoch))))
	}
}

// EpochDone implements train.Watcher.
func (p *Progress) EpochDone(epoch int, values map[string]float64) {
	p.values = values
	if p.c.level == Log {
		p.log(epoch, values)
	}
	if p.c.level != People || p.rows > 0 && epoch < p.epochs && time.Since(p.row) < p.every() {
		return
	}
	p.row = time.Now()
	p.rows++
	if !p.c.terminal {
		p.c.Printf("%s", p.plain(epoch, 0))
		return
	}
	if p.rows == 1 {
		p.c.Printf("%s", p.c.dim(p.header()))
	}
	p.c.Printf("%s", p.tableRow(epoch))
}

func (p *Progress) every() time.Duration {
	if !p.c.terminal {
		return pipeEvery
	}
	return max(terminalEvery, (time.Since(p.began)+p.now.Left)/rowsPerRun)
}

// columns of the table on a terminal: what a row shows where the run has it.
var columns = []struct {
	title string
	key   string
	show  func(float64) string
}{
	{"train loss", "train/loss", Loss},
	{"val loss", "val/loss", Loss},
	{"accuracy", "val/accuracy", Percent},
	{"active", "val/active_fraction", Percent},
	{"dead", "val/dead_fraction", Percent},
}

func (p *Progress) header() string {
	s := "  epoch"
	for _, c := range columns {
		if _, ok := p.get(c.key); ok {
			s += fmt.Sprintf("  %10s", c.title)
		}
	}
	return s + "   samples/s"
}

func (p *Progress) tableRow(epoch int) string {
	s := fmt.Sprintf("%7d", epoch)
	for _, c := range columns {
		if v, ok := p.get(c.key); ok {
			s += fmt.Sprintf("  %10s", c.show(v))
		}
	}
	return s + fmt.Sprintf("  %10s", Count(p.now.SamplesPerSecond))
}

// plain is a line that needs no other to be understood. part is how much is done of the epoch
// after those done; 0 where one has just ended.
func (p *Progress) plain(epoch int, part float64) string {
	s := fmt.Sprintf("epoch %d/%d", epoch, p.epochs)
	if part > 0 {
		s = fmt.Sprintf("epoch %d/%d (%.0f %% done)", epoch+1, p.epochs, 100*part)
	}
	for _, c := range columns {
		if v, ok := p.get(c.key); ok {
			s += fmt.Sprintf(", %s %s", c.title, c.show(v))
		}
	}
	return s + fmt.Sprintf(", %s samples/s, %s left", Count(p.now.SamplesPerSecond), Duration(p.now.Left))
}

func (p *Progress) get(key string) (float64, bool) {
	v, ok := p.values[key]
	return v, ok
}

// active is the fraction of active neurons, of the evaluation where there was one.
func (p *Progress) active() (float64, bool) {
	if v, ok := p.get("val/active_fraction"); ok {
		return v, ok
	}
	return p.get("train/active_fraction")
}
