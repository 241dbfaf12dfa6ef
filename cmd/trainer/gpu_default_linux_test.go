//go:build cgo

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"noise2sparse/kernels/runner"
	"noise2sparse/selftest"
)

// TestGPUDefault: where neither --gpu nor --cpu is given, a GPU computes that has passed the selftest of this program,
// with these kernels and this driver, and is named; another is pointed to, and the processor computes.
func TestGPUDefault(t *testing.T) {
	needSlow(t)
	g := onRunner(t, "RUNNER_DEVICES=2", "RUNNER_MEMORY=1000000000,4000000000", "NOISE2SPARSE_CACHE="+t.TempDir())
	dir, err := buildRunner()
	if err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(filepath.Join(dir, filepath.Base(runner.Environment(dir)["NOISE2SPARSE_KERNELS"])))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(image)
	standIn := selftest.Stamp{Version: version, Kernels: hex.EncodeToString(sum[:]), GPU: "CPU runner of the kernels", UUID: strings.Repeat("0", 32), Driver: " for CUDA 13.0"}
	second := standIn
	second.UUID = second.UUID[:31] + "1"
	other := func(change func(*selftest.Stamp)) []selftest.Stamp {
		s := standIn
		change(&s)
		return []selftest.Stamp{s}
	}
	const here = "trainer.test doctor --selftest --gpu 0 checks it, --gpu 0 uses it"
	for _, c := range []struct {
		name   string
		stamps []selftest.Stamp
		more   []string
		gpu    bool
		says   string
	}{
		{"no stamp", nil, nil, false, here},
		{"another version", other(func(s *selftest.Stamp) { s.Version = "v0" }), nil, false, here},
		{"other kernels", other(func(s *selftest.Stamp) { s.Kernels = "0" + s.Kernels[1:] }), nil, false, here},
		{"a real GPU", other(func(s *selftest.Stamp) { s.GPU, s.UUID = "NVIDIA H200", "1"+s.UUID[1:] }), nil, false, here},
		{"another driver", other(func(s *selftest.Stamp) { s.Driver = "580.65.06 for CUDA 13.0" }), nil, false, here},
		{"the first has passed", []selftest.Stamp{standIn}, nil, true, "GPU 0, CPU runner of the kernels, computes"},
		{"both, the second has more memory", []selftest.Stamp{standIn, second}, nil, true, "GPU 1, CPU runner of the kernels, computes"},
		{"the processor is asked for", []selftest.Stamp{standIn}, []string{"--cpu"}, false, ""},
		{"and its cores", []selftest.Stamp{standIn}, []string{"--threads", "1"}, false, ""},
	} {
		cache := t.TempDir()
		t.Setenv("NOISE2SPARSE_CACHE", cache)
		for _, s := range c.stamps {
			if err := s.Keep(); err != nil {
				t.Fatal(err)
			}
		}
		at := *g
		at.env = append(g.env[:len(g.env):len(g.env)], "NOISE2SPARSE_CACHE="+cache)
		a := at.must(append(tiny(g.out(strings.ReplaceAll(c.name, " ", "-")), "--set", "batch_size=20"), c.more...)...)
		onGPU := strings.Contains(a.errOut, "device      CPU runner of the kernels")
		if onGPU != c.gpu || c.says == "" && strings.Contains(a.errOut, "GPU ") || !strings.Contains(a.errOut, c.says) {
			t.Errorf("%s: on a GPU: %v, want %v and %q:\n%s", c.name, onGPU, c.gpu, c.says, a.errOut)
		}
	}
}
