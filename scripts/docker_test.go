package scripts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// read is a file of the repository's root, or below it.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What docker-cleanroot can carry out is all that Dockerfile.cuda asks for: its instructions, files that are
// there and that .dockerignore leaves, and plain paths in .dockerignore. The script itself takes minutes.
func TestDockerfileIsWhatTheCleanRootKnows(t *testing.T) {
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^    ([A-Z]+)\) `).FindAllStringSubmatch(read(t, "scripts/docker-cleanroot"), -1) {
		known[m[1]] = true
	}
	var ignored []string
	for line := range strings.Lines(read(t, ".dockerignore")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.ContainsAny(line, "*?[!\\") || strings.HasPrefix(line, "/") || strings.HasSuffix(line, "/") {
			t.Errorf(".dockerignore: %s is no plain path", line)
		}
		ignored = append(ignored, line)
	}
	text := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(read(t, "Dockerfile.cuda"), "")
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if !known[words[0]] {
			t.Errorf("Dockerfile.cuda: scripts/docker-cleanroot does not know %s", words[0])
		}
		if words[0] != "COPY" || strings.HasPrefix(words[1], "--from=") {
			continue
		}
		for _, source := range words[1 : len(words)-1] {
			if _, err := os.Stat(filepath.Join("..", source)); err != nil {
				t.Error(err)
			}
			for _, out := range ignored {
				if source == out || strings.HasPrefix(source, out+"/") {
					t.Errorf("Dockerfile.cuda copies %s, which .dockerignore leaves out", source)
				}
			}
		}
	}
}
