package together

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// rest speaks to the API as a program of somebody else would: JSON and a token.
type rest struct {
	t     testing.TB
	base  func() string
	token string
	http  *http.Client
}

// body is a JSON object.
type body = map[string]any

// do sends a request, wants the status, and gives the answer.
func (r *rest) do(want int, method, path string, in any) body {
	r.t.Helper()
	status, out, err := r.try(method, path, in)
	if err != nil || status != want {
		r.t.Fatalf("%s %s: %d %v %v, want %d", method, path, status, out, err, want)
	}
	return out
}

// try sends a request.
func (r *rest) try(method, path string, in any) (status int, out body, err error) {
	var b io.Reader
	if in != nil {
		j, err := json.Marshal(in)
		if err != nil {
			return 0, nil, err
		}
		b = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base()+path, b)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := r.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, err
	}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			return res.StatusCode, nil, fmt.Errorf("%w in %.200q", err, text)
		}
	}
	return res.StatusCode, out, nil
}
