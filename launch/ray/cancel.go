package ray

import (
	"context"
	"errors"
	"sync"
	"time"

	"noise2sparse/launch"
)

// Cancel has Ray stop jobs, which save a checkpoint within launch.ray.stop_seconds.
func (r *Ray) Cancel(ctx context.Context, jobs []launch.Submission) error {
	names := map[string]bool{}
	for _, s := range jobs {
		names[s.Job] = true
	}
	return r.stop(ctx, func(j *job) bool { return names[j.name] })
}

// CancelNow has Ray stop all jobs, as far as it answers within two seconds. They save checkpoints
// without anyone waiting for that.
func (r *Ray) CancelNow() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = r.stop(ctx, func(*job) bool { return true })
}

// stop stops the jobs that which chooses, some at a time.
func (r *Ray) stop(ctx context.Context, which func(*job) bool) error {
	var ids []string
	r.mu.Lock()
	for id, j := range r.jobs {
		if which(j) {
			j.stopped = true
			ids = append(ids, id)
		}
	}
	r.pause = pauseMin
	r.mu.Unlock()
	errs := make([]error, len(ids))
	some := make(chan struct{}, 8)
	var all sync.WaitGroup
	for i, id := range ids {
		some <- struct{}{}
		all.Go(func() {
			errs[i] = r.client.stop(ctx, id)
			<-some
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
