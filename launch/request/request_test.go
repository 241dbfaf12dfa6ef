package request

import (
	"strings"
	"testing"

	"noise2sparse/internal/problem"
)

// usual is what the defaults say.
func usual() Config {
	return Config{CPUs: 1, Slurm: Slurm{SignalSeconds: 120, MaxRequeues: 100}, Ray: Ray{StopSeconds: 60}}
}

func TestCheck(t *testing.T) {
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		change func(*Config)
		says   string // "": nothing is wrong
	}{
		"usual":            {func(*Config) {}, ""},
		"everything":       {func(c *Config) { c.Memory, c.GPUs, c.Slurm.Time, c.Slurm.Shards = text("4G"), 0.25, "1-00", 2 }, ""},
		"no cores":         {func(c *Config) { c.CPUs = 0 }, "cpus: is 0"},
		"less than no GPU": {func(c *Config) { c.GPUs = -1 }, "gpus: is -1"},
		"memory":           {func(c *Config) { c.Memory = text("4 GB") }, `memory: is "4 GB"`},
		"program":          {func(c *Config) { c.Program = text("") }, "program: is empty"},
		"environment":      {func(c *Config) { c.Env = map[string]string{"A=B": "c"} }, `"A=B" can't name`},
		"partition":        {func(c *Config) { c.Slurm.Partition = "a b" }, `slurm.partition: "a b"`},
		"account":          {func(c *Config) { c.Slurm.Account = "a\n#SBATCH x" }, "slurm.account"},
		"time":             {func(c *Config) { c.Slurm.Time = "4h" }, `slurm.time: is "4h"`},
		"time too short":   {func(c *Config) { c.Slurm.Time = "2" }, "within signal_seconds (120)"},
		"shards":           {func(c *Config) { c.Slurm.Shards = -1 }, "slurm.shards"},
		"signal":           {func(c *Config) { c.Slurm.SignalSeconds = 70000 }, "slurm.signal_seconds"},
		"requeues":         {func(c *Config) { c.Slurm.MaxRequeues = -1 }, "slurm.max_requeues"},
		"no option":        {func(c *Config) { c.Slurm.Extra = []string{"constraint"} }, "is no option"},
		"two lines":        {func(c *Config) { c.Slurm.Extra = []string{"--x\nrm"} }, "is no option"},
		"our option":       {func(c *Config) { c.Slurm.Extra = []string{"--array=1-3"} }, "--array=1-3 is the trainer's own"},
		"our short option": {func(c *Config) { c.Slurm.Extra = []string{"-a1-3"} }, "-a1-3 is the trainer's own"},
		"account option":   {func(c *Config) { c.Slurm.Extra = []string{"--account=x", "-A", "-p"} }, ""},
		"resource":         {func(c *Config) { c.Ray.Resources = map[string]float64{"GPU": 1} }, "launch.gpus"},
		"no resource":      {func(c *Config) { c.Ray.Resources = map[string]float64{"a100": 0} }, "a100 is 0"},
		"stop":             {func(c *Config) { c.Ray.StopSeconds = 0 }, "ray.stop_seconds"},
	} {
		t.Run(name, func(t *testing.T) {
			config := usual()
			c.change(&config)
			var ps problem.List
			config.Check(&ps)
			switch all := ps.All(); {
			case c.says == "" && len(all) > 0:
				t.Errorf("%v", all)
			case c.says != "" && (len(all) != 1 || !strings.Contains(all[0].String(), c.says)):
				t.Errorf("%v, want one problem with %q", all, c.says)
			}
		})
	}
}

// Time limits as man sbatch lists them.
func TestSeconds(t *testing.T) {
	for limit, want := range map[string]int{
		"90": 5400, "1:30": 90, "01:00:00": 3600, "2-0": 172800, "1-02": 93600, "1-02:03": 93780, "1-02:03:04": 93784,
		"": -1, "x": -1, "1h": -1, "-1": -1, "1-": -1, "1:2:3:4": -1, "1.5": -1,
	} {
		if got, ok := Seconds(limit); ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %d, %v, want %d", limit, got, ok, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for memory, want := range map[string]int64{"1K": 1 << 10, "512M": 512 << 20, "4G": 4 << 30, "2T": 2 << 40, "": 0, "4": 0, "G": 0, "0G": 0, "4g": 0, "4.5G": 0, "9999999T": 0} {
		if got, err := Bytes(memory); (err == nil) != (want > 0) || got != want && err == nil {
			t.Errorf("%q: %d (%v), want %d", memory, got, err, want)
		}
	}
}
