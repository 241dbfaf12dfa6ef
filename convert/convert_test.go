package convert

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"noise2sparse/internal/array"
)

// zeros are tensors of these names and shapes, each filled with a number of its own.
func zeros(t *testing.T, shapes map[string][]int, order ...string) []array.Named {
	t.Helper()
	var out []array.Named
	for i, name := range order {
		n := 1
		for _, d := range shapes[name] {
			n *= d
		}
		v := make([]float32, n)
		for k := range v {
			v[k] = float32(i + 1)
		}
		a, err := array.FromFloat32s(v, shapes[name]...)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, array.Named{Name: name, Array: a})
	}
	return out
}

// families has a network of each kind: our names in the order of a state dict, and the reference's.
var families = []struct {
	name         string
	ours, theirs []string
	shapes       [][]int
	says         []string // overrides
}{
	{
		"plain",
		[]string{"hidden.0.weight", "hidden.0.bias", "output.weight", "output.bias"},
		[]string{"net.1.weight", "net.1.bias", "net.3.weight", "net.3.bias"},
		[][]int{{3, 5}, {3}, {5, 3}, {5}},
		[]string{"model.hidden=[3]", "model.hidden_bias=true", "model.output_bias=true"},
	},
	{
		"two layers, classes",
		[]string{"hidden.0.weight", "hidden.1.weight", "output.weight"},
		[]string{"net.1.weight", "net.3.weight", "net.5.weight"},
		[][]int{{3, 5}, {4, 3}, {10, 4}},
		[]string{"model.hidden=[3, 4]", "model.hidden_bias=false", "model.output_bias=false", "task=classification"},
	},
	{
		"tied",
		[]string{"hidden.0.weight", "hidden.0.bias", "output.bias"},
		[]string{"net.1.weight", "net.1.bias", "net.3.bias"},
		[][]int{{3, 5}, {3}, {5}},
		[]string{"model.hidden=[3]", "model.hidden_bias=true", "model.output_bias=true", "model.tied_weights=true"},
	},
	{
		"tied without biases",
		[]string{"hidden.0.weight"},
		[]string{"net.1.weight"},
		[][]int{{3, 5}},
		[]string{"model.hidden=[3]", "model.hidden_bias=false", "model.output_bias=false", "model.tied_weights=true"},
	},
	{
		"shared bias",
		[]string{"hidden.0.shared_bias", "hidden.0.weight", "output.weight", "output.bias"},
		[]string{"net.1.shared_bias", "net.1.weight", "net.3.weight", "net.3.bias"},
		[][]int{{1}, {3, 5}, {5, 3}, {5}},
		[]string{"model.hidden=[3]", "model.shared_bias=true", "model.output_bias=true"},
	},
	{
		"projection behind the noise",
		[]string{"projection.weight", "hidden.0.weight", "output.weight"},
		[]string{"net.1.weight", "net.2.weight", "net.4.weight"},
		[][]int{{5, 5}, {3, 5}, {5, 3}},
		[]string{"model.hidden=[3]", "model.hidden_bias=false", "model.output_bias=false", "model.projection=after_noise"},
	},
	{
		"projection before the noise",
		[]string{"projection.weight", "hidden.0.weight", "output.weight"},
		[]string{"net.0.weight", "net.2.weight", "net.4.weight"},
		[][]int{{5, 5}, {3, 5}, {5, 3}},
		[]string{"model.hidden=[3]", "model.hidden_bias=false", "model.output_bias=false", "model.projection=before_noise"},
	},
	{
		"all to all",
		[]string{"hidden.0.weight", "inhibition.0.weight", "output.weight"},
		[]string{"net.1.weight", "net.2.inhib_circuit.weight", "net.3.weight"},
		[][]int{{3, 5}, {3, 3}, {5, 3}},
		[]string{"model.hidden=[3]", "model.hidden_bias=false", "model.output_bias=false", "model.inhibition.kind=all_to_all"},
	},
	{
		"interneuron",
		[]string{"hidden.0.weight", "inhibition.0.pool.weight", "inhibition.0.pool.bias", "inhibition.0.broadcast.weight", "output.weight"},
		[]string{"net.1.weight", "net.2.inhib_circuit.0.weight", "net.2.inhib_circuit.0.bias", "net.2.inhib_circuit.2.weight", "net.3.weight"},
		[][]int{{3, 5}, {1, 3}, {1}, {3, 1}, {5, 3}},
		[]string{"model.hidden=[3]", "model.hidden_bias=false", "model.output_bias=false", "model.inhibition.kind=interneuron"},
	},
	{"attention", []string{"beta"}, []string{"beta"}, [][]int{{1}}, []string{"model.kind=attention"}},
	{
		"learned k",
		[]string{"top_k.learned_k", "hidden.0.weight", "output.weight"},
		[]string{"top_k.learnt_k", "net.1.weight", "net.3.weight"},
		[][]int{{1}, {3, 5}, {5, 3}},
		[]string{"model.hidden=[3]", "model.hidden_bias=false", "model.output_bias=false"},
	},
}

