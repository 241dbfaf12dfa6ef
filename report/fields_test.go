package report

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// gabors is n oriented edge filters of size × size, as networks learn them from images.
func gabors(n, size, channels int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	var w []float32
	for range n {
		theta, phase, freq := r.Float64()*math.Pi, r.Float64()*2*math.Pi, 0.6+r.Float64()
		cx, cy, amp := r.Float64()*float64(size), r.Float64()*float64(size), 0.1+r.Float64()
		for c := range channels {
			for y := range size {
				for x := range size {
					dx, dy := float64(x)-cx, float64(y)-cy
					u := dx*math.Cos(theta) + dy*math.Sin(theta)
					g := amp * math.Exp(-(dx*dx+dy*dy)/float64(size)) * math.Cos(freq*u+phase+float64(c))
					w = append(w, float32(g))
				}
			}
		}
	}
	return w
}

func at(t *testing.T, img image.Image, x, y int) color.RGBA {
	t.Helper()
	if !image.Pt(x, y).In(img.Bounds()) {
		t.Fatalf("pixel (%d, %d) outside %v", x, y, img.Bounds())
	}
	return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
}

func grey(v uint8) color.RGBA { return color.RGBA{v, v, v, 255} }

func TestFieldsGreyScalesAndOrder(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	w := []float32{
		0, 0, 0, 0, // neuron 0: silent
		1, -1, 0.5, 0, // neuron 1
		20, 10, -20, 5, // neuron 2: the largest norm, its own scale
		nan, 1, inf, 0.5, // neuron 3: last
	}
	img, err := ReceptiveFields(w, 4, Geometry{1, 2, 2}, FieldOptions{Columns: 4, Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.Bounds(), image.Rect(0, 0, 13, 4); got != want {
		t.Fatalf("size %v, want %v", got, want)
	}
	want := [4][4]color.RGBA{ // in drawing order: neurons 2, 1, 0, 3
		{grey(255), grey(192), grey(1), grey(160)},
		{grey(255), grey(1), grey(192), grey(128)},
		{grey(128), grey(128), grey(128), grey(128)},
		{notFinite, grey(255), notFinite, grey(192)},
	}
	for f, px := range want {
		for i, c := range px {
			if got := at(t, img, 1+3*f+i%2, 1+i/2); got != c {
				t.Errorf("field %d, weight %d: %v, want %v", f, i, got, c)
			}
		}
		if got := at(t, img, 3*f, 1); got != separator {
			t.Errorf("left of field %d: %v, want the separator", f, got)
		}
	}
}

func TestFieldsRGBByActivityUpscaled(t *testing.T) {
	w := []float32{ // 3 channels × 1 × 2
		1, 0, 0, -1, 0.5, 0,
		0, 2, 0, 0, 0, 4,
	}
	img, err := ReceptiveFields(w, 6, Geometry{3, 1, 2}, FieldOptions{Activity: []float32{0.1, 0.9}, Neurons: 1, Scale: 5})
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[int]color.RGBA{1: {128, 128, 128, 255}, 5: {128, 128, 128, 255}, 6: {192, 128, 255, 255}, 10: {192, 128, 255, 255}} {
		for y := 1; y <= 5; y++ {
			if got := at(t, img, x, y); got != want {
				t.Errorf("pixel (%d, %d): %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestFieldsWithoutGeometry(t *testing.T) {
	for dim, want := range map[int]Geometry{1: {1, 1, 1}, 256: {1, 16, 16}, 200: {1, 10, 20}, 7: {1, 3, 3}, 37: {1, 6, 7}, 12: {1, 4, 3}} {
		if got := drawable(Geometry{}, dim); got != want {
			t.Errorf("%d weights are drawn as %v, want %v", dim, got, want)
		}
	}
	w := []float32{1, 1, 1, 1, 1, 1, 1}
	img, err := ReceptiveFields(w, 7, Geometry{}, FieldOptions{Scale: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := at(t, img, 1, 3); got != grey(255) {
		t.Errorf("the 7th weight is %v", got)
	}
	if got := at(t, img, 2, 3); got != separator {
		t.Errorf("the missing 8th weight is %v, want empty", got)
	}
}

func TestFieldsRefuseWrongShapes(t *testing.T) {
	for _, c := range []struct {
		weights, dim int
		g            Geometry
		o            FieldOptions
		want         string
	}{
		{7, 2, Geometry{}, FieldOptions{}, "7 weights are not (neurons × 2)"},
		{0, 2, Geometry{}, FieldOptions{}, "0 weights"},
		{4, 0, Geometry{}, FieldOptions{}, "neurons × 0"},
		{4, 4, Geometry{1, 2, 3}, FieldOptions{}, "1×2×3 do not have 4"},
		{4, 4, Geometry{1, -2, -2}, FieldOptions{}, "do not have 4"},
		{4, 2, Geometry{}, FieldOptions{Activity: []float32{1}}, "1 activities for 2 neurons"},
		{4, 2, Geometry{}, FieldOptions{Scale: -1}, "negative"},
	} {
		_, err := ReceptiveFields(make([]float32, c.weights), c.dim, c.g, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d weights, dim %d, %v: error %v, want %q", c.weights, c.dim, c.g, err, c.want)
		}
		if _, err := TerminalFields(make([]float32, c.weights), c.dim, c.g, 80, 30, c.o); err == nil {
			t.Errorf("%d weights, dim %d, %v: no error for the terminal", c.weights, c.dim, c.g)
		}
	}
}

func TestTerminalFieldsFit(t *testing.T) {
	for _, size := range []int{1, 2, 8, 12, 28, 64, 200} {
		for _, ch := range []int{1, 3} {
			for _, width := range []int{20, 80, 200} {
				img, err := TerminalFields(make([]float32, 20*ch*size*size), ch*size*size, Geometry{ch, size, size}, width, MaxLines, FieldOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if b := img.Bounds(); b.Dx() > width || b.Dy() > 2*MaxLines {
					t.Errorf("%d×%d fields are drawn with %v in %d columns", size, size, b.Size(), width)
				}
			}
		}
	}
}

func TestShrinkAverages(t *testing.T) {
	w := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9} // 3 × 3
	got, g := shrink(w, 9, Geometry{1, 3, 3}, 2)
	want := []float32{3, 4.5, 7.5, 9}
	if (g != Geometry{1, 2, 2}) {
		t.Fatalf("geometry %v", g)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("shrunk to %v, want %v", got, want)
			break
		}
	}
}
