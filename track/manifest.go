package track

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// stateFormat is the version of state.json. A reader refuses later ones.
const stateFormat = 1

// Manifest is state.json of a checkpoint: what it is, what its files must be, and the loop's state.
type Manifest struct {
	Format   int                 `json:"format"`
	Step     uint64              `json:"step"`
	Epoch    int                 `json:"epoch"`
	Attempt  int                 `json:"attempt"`
	Time     time.Time           `json:"time"`
	Files    map[string]FileHash `json:"files"`
	Metrics  map[string]Float    `json:"metrics,omitempty"`
	Versions map[string]string   `json:"versions"`
	State    json.RawMessage     `json:"state"`
}

// FileHash says what a file of a checkpoint must be.
type FileHash struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // 64 lower-case hexadecimal digits
}

// encodeState returns the bytes of state.json. Its last field, sha256, is the hash of the document
// without that field: the same bytes less `,\n  "sha256": "<64 digits>"`.
func encodeState(s *Manifest) ([]byte, error) {
	s.Time = time.Now().UTC()
	doc, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, err
	}
	doc = append(doc, '\n')
	sum := sha256.Sum256(doc)
	head := bytes.TrimSuffix(doc, []byte(stateEnd))
	return append(head[:len(head):len(head)], stateTail(sum)...), nil
}

const stateEnd = "\n}\n"

func stateTail(sum [sha256.Size]byte) string {
	return fmt.Sprintf(",\n  \"sha256\": \"%s\"%s", hex.EncodeToString(sum[:]), stateEnd)
}

// decodeState reads state.json and fails where any byte of it is not as written.
func decodeState(b []byte) (*Manifest, error) {
	tail := len(stateTail([sha256.Size]byte{}))
	if len(b) < tail {
		return nil, fmt.Errorf("%s is cut off after %d bytes", stateName, len(b))
	}
	head := b[:len(b)-tail]
	sum := sha256.Sum256(append(head[:len(head):len(head)], stateEnd...))
	if want := stateTail(sum); string(b[len(head):]) != want {
		return nil, fmt.Errorf("%s does not match its own hash: it ends with %.80q, and its content has sha256 %x", stateName, b[len(head):], sum)
	}
	var s Manifest
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", stateName, err)
	}
	if s.Format != stateFormat {
		return nil, fmt.Errorf("%s has format %d and this program reads format %d; use the program that wrote it", stateName, s.Format, stateFormat)
	}
	return &s, nil
}