// A network is understood by the reference's names, wrapped or not, and by ours, and translated
// back.
func TestFamilies(t *testing.T) {
	for _, f := range families {
		t.Run(f.name, func(t *testing.T) {
			for _, wrap := range []string{"", "model.", "module.model."} {
				shapes, wrapped := map[string][]int{}, []string{}
				for i, n := range f.theirs {
					wrapped = append(wrapped, wrap+n)
					shapes[wrap+n] = f.shapes[i]
				}
				im := understood(t, zeros(t, shapes, wrapped...))
				if got := names(im.Params); !slices.Equal(got, f.ours) || !slices.Equal(im.Overrides, f.says) {
					t.Errorf("%q: %v\nsays %q\nwant %v\n%q", wrap, got, im.Overrides, f.ours, f.says)
				}
				if again := understood(t, im.Params); !slices.Equal(names(again.Params), f.ours) {
					t.Errorf("by our names: %v", names(again.Params))
				}
				back, err := Reference(im.Params, im.projection == "before_noise")
				if err != nil || !slices.Equal(names(back), f.theirs) {
					t.Errorf("back: %v (%v), want %v", names(back), err, f.theirs)
				}
				sorted := slices.Clone(f.ours)
				slices.SortFunc(sorted, func(a, b string) int { return strings.Compare(Order(a), Order(b)) })
				if f.name != "learned k" && !slices.Equal(sorted, f.ours) {
					t.Errorf("by Order: %v", sorted)
				}
			}
		})
	}
}

func understood(t *testing.T, tensors []array.Named) *Import {
	t.Helper()
	im := &Import{}
	if err := im.understand(tensors); err != nil {
		t.Fatal(err)
	}
	return im
}

func names(tensors []array.Named) []string {
	var out []string
	for _, t := range tensors {
		out = append(out, t.Name)
	}
	return out
}

