package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/problem"
	"noise2sparse/train"
)

// ConfigSHA256 is the hash of a config's values, in hex: of lines "path = value" of those that are not
// defaults, sorted by path. Two configs have one hash if and only if they hold the same values, wherever
// these come from. See strict.Changed for why a default never changes: testdata/defaults.txt keeps all.
func ConfigSHA256(c train.Config) string {
	sum := sha256.Sum256([]byte(strict.Changed(c)))
	return hex.EncodeToString(sum[:])
}

// jobID names a run folder: NNN-<swept values>-<8 hex of SHA256>, of n jobs. NNN has as many
// digits as the last job needs, at least 3, so that names sort in grid order.
func jobID(j Job, n int) string {
	id := fmt.Sprintf("%0*d", max(3, len(fmt.Sprint(n-1))), j.Index)
	if len(j.Values) > 0 {
		id += "-" + sweptText(j.Values)
	}
	return id + "-" + j.SHA256[:8]
}

const maxSweptText = 80 // characters; a folder's name has at most 255

// sweptText is short and can stand in a path: "sigma=0.8", "activation=relu,sigma=0.8". Fields go
// by their last name, or by their path where two share that.
func sweptText(values []Swept) string {
	last := func(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
	count := map[string]int{}
	for _, v := range values {
		count[last(v.Path)]++
	}
	var parts []string
	for _, v := range values {
		name := last(v.Path)
		if count[name] > 1 {
			name = v.Path
		}
		if strings.HasPrefix(v.Value, "{") { // a section names its fields itself
			parts = append(parts, safe(v.Value, ","))
		} else {
			parts = append(parts, safe(name, "")+"="+safe(v.Value, "x"))
		}
	}
	text := strings.Join(parts, ",")
	return text[:min(len(text), maxSweptText)]
}

var (
	brackets = regexp.MustCompile(`[\[\]{}"]`)
	between  = regexp.MustCompile(`, *`)
	colon    = regexp.MustCompile(`: *`)
	foreign  = regexp.MustCompile(`[^A-Za-z0-9.,_+=-]`)
)

// safe turns a YAML value into what a file's name may hold, with comma between its parts:
// [1000, 500] into 1000x500, and {kind: laplace, scale: 1} into kind=laplace,scale=1.
func safe(s, comma string) string {
	s = brackets.ReplaceAllString(s, "")
	s = between.ReplaceAllString(s, comma)
	s = colon.ReplaceAllString(s, "=")
	return foreign.ReplaceAllString(s, "-")
}

// DiffForResume lists what in after differs from before, the config of a run, and may not change
// when that run is resumed: all but the fields tagged resume:"free". Empty: the run can go on.
func DiffForResume(before, after train.Config) []problem.Problem {
	if why := before.Optimizer.NeedsEpochs(); why != "" && before.Epochs != after.Epochs {
		return []problem.Problem{{Path: "epochs", Text: fmt.Sprintf(
			"was %d and is now %d, but %s depends on the number of epochs: a resumed run can't change it; begin a new run with --fresh",
			before.Epochs, after.Epochs, why)}}
	}
	ps := strict.Diff(before, after)
	free := strings.Join(strict.FreePaths(reflect.TypeOf(before)), ", ")
	for i := range ps {
		if ps[i].Text += "; a resumed run can't change it"; free != "" {
			ps[i].Text += " (only " + free + ")"
		}
		ps[i].Text += ": begin a new run with --fresh"
	}
	return ps
}
