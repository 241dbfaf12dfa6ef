//go:build cgo && linux

package cuda

import (
	"errors"
	"fmt"

	"noise2sparse/compute"
	"noise2sparse/gpu"
)

// also is an error that is one of compute's too. Its words stay the driver's.
type also struct {
	error
	kind error
}

// Unwrap gives both.
func (a also) Unwrap() []error { return []error{a.error, a.kind} }

// classify says of an error of the driver or of a library which of compute's errors it is, where it is one, so
// that who started the run knows whether to try again, and in which process.
func classify(err error) error {
	var e *gpu.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, c := range []struct {
		is   bool
		kind error
	}{{e.OutOfMemory(), compute.ErrOutOfMemory}, {e.Sticky(), compute.ErrDeviceLost}, {e.Unavailable(), compute.ErrUnavailable}} {
		if c.is && !errors.Is(err, c.kind) {
			err = also{err, c.kind}
		}
	}
	return err
}

// isOutOfMemory tells whether too little memory was the reason.
func isOutOfMemory(err error) bool {
	var e *gpu.Error
	return errors.As(err, &e) && e.OutOfMemory()
}

// noRoom says of too little memory what was needed (0: the driver alone knows) beside what the run has, and what
// was free.
func noRoom(x *gpu.Context, needed, has int64, err error) error {
	said := ""
	if needed > 0 {
		said = fmt.Sprintf("%d MiB were needed beside the %d MiB that this run has, but ", needed>>20, has>>20)
	} else if has > 0 {
		said = fmt.Sprintf("more was needed than the %d MiB that this run has, but ", has>>20)
	}
	free, total, ferr := x.FreeMemory()
	if ferr != nil {
		return fmt.Errorf("%show much is free can't be told: %w", said, classify(err))
	}
	return fmt.Errorf("%s%d of %d MiB are free; take a smaller batch_size or network, fewer runs at once, or another --gpu: %w",
		said, free>>20, total>>20, classify(err))
}
