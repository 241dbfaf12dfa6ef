package console

import (
	"fmt"
	"io"
	"strings"
	"time"

	"noise2sparse/report"
	"noise2sparse/track"
)

// Result is what Summary tells about a run that has ended.
type Result struct {
	Title   string // "quickstart, job 000-1a2b3c4d: done"
	Folder  string
	Figure  string // file with the receptive fields; "": none
	Best    string // checkpoint of the best epoch; "": that was not saved
	Summary track.Summary
	History *track.History // nil: no curves
}

// Summary writes one screen about a run.
func Summary(w io.Writer, r Result, mode report.Mode) error {
	var b strings.Builder
	s := r.Summary
	line := func(name, value string, args ...any) {
		fmt.Fprintf(&b, "  %s%s\n", pad(name, 18), strings.TrimRight(fmt.Sprintf(value, args...), " "))
	}
	curve := func(key string) string {
		if r.History == nil {
			return ""
		}
		_, _, v := r.History.Series(key)
		if len(v) < 2 {
			return ""
		}
		return report.Sparkline(v, 24, mode)
	}
	fmt.Fprintf(&b, "\n%s\n", r.Title)
	line("train loss", "%-12s%s", Loss(float64(s.TrainLoss)), curve("train/loss"))
	if s.ValLoss != nil {
		line("validation loss", "%-12s%s", Loss(float64(*s.ValLoss)), curve("val/loss"))
	}
	if s.BestEpoch != nil && s.BestValue != nil {
		line("best", "%s", best(r))
	}
	if s.ValAccuracy != nil {
		line("accuracy", "%-12s%s  in validation", Percent(float64(*s.ValAccuracy)), curve("val/accuracy"))
	}
	if s.ValActiveFraction != nil {
		line("active neurons", "%-12s%s  per validation sample", Percent(float64(*s.ValActiveFraction)), curve("val/active_fraction"))
	}
	if s.TrainDeadFraction != nil { // networks on images and memories have no layers of neurons
		dead := "in training " + Percent(float64(*s.TrainDeadFraction))
		if s.ValDeadFraction != nil {
			dead += ", in validation " + Percent(float64(*s.ValDeadFraction))
		}
		line("dead neurons", "%s", dead)
	}
	if s.DictionaryElements != nil && s.DictionaryFound != nil {
		line("dictionary", "%d of %d elements found", *s.DictionaryFound, *s.DictionaryElements)
	}
	line("speed", "%.3g ms per step, %s samples/s, %s of training",
		float64(s.MsPerStep), Count(float64(s.SamplesPerSecond)), Duration(time.Duration(float64(s.Seconds)*float64(time.Second))))
	line("device", "%s", s.Device)
	if r.Figure != "" {
		line("receptive fields", "%s", r.Figure)
	}
	line("folder", "%s", r.Folder)
	_, err := io.WriteString(w, b.String())
	return err
}

// best tells of the best epoch, and where its weights are.
func best(r Result) string {
	s := r.Summary
	text := fmt.Sprintf("%s, epoch %d", Loss(float64(*s.BestValue)), *s.BestEpoch)
	if s.BestMetric != "val/loss" {
		text = s.BestMetric + " " + text
	}
	switch {
	case *s.BestEpoch == s.Epochs:
		return text + ", the last one"
	case r.Best == "":
		return text + "; not saved: set checkpoint.every_epochs=1"
	}
	return text + ", saved: " + strings.TrimPrefix(r.Best, r.Folder+"/")
}
