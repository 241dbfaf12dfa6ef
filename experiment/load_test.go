package experiment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"noise2sparse/experiment/strict"
	"noise2sparse/internal/problem"
)

// describeAll lists all jobs with all values, a blank line between them.
func describeAll(e *Experiment) string {
	var out []string
	for _, j := range e.Jobs() {
		out = append(out, j.ID[:len(j.ID)-len("-12345678")]+"\n"+strings.TrimSpace(strict.Canonical(j.Config)))
	}
	return strings.Join(out, "\n\n")
}

func TestEmbedded(t *testing.T) {
	l, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range l.Experiments {
		if info.Purpose == "" || len(info.Purpose) > 100 || info.Jobs < 1 {
			t.Errorf("%s: needs a purpose of one short line; has %q", info.Name, info.Purpose)
		}
		file := "../exp_commands/" + info.Name + ".yaml"
		text, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("the experiment %s is not named after its file: %v", info.Name, err)
		}
		if n := bytes.Count(text, []byte("\n")); n > 40 || !bytes.HasPrefix(text, []byte("#")) {
			t.Errorf("%s: has %d lines; begin with a comment and fit a screen", file, n)
		}
	}
	c := mustLoad(t, "relu_noise08").Config
	got := fmt.Sprint(c.Dataset, c.Model.Hidden, c.Optimizer.Kind, c.Optimizer.LR, c.BatchSize, c.Noise.Kind, *c.Noise.Sigma, c.Seed, c.Epochs, c.Task)
	if want := "cifar10-latents[1000]adam0.0001 512 gaussian0.8 5 500reconstruction"; strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("relu_noise08 is %s", got)
	}
}

func TestListJSON(t *testing.T) {
	l := Listing{Experiments: []Info{{Name: "a", Jobs: 8, Epochs: 500, Dataset: "mnist", Purpose: "why"}}}
	got, err := json.Marshal(l)
	want := `{"experiments":[{"name":"a","jobs":8,"epochs":500,"dataset":"mnist","purpose":"why"}]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestReferences(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	large := write("large.yaml", strings.Repeat("# a comment\n", MaxFileSize/12+1))
	folder := filepath.Join(dir, "folder.yaml")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"GELU_CIFAR10":           `unknown experiment "GELU_CIFAR10"; did you mean "gelu_cifar10"?`,
		"Sigmoid-0.1_DIFFUSION":  `unknown experiment "Sigmoid-0.1_DIFFUSION"; did you mean "Sigmoid-0.1_DIFFUSION_FFN", which is "sigmoid_threshold" here?`,
		"relu_nois08":            `unknown experiment "relu_nois08"; did you mean "relu_noise08"?`,
		"zzzzzzzzzz":             `unknown experiment "zzzzzzzzzz"; trainer exp list shows the known ones`,
		"":                       `unknown experiment ""; trainer exp list shows the known ones`,
		"no\x00name":             `unknown experiment "no\x00name"; trainer exp list shows the known ones`,
		dir + "/absent.yaml":     dir + "/absent.yaml: no such file",
		dir + "/absent":          dir + "/absent: no such file",
		folder:                   folder + ": is a folder; give an experiment file (.yaml)",
		dir + "/":                dir + "/: is a folder; give an experiment file (.yaml)",
		large:                    large + ": is larger than 1024 KiB, so it is no experiment file",
		large + "/x.yaml":        "open " + large + "/x.yaml: not a directory",
		write("a.b c.yaml", "x"): dir + `/a.b c.yaml:1:1: want fields such as epochs: 200, got the text "x"`,
	}
	for ref, want := range tests {
		_, err := Load(ref, nil)
		var e *problem.Error
		if !errors.As(err, &e) || strings.SplitN(err.Error(), "\n", 2)[0] != want {
			t.Errorf("%q:\ngot  %v\nwant %s", ref, err, want)
		}
	}
}

func TestLibraryBases(t *testing.T) {
	lib := fstest.MapFS{}
	for name, text := range map[string]string{
		"good": "dataset: mnist", "child": "base: good\nepochs: 3",
		"a": "base: b", "b": "base: c", "c": "base: a", "up": "base: ../good.yaml", "path": "base: ./good",
	} {
		lib[name+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	if e, err := load(lib, "child", Overrides{}); err != nil || e.Config.Epochs != 3 || e.Config.Dataset != "mnist" {
		t.Errorf("child: %v", err)
	}
	for ref, want := range map[string]string{
		"a":    "exp_commands/c.yaml:1:7: base: the bases go in a circle: a -> b -> c -> a",
		"up":   `exp_commands/up.yaml:1:7: base: unknown experiment "../good.yaml"; an experiment that comes with the program can't have a file as its base`,
		"path": `exp_commands/path.yaml:1:7: base: unknown experiment "./good"; an experiment that comes with the program can't have a file as its base`,
	} {
		if _, err := load(lib, ref, Overrides{}); err == nil || strings.SplitN(err.Error(), "\n", 2)[0] != want {
			t.Errorf("%s: got %v, want %s", ref, err, want)
		}
	}
}

// TestBaseCircleThroughLinks names one file by two paths.
func TestBaseCircleThroughLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("base: b.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.yaml", filepath.Join(dir, "b.yaml")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if _, err := Load(filepath.Join(dir, "a.yaml"), nil); err == nil || !strings.Contains(err.Error(), "the bases go in a circle: a -> b") {
		t.Errorf("got %v", err)
	}
}

