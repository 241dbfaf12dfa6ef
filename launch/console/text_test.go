package console

import (
	"bytes"
	"math"
	"testing"
	"time"
)

func TestNumbersForPeople(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Loss(0.016214), "0.01621"},
		{Loss(1.5184), "1.518"},
		{Loss(123.456), "123.5"},
		{Loss(0), "0.0000000"},
		{Loss(0.00012345), "0.0001234"},
		{Loss(-0.5), "-0.5000"},
		{Loss(4.9e-5), "4.900e-05"},
		{Loss(2.5e7), "2.500e+07"},
		{Loss(math.NaN()), "NaN"},
		{Loss(math.Inf(1)), "+Inf"},
		{Percent(0.4474), "44.7 %"},
		{Count(0), "0"},
		{Count(999.4), "999"},
		{Count(999.6), "1k"},
		{Count(12345), "12.3k"},
		{Count(999499), "999k"},
		{Count(4.56e6), "4.56M"},
		{Count(7e9), "7G"},
		{Bytes(0), "0 B"},
		{Bytes(999), "999 B"},
		{Bytes(1500), "1.5 kB"},
		{Bytes(12_300_000), "12.3 MB"},
		{Bytes(999_600_000), "1 GB"},
		{Duration(0), "0.0 s"},
		{Duration(9900 * time.Millisecond), "9.9 s"},
		{Duration(9960 * time.Millisecond), "10 s"},
		{Duration(59600 * time.Millisecond), "1 min 0 s"},
		{Duration(200 * time.Second), "3 min 20 s"},
		{Duration(3599600 * time.Millisecond), "1 h 0 min"},
		{Duration(5*time.Hour + 12*time.Minute), "5 h 12 min"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTableAlignsColumns(t *testing.T) {
	var b bytes.Buffer
	if err := Table(&b, "lr", [][]string{{"name", "value", "note"}, {"σ", "10", "×"}, {"long name", "5", ""}}); err != nil {
		t.Fatal(err)
	}
	want := "name       value  note\nσ             10  ×\nlong name      5\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestTable(t *testing.T) {
	rows := [][]string{{"name", "n", "what it is for"}, {"long name", "10", "short"}, {"x", "5", "more than there is room for"}}
	for wide, want := range map[int]string{
		0:  "name        n  what it is for\nlong name  10  short\nx           5  more than there is room for\n",
		36: "name        n  what it is for\nlong name  10  short\nx           5  more than there is\n               room for\n",
		28: "name        n  what it is for\nlong name  10  short\nx           5  more than there is room for\n", // too narrow
	} {
		if got := table("lr", rows, wide); got != want {
			t.Errorf("%d wide:\n%s\nwant\n%s", wide, got, want)
		}
	}
}
