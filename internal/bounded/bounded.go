// Package bounded reads declared amounts of bytes without believing the declaration: memory
// grows only as bytes really arrive.
package bounded

import (
	"errors"
	"fmt"
	"io"
)

// chunk is what is allocated on the strength of a declaration alone.
const chunk = 1 << 20

// MaxDeflate is the largest expansion of which DEFLATE is capable (1032:1, RFC 1951: 258 bytes
// from 2 bits), so a larger declared size is a lie.
const MaxDeflate = 1032

// Read reads exactly n bytes. Where available is at least n (the size of the file behind r is
// known to suffice) it allocates them at once, otherwise in doubling steps as they arrive. Fewer
// bytes than n are an error that says how many there were.
func Read(r io.Reader, n, available int64) ([]byte, error) {
	if n < 0 {
		return nil, fmt.Errorf("negative size %d", n)
	}
	size := n
	if available < n {
		size = min(n, chunk)
	}
	buf := make([]byte, size)
	var got int64
	for {
		k, err := io.ReadFull(r, buf[got:])
		got += int64(k)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		if got < int64(len(buf)) {
			return nil, fmt.Errorf("truncated: %d of %d bytes are there", got, n)
		}
		if got == n {
			return buf, nil
		}
		grown := make([]byte, min(n, 2*got))
		copy(grown, buf)
		buf = grown
	}
}
