package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func picture(w, h int, c func(x, y int) color.RGBA) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, c(x, y))
		}
	}
	return img
}

func print(t *testing.T, img image.Image, width int, mode Mode) string {
	t.Helper()
	var b bytes.Buffer
	if err := TerminalImage(img, width, &b, mode); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTerminalImageExact(t *testing.T) {
	img := picture(2, 3, func(x, y int) color.RGBA {
		return [3][2]color.RGBA{{{255, 0, 0, 255}, {255, 0, 0, 255}}, {{0, 0, 255, 255}, grey(128)}, {grey(255), grey(0)}}[y][x]
	})
	for mode, want := range map[Mode]string{
		TrueColor: "\x1b[38;2;255;0;0m\x1b[48;2;0;0;255m▀\x1b[48;2;128;128;128m▀\x1b[0m\n" +
			"\x1b[38;2;255;255;255m\x1b[49m▀\x1b[38;2;0;0;0m▀\x1b[0m\n",
		Colors256: "\x1b[38;5;196m\x1b[48;5;21m▀\x1b[48;5;244m▀\x1b[0m\n" +
			"\x1b[38;5;231m\x1b[49m▀\x1b[38;5;16m▀\x1b[0m\n",
		ASCII: ".-\n@\n", // luma (76+29)/2 = 52, (76+128)/2 = 102; 255, 0
	} {
		if got := print(t, img, 80, mode); got != want {
			t.Errorf("mode %d: %q, want %q", mode, got, want)
		}
	}
}

func TestTerminalImageFits(t *testing.T) {
	escape := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, size := range [][2]int{{1, 1}, {80, 60}, {81, 60}, {500, 500}, {3000, 10}, {10, 3000}, {5000, 1}} {
		img := picture(size[0], size[1], func(x, y int) color.RGBA { return grey(255) })
		for _, mode := range []Mode{ASCII, Colors256, TrueColor} {
			out := strings.TrimSuffix(escape.ReplaceAllString(print(t, img, 80, mode), ""), "\n")
			lines := strings.Split(out, "\n")
			if len(lines) > MaxLines {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, l := range lines {
				if n := len([]rune(l)); n > 80 || n == 0 {
					t.Errorf("%v: a line of %d characters", size, n)
				}
			}
		}
	}
	if out := print(t, picture(500, 500, func(x, y int) color.RGBA { return grey(uint8(x / 2)) }), 80, ASCII); strings.ContainsAny(out, "\x1b▀") {
		t.Errorf("escape sequences in plain text: %q", out)
	}
}

func TestShrinkingKeepsTheMean(t *testing.T) {
	img := picture(120, 120, func(x, y int) color.RGBA { return grey(uint8(255 * ((x + y) % 2))) }) // checkerboard
	for _, c := range toPixels(img).fit(60, 60).at {
		if c != grey(128) {
			t.Fatalf("a checkerboard became %v, want mid-grey", c)
		}
	}
}

func TestXterm256(t *testing.T) {
	for c, want := range map[color.RGBA]int{
		{0, 0, 0, 255}: 16, {255, 255, 255, 255}: 231, {128, 128, 128, 255}: 244, {8, 8, 8, 255}: 232,
		{255, 0, 0, 255}: 196, {95, 135, 175, 255}: 67, {238, 238, 238, 255}: 255,
	} {
		if got := xterm256(c); got != want {
			t.Errorf("%v is colour %d, want %d", c, got, want)
		}
	}
}

func TestDetectMode(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		env      string
		want     Mode
	}{
		{false, "TERM=xterm-256color COLORTERM=truecolor", ASCII},
		{true, "TERM=xterm-256color COLORTERM=truecolor", TrueColor},
		{true, "TERM=xterm-256color COLORTERM=24bit LANG=en_US.UTF-8", TrueColor},
		{true, "TERM=xterm-direct", TrueColor},
		{true, "TERM=screen-256color LC_ALL=C.UTF-8 LANG=C", Colors256},
		{true, "TERM=xterm NO_COLOR=1", ASCII},
		{true, "TERM=dumb COLORTERM=truecolor", ASCII},
		{true, "", ASCII},
		{true, "TERM=xterm LC_ALL=C LANG=en_US.UTF-8", ASCII},
	} {
		env := func(name string) string {
			for _, kv := range strings.Fields(c.env) {
				if v, ok := strings.CutPrefix(kv, name+"="); ok {
					return v
				}
			}
			return ""
		}
		if got := detect(c.terminal, env); got != c.want {
			t.Errorf("terminal %v, %q: mode %d, want %d", c.terminal, c.env, got, c.want)
		}
	}
}

func TestSparkline(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		values []float64
		width  int
		mode   Mode
		want   string
	}{
		{nil, 10, TrueColor, ""},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 10, TrueColor, "▁▂▃▄▅▆▇█"},
		{[]float64{7, 6, 5, 4, 3, 2, 1, 0}, 10, ASCII, "@#*+=-._"},
		{[]float64{3, 3}, 10, TrueColor, "▄▄"},
		{[]float64{1, nan, 2, inf}, 10, TrueColor, "▁!█!"},
		{[]float64{nan}, 10, TrueColor, "!"},
		{[]float64{0, 0, 4, 4, 8, 8}, 3, TrueColor, "▁▅█"},
		{[]float64{-math.MaxFloat64, math.MaxFloat64}, 3, TrueColor, "▁█"},
		{[]float64{0, math.SmallestNonzeroFloat64}, 3, TrueColor, "▁█"},
	} {
		if got := Sparkline(c.values, c.width, c.mode); got != c.want {
			t.Errorf("%v in %d: %q, want %q", c.values, c.width, got, c.want)
		}
	}
}

func TestWritePNG(t *testing.T) {
	img, err := ReceptiveFields(gabors(30, 8, 3), 192, Geometry{3, 8, 8}, FieldOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fields.png")
	if err := WritePNG(path, img); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	back, err := png.Decode(f)
	if err != nil || back.Bounds() != img.Bounds() {
		t.Fatalf("read back %v, %v; want %v", back, err, img.Bounds())
	}
	err = WritePNG(filepath.Join(path, "x.png"), img)
	if err == nil || !strings.Contains(err.Error(), "fields.png") || strings.Contains(err.Error(), "\n") {
		t.Errorf("below a file: %v", err)
	}
}