// TestConfigReadsBack writes config.yaml of every job of every good file and reads it back.
func TestConfigReadsBack(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	good, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range append(good, Names()...) {
		e := mustLoad(t, ref)
		for _, j := range e.Jobs() {
			path := filepath.Join(t.TempDir(), "config.yaml")
			var b bytes.Buffer
			if err := e.WriteConfig(&b, j); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			back := mustLoad(t, path)
			if back.Name != e.Name || back.Purpose != e.Purpose || back.Base != "" || len(back.Jobs()) != 1 {
				t.Errorf("%s: read back name %q, purpose %q, base %q, %d jobs", j.ID, back.Name, back.Purpose, back.Base, len(back.Jobs()))
			}
			if got := back.Jobs()[0]; !reflect.DeepEqual(got.Config, j.Config) || got.SHA256 != j.SHA256 {
				t.Errorf("%s: wrote:\n%s\nread:\n%s", j.ID, b.String(), strict.Canonical(got.Config))
			}
		}
	}
}

// TestShowReadsBack saves what Show writes as a file of its own: the same jobs come out.
func TestShowReadsBack(t *testing.T) {
	if testing.Short() {
		t.Skip("-short, as under the race detector: all in one goroutine")
	}
	good, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range append(good, Names()...) {
		e := mustLoad(t, ref)
		var b bytes.Buffer
		if err := e.Show(&b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "shown.yaml")
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		if back := mustLoad(t, path); !reflect.DeepEqual(back.Jobs(), e.Jobs()) {
			t.Errorf("%s: shown:\n%s", ref, b.String())
		}
	}
}

func TestShowTellsOrigins(t *testing.T) {
	var b bytes.Buffer
	if err := mustLoad(t, "testdata/good/base_grid_kept.yaml", "seed=7").Show(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"epochs: 5                           # base_grid_kept.yaml:2\n",
		"batch_size: 1024                    # noise_sweep.yaml:",
		"dataset: cifar10-latents            # relu_noise08.yaml:",
		"seed: 7                             # --set seed=7\n",
		"  sigma: 0.8                        # swept, see grid\n",
		"  lr: 0.0001                        # relu_noise08.yaml:",
		"\nearly_stopping: null                # default\n",
		"\nnoise:\n",
		"  noise.sigma: [0, 0.05, 0.1, 0.3, 0.8, 1.5, 3, 10]  # noise_sweep.yaml:",
		"# 8 jobs:\n#   000-sigma=0-",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
}

// nested is the schema of a field of a section, or of a section in it: "inhibition.kind".
func nested(in map[string]map[string]any, path string) map[string]any {
	key, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return in[key]
	}
	text, _ := json.Marshal(in[key]["properties"])
	var properties map[string]map[string]any
	_ = json.Unmarshal(text, &properties)
	return nested(properties, rest)
}

func TestSchema(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Schema     string `json:"$schema"`
		Closed     bool   `json:"additionalProperties"`
		Properties map[string]struct {
			Type        any
			Description string
			Properties  map[string]map[string]any
		}
	}
	s.Closed = true
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Closed {
		t.Errorf("$schema %q, additionalProperties %v", s.Schema, s.Closed)
	}
	for _, p := range append(strict.Paths(configType), "name", "purpose", "base", "grid") {
		top, rest, _ := strings.Cut(p, ".")
		if s.Properties[top].Description == "" || s.Properties[top].Type == nil {
			t.Errorf("%s: no type or no description", top)
		}
		if rest != "" && top != gridKey && nested(s.Properties[top].Properties, rest)["description"] == nil {
			t.Errorf("%s: not there, or without a description", p)
		}
		if _, ok := s.Properties[gridKey].Properties[p]; !ok && !isHead(p) && p != gridKey {
			t.Errorf("%s can't be swept", p)
		}
	}
}

// TestConfigType holds train.Config to what strict files need: every field has a doc, no key
// collides with the head's, and the defaults fit their fields.
func TestConfigType(t *testing.T) {
	for _, p := range strict.Paths(configType) {
		f, _, ok := strict.Lookup(configType, p)
		if !ok || f.Doc == "" {
			t.Errorf("%s has no doc tag", p)
		}
		if isHead(p) || isOpen(p) || p == gridKey {
			t.Errorf("%s is a key that the experiment file keeps for itself", p)
		}
	}
	strict.SetDefaults(reflect.New(configType).Interface())
}

func FuzzLoad(f *testing.F) {
	if testing.Short() {
		f.Skip("-short, as under the race detector: all in one goroutine")
	}
	paths, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		if text, err := os.ReadFile(p); err == nil {
			f.Add(text, "epochs=3")
		}
	}
	f.Add([]byte("base: main"), "grid.noise.sigma=[1]")
	f.Fuzz(func(t *testing.T, text []byte, set string) {
		lib := fstest.MapFS{"main.yaml": &fstest.MapFile{Data: text}}
		e, err := load(lib, "main", Overrides{Set: []string{set}})
		if err != nil {
			var ps *problem.Error
			if !errors.As(err, &ps) {
				t.Fatalf("%v is no *problem.Error", err)
			}
			return
		}
		j := e.Job(0)
		var b bytes.Buffer
		if err := e.WriteConfig(&b, j); err != nil {
			t.Fatal(err)
		}
		lib = fstest.MapFS{"config.yaml": &fstest.MapFile{Data: b.Bytes()}}
		back, err := load(lib, "config", Overrides{})
		if err != nil || !reflect.DeepEqual(back.Job(0).Config, j.Config) {
			t.Fatalf("config.yaml doesn't read back: %v\n%s", err, b.String())
		}
	})
}
