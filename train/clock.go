package train

import (
	"math"
	"slices"
	"sort"
	"time"
)

// stretchTime is how long the loop works before it looks up: for the user's interrupt, the
// progress display and the heartbeat. The device is waited for once in that time.
const stretchTime = 100 * time.Millisecond

// clock times stretches of steps. The first one, which warms caches up, is not counted.
type clock struct {
	batch   int
	began   time.Time
	current float64 // seconds per step of the last stretch
	epoch   stretch // since lastMsPerStep was asked
	all     []stretch
	warm    bool
}

type stretch struct {
	seconds float64
	steps   int
}

func newClock(batch int) *clock { return &clock{batch: batch} }

// reserve makes room for the given number of stretches, so that stop allocates nothing.
func (c *clock) reserve(n int) { c.all = make([]stretch, 0, n) }

func (c *clock) start() { c.began = time.Now() }

// stop ends a stretch of n steps and returns its seconds.
func (c *clock) stop(n int) float64 {
	s := time.Since(c.began).Seconds()
	c.current = s / float64(n)
	c.epoch.seconds += s
	c.epoch.steps += n
	if c.warm {
		c.all = append(c.all, stretch{s, n})
	}
	c.warm = true
	return s
}

func (c *clock) stepsPerStretch() int {
	if c.current == 0 {
		return 1
	}
	return max(1, int(math.Min(1e6, stretchTime.Seconds()/c.current)))
}

func (c *clock) samplesPerSecond() float64 {
	if c.current == 0 {
		return 0
	}
	return float64(c.batch) / c.current
}

// estimate is the time that the given number of steps will take.
func (c *clock) estimate(steps int) time.Duration {
	const recent = 300 // stretches: half a minute
	return time.Duration(c.median(c.all[max(0, len(c.all)-recent):]) * float64(steps) * float64(time.Millisecond))
}

// lastMsPerStep is the mean over the stretches since it was called last.
func (c *clock) lastMsPerStep() float64 {
	s := c.epoch
	c.epoch = stretch{}
	if s.steps == 0 {
		return 0
	}
	return 1e3 * s.seconds / float64(s.steps)
}

// msPerStep is the median over the steps, each taken as long as the mean of its stretch.
func (c *clock) msPerStep() float64 { return c.median(c.all) }

func (c *clock) median(of []stretch) float64 {
	if len(of) == 0 {
		return 1e3 * c.current
	}
	s := slices.Clone(of)
	sort.Slice(s, func(i, j int) bool {
		return s[i].seconds*float64(s[j].steps) < s[j].seconds*float64(s[i].steps)
	})
	total := 0
	for _, x := range s {
		total += x.steps
	}
	half := 0
	for _, x := range s {
		half += x.steps
		if 2*half >= total {
			return 1e3 * x.seconds / float64(x.steps)
		}
	}
	return 0
}
