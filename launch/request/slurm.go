package request

import (
	"regexp"
	"strconv"
	"strings"

	"noise2sparse/internal/problem"
)

// Slurm is the `launch.slurm:` section.
type Slurm struct {
	Partition     string   `yaml:"partition" default:"" doc:"partition; empty: SLURM's default"`
	Account       string   `yaml:"account" default:"" doc:"account that is charged; empty: SLURM's default"`
	Time          string   `yaml:"time" default:"" doc:"time limit of a job: MINUTES, HH:MM:SS or D-HH:MM:SS; empty: the partition's"`
	Shards        int      `yaml:"shards" default:"0" doc:"shards of a GPU instead of whole GPUs, so that jobs share one; the cluster says how many a GPU has"`
	SignalSeconds int      `yaml:"signal_seconds" default:"120" doc:"so long before the time limit a job saves a checkpoint and queues again"`
	MaxRequeues   int      `yaml:"max_requeues" default:"100" doc:"how often a job may do that"`
	Extra         []string `yaml:"extra" default:"[]" doc:"more options of sbatch, one each, such as --constraint=a100"`
	Setup         []string `yaml:"setup" default:"[]" doc:"shell commands before a job begins, such as module load cuda"`
}

// timeForm are the ways in which sbatch takes a time limit.
var timeForm = regexp.MustCompile(`^(?:(\d+)-(\d+)(?::(\d+)(?::(\d+))?)?|(\d+)(?::(\d+)(?::(\d+))?)?)$`)

// Seconds is a time limit as sbatch reads it: M, M:S, H:M:S, D-H, D-H:M or D-H:M:S.
func Seconds(limit string) (seconds int, ok bool) {
	m := timeForm.FindStringSubmatch(limit)
	if m == nil || len(limit) > 20 {
		return 0, false
	}
	n := func(i int) int {
		v, _ := strconv.Atoi(m[i]) // "" is 0
		return v
	}
	switch {
	case m[1] != "":
		return ((n(1)*24+n(2))*60+n(3))*60 + n(4), true
	case m[7] != "":
		return (n(5)*60+n(6))*60 + n(7), true
	}
	return n(5)*60 + n(6), true
}

func (s *Slurm) check(ps *problem.List) {
	for _, f := range []struct{ name, value string }{{"partition", s.Partition}, {"account", s.Account}} {
		if strings.ContainsAny(f.value, " \t\r\n'\"\\#") {
			ps.Addf(f.name, "%q can't be one; use no spaces, quotes or #", f.value)
		}
	}
	if s.Time != "" {
		if n, ok := Seconds(s.Time); !ok || n == 0 {
			ps.Addf("time", "is %q; give MINUTES, HH:MM:SS or D-HH:MM:SS, in quotes", s.Time)
		} else if n <= s.SignalSeconds {
			ps.Addf("time", "is %s, within signal_seconds (%d): a job would end as soon as it begins", s.Time, s.SignalSeconds)
		}
	}
	if s.Shards < 0 {
		ps.Addf("shards", "is %d; give 0 (none) or more", s.Shards)
	}
	if s.SignalSeconds < 1 || s.SignalSeconds > 65535 {
		ps.Addf("signal_seconds", "is %d; give 1 to 65535", s.SignalSeconds)
	}
	if s.MaxRequeues < 0 {
		ps.Addf("max_requeues", "is %d; give 0 (never) or more", s.MaxRequeues)
	}
	for _, e := range s.Extra {
		if !strings.HasPrefix(e, "-") || strings.ContainsAny(e, "\r\n") {
			ps.Addf("extra", "%q is no option; give one a line, such as --constraint=a100", e)
		}
		for _, own := range []string{"--array", "-a", "--wrap", "--parsable", "--output", "-o"} {
			if name, _, _ := strings.Cut(e, "="); name == own || len(own) == 2 && strings.HasPrefix(e, own) {
				ps.Addf("extra", "%s is the trainer's own; leave it out", e)
			}
		}
	}
}
