package launch

import (
	"strings"
	"testing"
	"time"

	"noise2sparse/track"
)

// A table of runs has no columns in which nobody has anything.
func TestOverviewLines(t *testing.T) {
	then := time.Now().Add(-161 * time.Second)
	o := &Overview{Runs: []RunStatus{{Dir: "runs/a", State: track.Done, Epoch: 3, Epochs: 3, Updated: &then}, {Dir: "runs/bc"}}}
	want := "run      state      epoch    updated\nruns/a   done         3/3  3 min ago\nruns/bc  not begun"
	if got := strings.Join(o.Lines(false), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	o.Runs[1].Error = "no space left"
	if got := o.Lines(false); got[0] != "run      state      epoch    updated  error" {
		t.Errorf("with an error the titles are %q", got[0])
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s ago", 42 * time.Second: "42 s ago", 161 * time.Second: "3 min ago", 5 * time.Hour: "5 h ago", 100 * time.Hour: "4 d ago",
	} {
		if got := ago(d); got != want {
			t.Errorf("ago(%v) = %q, want %q", d, got, want)
		}
	}
}
