package ray

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// request is the body of a submission.
type request struct {
	Entrypoint string             `json:"entrypoint"` // for /bin/sh
	ID         string             `json:"submission_id"`
	CPUs       float64            `json:"entrypoint_num_cpus"`
	GPUs       float64            `json:"entrypoint_num_gpus,omitempty"`
	Memory     int64              `json:"entrypoint_memory,omitempty"` // bytes
	Resources  map[string]float64 `json:"entrypoint_resources,omitempty"`
	RuntimeEnv runtimeEnv         `json:"runtime_env"`
	Metadata   map[string]string  `json:"metadata"`
}

type runtimeEnv struct {
	Vars map[string]string `json:"env_vars"`
}

// details are what Ray says of a job.
type details struct {
	ID        string `json:"submission_id"`
	Status    string `json:"status"` // PENDING, RUNNING, STOPPED, SUCCEEDED, FAILED
	Message   string `json:"message"`
	ErrorType string `json:"error_type"`
	ExitCode  *int   `json:"driver_exit_code"`
}

func (d *details) over() bool {
	return d.Status == "STOPPED" || d.Status == "SUCCEEDED" || d.Status == "FAILED"
}

// errExists is the answer to a submission whose id the cluster knows.
var errExists = errors.New("a job of this id exists already")

func (c *client) version(ctx context.Context) (string, error) {
	var v struct {
		Ray string `json:"ray_version"`
	}
	err := c.call(ctx, http.MethodGet, []string{"version"}, nil, &v)
	if err == nil && v.Ray == "" {
		err = c.at(errors.New("its answer names no version of Ray; is this the dashboard's address?"))
	}
	return v.Ray, err
}

func (c *client) submit(ctx context.Context, r request) error {
	err := c.call(ctx, http.MethodPost, []string{"jobs/"}, r, nil)
	var s *statusError
	if errors.As(err, &s) && strings.Contains(s.said, "already exists") {
		return errExists
	}
	return err
}

// get asks for one job; nil: the cluster does not know it.
func (c *client) get(ctx context.Context, id string) (*details, error) {
	var d details
	err := c.call(ctx, http.MethodGet, []string{"jobs", id}, nil, &d)
	var s *statusError
	if errors.As(err, &s) && s.code == http.StatusNotFound {
		return nil, nil
	}
	return &d, err
}

// list asks for all jobs that the cluster knows, by id.
func (c *client) list(ctx context.Context) (map[string]details, error) {
	var all []details
	if err := c.call(ctx, http.MethodGet, []string{"jobs/"}, nil, &all); err != nil {
		return nil, err
	}
	out := map[string]details{}
	for _, d := range all {
		if d.ID != "" { // those without were not submitted
			out[d.ID] = d
		}
	}
	return out, nil
}

// logs is all that a job has printed so far.
func (c *client) logs(ctx context.Context, id string) (string, error) {
	var l struct {
		Logs string `json:"logs"`
	}
	err := c.call(ctx, http.MethodGet, []string{"jobs", id, "logs"}, nil, &l)
	return l.Logs, err
}

// stop has Ray send SIGTERM to a job, and SIGKILL later. One that is over, or unknown, is no error.
func (c *client) stop(ctx context.Context, id string) error {
	err := c.call(ctx, http.MethodPost, []string{"jobs", id, "stop"}, nil, nil)
	var s *statusError
	if errors.As(err, &s) && s.code == http.StatusNotFound {
		return nil
	}
	return err
}