func TestWhatIsNotUnderstood(t *testing.T) {
	for want, shapes := range map[string]map[string][]int{
		"tensor backbone.0.weight (float32 3×5) belongs to no network": {"backbone.0.weight": {3, 5}},
		"there is no tensor hidden.0.weight":                           {"top_k.learnt_k": {1}},
		"tensor hidden.1.weight is float32 4×2; the layer before":      {"net.1.weight": {3, 5}, "net.3.weight": {4, 2}, "net.5.weight": {5, 4}},
		"tensor hidden.0.bias is float32 4; its layer has 3 neurons":   {"net.1.weight": {3, 5}, "net.1.bias": {4}, "net.3.weight": {5, 3}},
		"1 of 2 hidden layers have a bias":                             {"net.1.weight": {3, 5}, "net.1.bias": {3}, "net.3.weight": {3, 3}, "net.5.weight": {5, 3}},
		"tensor projection.weight is float32 4×5":                      {"net.0.weight": {4, 5}, "net.2.weight": {3, 5}, "net.4.weight": {5, 3}},
		"would be a second hidden.0.weight":                            {"hidden.0.weight": {3, 5}, "net.1.weight": {3, 5}, "net.3.weight": {5, 3}},
	} {
		order := []string{}
		for n := range shapes {
			order = append(order, n)
		}
		slices.Sort(order)
		err := (&Import{}).understand(zeros(t, shapes, order...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// The names of the recorded cases of the reference, where they are at hand.
func TestGoldenNames(t *testing.T) {
	dir := os.Getenv("GOLDEN_DIR")
	if dir == "" {
		t.Skip("GOLDEN_DIR is not set: the names of the recorded cases are NOT compared")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "case.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s (%v)", dir, err)
	}
	seen := 0
	for _, file := range files {
		var c struct {
			Names  map[string]string `json:"parameter_names"`
			Shapes map[string][]any  `json:"tensor_shapes"` // the type, then the dimensions
			Model  struct{ Architecture string }
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatal(file, err)
		}
		if a := c.Model.Architecture; len(c.Names) == 0 || a != "ffn" && a != "sdm" {
			continue
		}
		seen++
		shapes, order, want := map[string][]int{}, []string{}, map[string]string{}
		for ours, theirs := range c.Names {
			for _, d := range c.Shapes["init/"+ours][1:] {
				shapes[theirs] = append(shapes[theirs], int(d.(float64)))
			}
			want[theirs] = ours
			order = append(order, theirs)
		}
		slices.Sort(order)
		im := understood(t, zeros(t, shapes, order...))
		for i, p := range im.Params {
			if want[order[i]] != p.Name {
				t.Errorf("%s: %s is %s, want %s", filepath.Base(filepath.Dir(file)), order[i], p.Name, want[order[i]])
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d cases were compared", seen)
	}
}

func TestReadLightning(t *testing.T) {
	im, err := Read("testdata/lightning.ckpt")
	if err != nil {
		t.Fatal(err)
	}
	if im.Format != "PyTorch Lightning checkpoint" || im.Epoch != 5 || im.Step != 5 || im.Input != 16 || im.Output != 16 {
		t.Errorf("%s, epoch %d, step %d, %d to %d", im.Format, im.Epoch, im.Step, im.Input, im.Output)
	}
	want := []string{
		"hidden.0.weight/exp_avg", "hidden.0.weight/exp_avg_sq", "hidden.0.bias/exp_avg", "hidden.0.bias/exp_avg_sq",
		"output.weight/exp_avg", "output.weight/exp_avg_sq", "output.bias/exp_avg", "output.bias/exp_avg_sq",
	}
	if got := names(im.Moments); !slices.Equal(got, want) {
		t.Errorf("moments %v", got)
	}
	for _, o := range []string{"batch_size=100", "epochs=10", "seed=7", "optimizer.kind=adam", "optimizer.betas=[0.8, 0.95]", "model.activation=relu", "noise.sigma=0", "model.hidden=[8]", "task=reconstruction"} {
		if !slices.Contains(im.Overrides, o) {
			t.Errorf("it does not say %s, but %q", o, im.Overrides)
		}
	}
	if len(im.Notes) != 1 || !strings.Contains(im.Notes[0], "__main__.Settings") {
		t.Errorf("notes %q", im.Notes)
	}
}

// What is exported is read back: names, values, step, epoch and moments, in every format.
func TestExportIsReadBack(t *testing.T) {
	im, err := Read("testdata/lightning.ckpt")
	if err != nil {
		t.Fatal(err)
	}
	counter := zeros(t, map[string][]int{"loop/step": {1}}, "loop/step")[0]
	for _, format := range formats {
		for _, reference := range []bool{false, true} {
			x := Export{Params: im.Params, Epoch: 5, Step: 5, Reference: reference}
			if format == "pt" {
				x.Training = &Training{State: append(slices.Clone(im.Moments), counter), Loop: "{}", Config: "epochs: 10\n"}
			}
			var b bytes.Buffer
			if err := x.Write(&b, format); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			back, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range im.Params {
				i := slices.IndexFunc(back.Params, func(q array.Named) bool { return q.Name == p.Name })
				if i < 0 || !reflect.DeepEqual(back.Params[i].Array, p.Array) {
					t.Errorf("%s, reference %t: %s does not come back", format, reference, p.Name)
				}
			}
			if format != "pt" {
				continue
			}
			if back.Epoch != 5 || back.Step != 5 || back.Loop != "{}" || !reflect.DeepEqual(back.State, []array.Named{counter}) || back.Config != "epochs: 10\n" || !reflect.DeepEqual(back.Moments, im.Moments) {
				t.Errorf("epoch %d, step %d, loop %q, state %v, config %q, moments %v", back.Epoch, back.Step, back.Loop, back.State, back.Config, names(back.Moments))
			}
		}
	}
}
