package golden_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/compute"
	"noise2sparse/golden"
)

func openCPU() (compute.Backend, error) { return compute.Open("cpu", compute.Options{}) }

// A recorded number that differs from what the network computes is a failure that names it.
func TestVerifyFindsADifference(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join("testdata", "golden", "ffn_no_biases")
	target := filepath.Join(dir, "changed")
	if err := os.CopyFS(target, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(target, "case.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	loss := c["loss"].([]any)
	loss[7] = loss[7].(float64) * 1.00002
	changed, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, changed, 0o666); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	tally, err := golden.Verify(dir, openCPU, &out)
	if err != nil {
		t.Fatal(err)
	}
	if tally != (golden.Tally{Failed: 1}) || !strings.Contains(out.String(), "loss: step 8") {
		t.Errorf("got %+v and\n%s", tally, &out)
	}
}

func TestVerifyWithoutCases(t *testing.T) {
	if _, err := golden.Verify(t.TempDir(), openCPU, &bytes.Buffer{}); err == nil {
		t.Error("an empty folder passes")
	}
}
