package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"noise2sparse/internal/array"
	"noise2sparse/internal/bounded"
	"noise2sparse/internal/npy"
)

// pictures are the files that testdata/make.py wrote, with PIL's pixels.
func pictures(t testing.TB) (files map[string][]byte, pixels map[string]array.Array) {
	t.Helper()
	all, err := npy.ReadZip(filepath.Join("testdata", "pixels.npz"))
	if err != nil {
		t.Fatal(err)
	}
	files, pixels = map[string][]byte{}, map[string]array.Array{}
	for _, a := range all {
		pixels[a.Name] = a.Array
		name := filepath.Dir(a.Name)
		if files[name], err = os.ReadFile(filepath.Join("testdata", name)); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 25 {
		t.Fatalf("%d pictures", len(files))
	}
	return files, pixels
}

// decode decodes into planes, and returns them as rows of pixels of channels.
func decode(t *testing.T, b []byte, channels int) (Size, []byte) {
	t.Helper()
	s, err := DecodeSize(b)
	if err != nil {
		t.Fatal(err)
	}
	n := s.Width * s.Height
	dst := make([]byte, n*channels)
	if err := Decode(dst, b, channels, s); err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 0, len(dst))
	for i := range n {
		for c := range channels {
			out = append(out, dst[c*n+i])
		}
	}
	return s, out
}

// Pixels are PIL's. JPEGs may differ by what the inverse transforms round differently: 1 in a plane, so
// up to 1 + 1.772 in blue, which is the most of the three colours. Where there is nothing to round, in
// squares of one colour, all are equal: colour planes are upsampled to the bit.
func TestPixelsArePIL(t *testing.T) {
	files, pixels := pictures(t)
	for name, b := range files {
		for mode, channels := range map[string]int{"rgb": 3, "grey": 1} {
			want := pixels[name+"/"+mode]
			s, got := decode(t, b, channels)
			if s.Height != want.Shape[0] || s.Width != want.Shape[1] {
				t.Errorf("%s: %v, want %v", name, s, want)
				continue
			}
			worst, differ := 0, 0
			for i, v := range got {
				d := int(v) - int(want.Bytes[i])
				if d = max(d, -d); d > 0 {
					differ++
				}
				worst = max(worst, d)
			}
			most := 0
			if strings.HasSuffix(name, ".jpg") && !strings.HasPrefix(name, "squares") {
				most = 3
			}
			t.Logf("%s/%s: %d of %d differ, by %d at most", name, mode, differ, len(got), worst)
			if worst > most || differ > len(got)/10 {
				t.Errorf("%s/%s: %d of %d differ, by %d at most", name, mode, differ, len(got), worst)
			}
		}
	}
}

// pngHeader is a PNG that says it has w × h pixels of 16 bits, and has none.
func pngHeader(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(nil, w)
	head = append(binary.BigEndian.AppendUint32(head, h), 16, 6, 0, 0, 0)
	b := []byte(pngMagic)
	b = binary.BigEndian.AppendUint32(b, uint32(len(head)))
	chunk := append([]byte("IHDR"), head...)
	b = append(b, chunk...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(chunk))
	return append(b, "\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"...)
}

func TestRefused(t *testing.T) {
	files, _ := pictures(t)
	jpg, png := files["rgb420_32x32.jpg"], files["rgb.png"]
	big := bytes.Clone(jpg)
	at := bytes.Index(big, []byte{0xff, 0xc0}) + 5
	copy(big[at:], []byte{0xff, 0xff, 0xff, 0xff})
	arithmetic := bytes.Clone(jpg)
	arithmetic[at-4] = 0xc9
	flipped := bytes.Clone(png)
	flipped[len(flipped)-30] ^= 1
	s := Size{32, 32}
	for name, c := range map[string]struct {
		in   []byte
		size Size
		want string
	}{
		"empty":      {nil, s, "byte 0: neither JPEG nor PNG"},
		"text":       {[]byte("GIF89a......"), s, "byte 0: neither JPEG nor PNG"},
		"cut jpeg":   {jpg[:len(jpg)-200], s, fmt.Sprintf("byte %d of %d: ", len(jpg)-200, len(jpg)-200)},
		"cut head":   {jpg[:20], s, "of 20: the picture ends in the middle"},
		"cut png":    {png[:len(png)-30], Size{7, 9}, "not enough pixel data"},
		"flipped":    {flipped, Size{7, 9}, "checksum"},
		"other size": {jpg, Size{32, 31}, "32×32 pixels where the first picture has 31×32; all must be of one size"},
		"huge png":   {pngHeader(100000, 100000), Size{100000, 100000}, "decoding 100000×100000 pixels takes 240000000000 bytes unpacked, more than 4294967296"},
		"widest png": {pngHeader(1<<31-1, 1<<31-1), s, "dimension overflow"},
		"no pixels":  {pngHeader(0, 5), s, "dimension"},
		"huge jpeg":  {big, Size{65535, 65535}, "decoding 65535×65535 pixels"},
		"arithmetic": {arithmetic, s, "unsupported"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n := c.size.Width * c.size.Height * 3
		if n > 1<<20 {
			n = 0
		}
		err := Decode(make([]byte, n), c.in, 3, c.size)
		if n == 0 {
			_, err = DecodeSize(c.in)
		}
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, grown)
		}
	}
	t.Setenv(bounded.EnvLimit, "20KiB") // 32 × 32 × 24 bytes are 24 KiB
	if _, err := DecodeSize(jpg); err == nil || !strings.Contains(err.Error(), bounded.EnvLimit) {
		t.Errorf("beyond the limit: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := pictures(f)
	for _, b := range files {
		f.Add(b, true)
	}
	f.Add(pngHeader(100000, 100000), false)
	f.Fuzz(func(t *testing.T, b []byte, grey bool) {
		t.Setenv(bounded.EnvLimit, "16MiB")
		s, err := DecodeSize(b)
		if err != nil {
			return
		}
		channels := 3
		if grey {
			channels = 1
		}
		_ = Decode(make([]byte, s.Width*s.Height*channels), b, channels, s)
	})
}
