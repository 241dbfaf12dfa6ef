package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"noise2sparse/launch"
	"noise2sparse/launch/ledger"
	"noise2sparse/track"
)

// A job's results are the same bits whatever shares the machine with it, and however many cores it has.
func TestParallelJobsHaveTheSameBits(t *testing.T) {
	alone, sweep := t.TempDir(), t.TempDir()
	grid := []string{"--grid", "noise.sigma=0.1,0.3", "--seeds", "1,2", "--set", "model.hidden=[200]"}
	a := must(t, tiny(sweep, append(grid, "--parallel", "3", "--threads", "4", "--json")...)...)
	var res launch.Result
	a.lastJSON(t, &res)
	if len(res.Jobs) != 4 || res.Count(track.Done) != 4 || res.Device == "" || !strings.Contains(res.Placement, "3 jobs at once with 1 or 2 threads each") {
		t.Errorf("the answer is %+v", res)
	}
	for _, job := range []string{"0", "1", "2", "3"} {
		must(t, tiny(alone, append(grid, "--job", job, "--threads", "2")...)...)
		same(t, outcome(t, glob(t, alone, "quickstart", "00"+job+"*")), outcome(t, glob(t, sweep, "quickstart", "00"+job+"*")))
	}
	// The same command again has nothing to do; the one record of each job's end stays the only one.
	if again := must(t, tiny(sweep, grid...)...); !strings.Contains(again.out, "4 jobs") {
		t.Errorf("it says:\n%s%s", again.out, again.errOut)
	}
	n := 0
	eachLine(t, filepath.Join(sweep, "quickstart", ledger.Name), func(r ledger.Record) {
		if r.Event == ledger.Finished {
			n++
		}
	})
	if n != 4 {
		t.Errorf("%d finishing records of 4 jobs", n)
	}
}

// A loss that is not finite would be so again: such a job is not tried again, others don't notice.
func TestDivergingJobIsNotTriedAgain(t *testing.T) {
	out := t.TempDir()
	good := npy(t, filepath.Join(out, "good.npy"), 100, 16, wave)
	huge := npy(t, filepath.Join(out, "huge.npy"), 100, 16, func(int) float32 { return 1e30 })
	a := trainer(t, "run", "--exp", "quickstart", "--out", out, "--set", "grid.dataset=["+good+", "+huge+"]", "--seeds", "1,2",
		"--set", "data={}", "--set", "model.hidden=[8]", "--set", "batch_size=50", "--set", "epochs=2", "--parallel", "2")
	if a.code != exitFailed || !strings.Contains(a.errOut, "2 of 4 jobs failed") || !strings.Contains(a.errOut, "not finite at step 1") {
		t.Errorf("exit code %d\n%s", a.code, a.errOut)
	}
	var s launch.Overview
	must(t, "status", filepath.Join(out, "quickstart"), "--json").lastJSON(t, &s)
	if s.Sweeps[0].Counts[track.Done] != 2 || s.Sweeps[0].Counts[track.NaN] != 2 {
		t.Errorf("status: %+v", s.Sweeps)
	}
	for _, r := range s.Runs {
		if n, err := track.ReadAttempts(r.Dir); err != nil || len(n) != 1 {
			t.Errorf("%d attempts at %s (%v)", len(n), r.Dir, err)
		}
	}
}

func TestStatusCSV(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: reads and writes files with no goroutine that other tests lack")
	}
	out := t.TempDir()
	must(t, tiny(out, "--grid", "noise.sigma=0.1,0.3", "--grid", "model.hidden=[8],[12]")...)
	if err := os.Remove(filepath.Join(glob(t, out, "quickstart", "003*"), "summary.json")); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(must(t, "status", out, "--csv").out)).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows (%v)", len(rows), err)
	}
	cell := func(row int, name string) string {
		i := slices.Index(rows[0], name)
		if i < 0 {
			t.Fatalf("no column %s in %v", name, rows[0])
		}
		return rows[row][i]
	}
	if i := slices.Index(rows[0], "model.hidden"); i != 8 || rows[0][9] != "noise.sigma" || rows[0][10] != "seed" {
		t.Errorf("the columns are %v", rows[0])
	}
	sum, err := track.ReadSummary(glob(t, out, "quickstart", "002*"))
	if err != nil {
		t.Fatal(err)
	}
	var loss track.Float
	if err := loss.UnmarshalJSON([]byte(cell(3, "val_loss"))); err != nil || loss != *sum.ValLoss {
		t.Errorf("val_loss is %q, want %v (%v)", cell(3, "val_loss"), *sum.ValLoss, err)
	}
	for name, want := range map[string]string{"noise.sigma": "0.3", "model.hidden": "[8]", "experiment": "quickstart", "state": "done", "seed": "5", "job": sum.Job} {
		if got := cell(3, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if cell(4, "val_loss") != "" || cell(4, "val/loss") == "" || cell(4, "model.hidden") != "[12]" {
		t.Errorf("without a summary: %v", rows[4])
	}
}

func TestSweepFlags(t *testing.T) {
	out := t.TempDir()
	for _, c := range []struct {
		flags []string
		says  string
	}{
		{[]string{"--parallel", "0"}, `--parallel is "0"; give a number from 1 to 10000, or auto`},
		{[]string{"--parallel", "many"}, "give a number"},
		{[]string{"--retries", "-1"}, "--retries is -1"},
		{[]string{"--launcher", "cloud"}, `--launcher is "cloud"; give one of: local`},
		{[]string{"--until-epoch", "3"}, "--until-epoch is 3"},
		{[]string{"--grid", "noise.sigma=0,1", "--seeds", "1,1"}, "seed"},
		{[]string{"--grid", "seed=" + strings.Repeat("1,", 3), "--grid", "batch_size=1"}, "seed"},
	} {
		if a := trainer(t, tiny(out, c.flags...)...); a.code != exitUsage || !strings.Contains(a.errOut, c.says) {
			t.Errorf("%v: exit code %d\n%s", c.flags, a.code, a.errOut)
		}
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) > 0 {
		t.Errorf("something was made: %v (%v)", entries, err)
	}
}

// A million jobs are not begun by accident, and saying so takes no time.
func TestManyJobsAskFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: makes jobs as other tests do, a hundred thousand of them")
	}
	out := t.TempDir()
	var numbers []string
	for i := range 100 {
		numbers = append(numbers, fmt.Sprint(i+1))
	}
	list := strings.Join(numbers, ",")
	a := trainer(t, tiny(out, "--grid", "noise.sigma="+list, "--grid", "epochs="+list, "--seeds", list)...)
	if a.code != exitUsage || !strings.Contains(a.errOut, "has 1000000 jobs; give --yes if that is meant") {
		t.Errorf("exit code %d\n%s", a.code, a.errOut)
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) > 0 {
		t.Errorf("something was made: %v (%v)", entries, err)
	}
}
