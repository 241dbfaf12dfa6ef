package tarfile

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"noise2sparse/internal/bounded"
)

// header is a regular file's, changed by each of change.
func header(name string, size int64, change ...func(*tar.Header)) *tar.Header {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644}
	for _, c := range change {
		c(h)
	}
	return h
}

// archive writes files with the contents "name".
func archive(t testing.TB, headers ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(w, strings.Repeat("x", int(h.Size))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func squeeze(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// names reads everything and returns "name:contents".
func names(b []byte) ([]string, error) {
	var out []string
	err := Decode("x.tar", bytes.NewReader(b), int64(len(b)), func(e *Entry) error {
		c, err := e.Read()
		out = append(out, fmt.Sprintf("%s:%s", e.Name, c))
		if err == nil && int64(len(c)) != e.Size {
			err = fmt.Errorf("%d bytes of %d", len(c), e.Size)
		}
		return err
	})
	return out, err
}

func dir(h *tar.Header) { h.Typeflag, h.Size = tar.TypeDir, 0 }

func TestWalk(t *testing.T) {
	long := strings.Repeat("d/", 90) + "e"
	plain := archive(t, header("a/", 0, dir), header("./a/1", 3), header("a/2", 0), header(long, 1))
	want := "[a/1:xxx a/2: " + long + ":x]"
	for _, b := range [][]byte{plain, squeeze(t, plain)} {
		got, err := names(b)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%v, %v", got, err)
		}
	}
	// Unread contents are passed over, and the offsets are those of the contents.
	var at []int64
	err := Decode("x", bytes.NewReader(plain), int64(len(plain)), func(e *Entry) error {
		at = append(at, e.Offset)
		if len(at) == 2 {
			return ErrStop
		}
		return nil
	})
	if err != nil || len(at) != 2 || string(plain[at[0]:at[0]+3]) != "xxx" {
		t.Errorf("offsets %v, %v", at, err)
	}
}

func TestRefused(t *testing.T) {
	link := func(kind byte, to string) func(*tar.Header) {
		return func(h *tar.Header) { h.Typeflag, h.Linkname, h.Size = kind, to, 0 }
	}
	plain := archive(t, header("a/1", 300), header("a/2", 1))
	flipped := squeeze(t, plain)
	flipped[len(flipped)-6] ^= 1
	lie := bytes.Clone(plain)
	copy(lie[124:136], "77777777777\x00") // 8 GiB, with the header's checksum set right
	sum := 0
	copy(lie[148:156], "        ")
	for _, c := range lie[:512] {
		sum += int(c)
	}
	copy(lie[148:156], fmt.Sprintf("%06o\x00 ", sum))
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"empty":        {nil, "x.tar: byte 0: the archive is empty"},
		"no archive":   {bytes.Repeat([]byte("hello "), 200), "x.tar: byte 0: archive/tar: invalid tar header: not a tar archive"},
		"cut":          {plain[:700], `x.tar: entry "a/1" at byte 0: 300 bytes are declared, and 188 are there: truncated or corrupt`},
		"cut header":   {plain[:1100], "x.tar: byte 1024: truncated; fetch the file again"},
		"up":           {archive(t, header("../../etc/passwd", 1)), "leads out of the archive"},
		"up inside":    {archive(t, header("a/../../b", 1)), "leads out of the archive"},
		"absolute":     {archive(t, header("/etc/passwd", 1)), "leads out of the archive"},
		"symlink":      {archive(t, header("a", 0, link(tar.TypeSymlink, "/etc/passwd"))), `entry "a" at byte 0: a link to "/etc/passwd"`},
		"hard link":    {archive(t, header("a", 0, link(tar.TypeLink, "b"))), `a link to "b"`},
		"device":       {archive(t, header("a", 0, link(tar.TypeChar, ""))), "neither a file nor a folder (type '3')"},
		"pipe":         {archive(t, header("a", 0, link(tar.TypeFifo, ""))), "neither a file nor a folder (type '6')"},
		"size":         {lie, `x.tar: entry "a/1" at byte 0: 8589934591 bytes are declared, and 2560 are there`},
		"gzipped size": {squeeze(t, lie), "raise the limit with " + bounded.EnvLimit},
		"checksum":     {flipped, "checksum"},
		"cut gzip":     {squeeze(t, plain)[:60], "truncated; fetch the file again"},
		"no gzip":      {[]byte("\x1f\x8bhello"), "x.tar: byte 0:"},
	} {
		if got, err := names(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, got, err, c.want)
		}
	}
	// Every way to cut an archive short of its end mark is noticed.
	packed := squeeze(t, plain)
	for n := range packed {
		if _, err := names(packed[:n]); err == nil {
			t.Fatalf("%d of %d compressed bytes were accepted", n, len(packed))
		}
	}
}

func TestMemory(t *testing.T) {
	bomb := squeeze(t, archive(t, header("a", 32<<20)))
	for _, c := range []struct {
		name, limit string
		in          []byte
		fails       bool
	}{
		{"over the limit", "16MiB", bomb, true},
		{"within", "33MiB", bomb, false},
	} {
		t.Setenv(bounded.EnvLimit, c.limit)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := Decode("x", bytes.NewReader(c.in), int64(len(c.in)), func(e *Entry) error { _, err := e.Read(); return err })
		runtime.ReadMemStats(&after)
		most := uint64(4 << 20)
		if !c.fails {
			most += 2 * 32 << 20 // doubling steps
		}
		if grown := after.TotalAlloc - before.TotalAlloc; (err != nil) != c.fails || grown > most {
			t.Errorf("%s: %d bytes allocated for a file of %d; %v", c.name, grown, len(c.in), err)
		}
	}
	// Many entries below the limit each, beyond it together.
	t.Setenv(bounded.EnvLimit, "2MiB")
	var many []*tar.Header
	for i := range 5 {
		many = append(many, header(fmt.Sprint(i), 1<<20))
	}
	if _, err := names(squeeze(t, archive(t, many...))); err == nil || !strings.Contains(err.Error(), "more than 2097152") {
		t.Errorf("5 MiB within 2 MiB: %v", err)
	}
}

func TestErrorsOfTheCaller(t *testing.T) {
	b := archive(t, header("a", 1))
	mine := errors.New("mine")
	err := Decode("x", bytes.NewReader(b), int64(len(b)), func(*Entry) error { return mine })
	if !errors.Is(err, mine) || err.Error() != `x: entry "a" at byte 0: mine` {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	plain := archive(f, header("a/", 0, dir), header("./a/1", 3), header(strings.Repeat("d/", 90)+"e", 1))
	f.Add(plain)
	f.Add(squeeze(f, plain))
	f.Add(archive(f, header("a", 3, func(h *tar.Header) { h.Format = tar.FormatGNU })))
	f.Add(archive(f, header("ü", 3, func(h *tar.Header) { h.Format = tar.FormatPAX })))
	f.Fuzz(func(t *testing.T, b []byte) {
		t.Setenv(bounded.EnvLimit, "1MiB")
		total := 0
		_ = Decode("x", bytes.NewReader(b), int64(len(b)), func(e *Entry) error {
			c, err := e.Read()
			if total += len(c); total > 1<<20+len(b) {
				t.Errorf("%d bytes of contents in a file of %d", total, len(b))
			}
			return err
		})
	})
}
