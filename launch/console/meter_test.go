package console

import (
	"strings"
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	m := Meter{Name: "f"}
	at := time.Unix(1000, 0)
	if _, ok := m.Line(at, 1000, 3000); !ok {
		t.Error("the first line is not shown")
	}
	if _, ok := m.Line(at.Add(50*time.Millisecond), 1200, 3000); ok {
		t.Error("a line 50 ms after another")
	}
	line, ok := m.Line(at.Add(time.Second), 1500, 3000)
	// 500 bytes in a second, what lay there not counted; 1,500 are left.
	if !ok || !strings.Contains(line, "[============            ]  50 %") || !strings.Contains(line, Bytes(500)+"/s  3s left") {
		t.Errorf("%q", line)
	}
	if line, ok := m.Line(at.Add(1001*time.Millisecond), 3000, 3000); !ok || strings.Contains(line, "left") {
		t.Errorf("the last line is %q", line)
	}
	unknown := Meter{Name: "f"}
	unknown.Line(at, 0, 0)
	if line, _ := unknown.Line(at.Add(time.Second), 500, 0); line != "f  "+Bytes(500)+"  "+Bytes(500)+"/s" {
		t.Errorf("of unknown length: %q", line)
	}
}
