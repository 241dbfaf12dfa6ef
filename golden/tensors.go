package golden

import (
	"slices"
	"strings"

	"noise2sparse/internal/array"
	"noise2sparse/internal/safetensors"
)

// tensorFile is a case's tensors, with a note of those that were read.
type tensorFile struct {
	*safetensors.File
	read map[string]bool
}

func readTensors(path string) (*tensorFile, error) {
	f, err := safetensors.Read(path)
	return &tensorFile{f, map[string]bool{}}, err
}

// Get is File's.
func (t *tensorFile) Get(name string) (array.Array, error) {
	t.read[name] = true
	return t.File.Get(name)
}

// results are the prefixes of tensors that must all be compared with something.
var results = []string{
	"init/", "init_buffer/", "start/", "grad1/", "step1/", "step1_buffer/", "final/", "final_buffer/",
	"opt/", "act1/", "eval/", "metric/", "pooled/", "sampled_k", "k_log_probs", "counters_after",
}

// unread are the tensors of results that nobody has asked for.
func (t *tensorFile) unread() []string {
	var out []string
	for _, name := range t.Names() {
		if !t.read[name] && slices.ContainsFunc(results, func(p string) bool { return strings.HasPrefix(name, p) }) {
			out = append(out, name)
		}
	}
	return out
}

// allRead fails for recorded tensors that were compared with nothing.
func (r *replay) allRead() {
	for _, name := range r.c.tensors.unread() {
		r.report.fail(name, "is recorded, but was compared with nothing")
	}
}
