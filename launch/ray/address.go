package ray

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"noise2sparse/internal/problem"
)

const wantAddress = "give the dashboard's, such as http://127.0.0.1:8265"

// address reads where the Jobs API is: the flag, else $RAY_API_SERVER_ADDRESS, else $RAY_ADDRESS as
// far as that is an address over HTTP; Ray's own tools read the same. The default is the port that
// `ray start --head` opens on this machine.
func address(flag string) (*url.URL, error) {
	from, text := "--ray-address", flag
	if text == "" {
		from, text = "$RAY_API_SERVER_ADDRESS", os.Getenv("RAY_API_SERVER_ADDRESS")
	}
	if e := os.Getenv("RAY_ADDRESS"); text == "" && strings.HasPrefix(e, "http") {
		from, text = "$RAY_ADDRESS", e
	}
	if text == "" {
		text = "http://127.0.0.1:8265"
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, badAddress(from, "can't be read as a URL; "+wantAddress) // the text may hold a password
	case u.Scheme == "ray":
		return nil, badAddress(from, fmt.Sprintf("is %s, the address of Ray's own protocol; %s", u.Redacted(), wantAddress))
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, badAddress(from, fmt.Sprintf("is %s; %s", u.Redacted(), wantAddress))
	case u.RawQuery != "" || u.Fragment != "":
		return nil, badAddress(from, "has a query or a fragment (? or #); "+wantAddress)
	}
	return u, nil
}

func badAddress(from, text string) error {
	return &problem.Error{Problems: []problem.Problem{{Path: from, Text: text}}}
}

// headers are those of every request: $RAY_JOB_HEADERS, a JSON object, and the token where there is one.
func headers() (http.Header, error) {
	h := http.Header{}
	if text := os.Getenv("RAY_JOB_HEADERS"); text != "" {
		var m map[string]string
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return nil, badAddress("$RAY_JOB_HEADERS", `is no JSON object of texts, such as {"name": "value"}`)
		}
		for k, v := range m {
			h.Set(k, v)
		}
	}
	t, err := token()
	if t != "" && h.Get("Authorization") == "" {
		h.Set("Authorization", "Bearer "+t)
	}
	return h, err
}

// token is the cluster's token, found as Ray finds it: $RAY_AUTH_TOKEN, the file that
// $RAY_AUTH_TOKEN_PATH names, ~/.ray/auth_token; "" where there is none or $RAY_AUTH_MODE is disabled.
// https://docs.ray.io/en/latest/ray-security/token-auth.html
func token() (string, error) {
	if strings.EqualFold(os.Getenv("RAY_AUTH_MODE"), "disabled") {
		return "", nil
	}
	if t := strings.TrimSpace(os.Getenv("RAY_AUTH_TOKEN")); t != "" {
		return t, nil
	}
	if path := os.Getenv("RAY_AUTH_TOKEN_PATH"); path != "" {
		b, err := os.ReadFile(path)
		if err == nil && len(strings.TrimSpace(string(b))) == 0 {
			err = errors.New("the file is empty")
		}
		if err != nil {
			return "", badAddress("$RAY_AUTH_TOKEN_PATH", fmt.Sprintf("the token can't be read: %v", err))
		}
		return strings.TrimSpace(string(b)), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", nil
	}
	b, err := os.ReadFile(filepath.Join(home, ".ray", "auth_token"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(b)), err
}
