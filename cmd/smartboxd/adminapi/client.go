package adminapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
)

// Client speaks with a daemon over its socket. It is safe for concurrent use; Close lets go of idle connections.
type Client struct {
	socket string
	http   *http.Client
}

// Dial makes a client. Nothing is connected before the first request.
func Dial(socket string) *Client {
	var d net.Dialer
	return &Client{socket: socket, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return d.DialContext(ctx, "unix", socket)
		},
	}}}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status is how the box fares.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.call(ctx, http.MethodGet, "/v1/status", nil, &s)
}

// Events calls f with each event from the sequence number on, and, where follow is set, with those to come until ctx
// ends. An error of f ends it.
func (c *Client) Events(ctx context.Context, from uint64, follow bool, f func(Event) error) error {
	q := url.Values{"from": {strconv.FormatUint(from, 10)}, "follow": {strconv.FormatBool(follow)}}
	resp, err := c.do(ctx, http.MethodGet, "/v1/events?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	for d := json.NewDecoder(resp.Body); ; {
		var e Event
		switch err := d.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("the box stopped in the middle of its events: ask again from the last one seen (%w)", err)
		}
		if err := f(e); err != nil {
			return err
		}
	}
}

// Why explains one event.
func (c *Client) Why(ctx context.Context, seq uint64) (w Why, err error) {
	return w, c.call(ctx, http.MethodGet, fmt.Sprintf("/v1/events/%d/why", seq), nil, &w)
}

// Apply puts a signed snapshot file in force.
func (c *Client) Apply(ctx context.Context, file []byte) (a Applied, err error) {
	return a, c.call(ctx, http.MethodPost, "/v1/snapshot", file, &a)
}

// Maintenance turns maintenance on or off.
func (c *Client) Maintenance(ctx context.Context, on bool) error {
	body, err := json.Marshal(Switch{On: on})
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, "/v1/maintenance", body, &Done{})
}

// OpenSlot opens a slot by its number; in maintenance only.
func (c *Client) OpenSlot(ctx context.Context, number uint16) error {
	return c.call(ctx, http.MethodPost, fmt.Sprintf("/v1/slots/%d/open", number), nil, &Done{})
}

// Verify checks the whole journal.
func (c *Client) Verify(ctx context.Context) (v Verified, err error) {
	return v, c.call(ctx, http.MethodGet, "/v1/journal/verify", nil, &v)
}

// Export writes the whole journal to w, one event a line.
func (c *Client) Export(ctx context.Context, w io.Writer) error {
	resp, err := c.do(ctx, http.MethodGet, "/v1/journal/export", nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

func (c *Client) call(ctx context.Context, method, path string, body []byte, into any) error {
	resp, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("the box's answer cannot be read: are tool and daemon of one version? (%w)", err)
	}
	return nil
}

// do gives the answer where it is a good one, and an *Error otherwise.
func (c *Client) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://box"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	var f Failure
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&f); err != nil || f.Error == nil {
		return nil, &Error{Status: resp.StatusCode, Code: CodeInternal, Message: "the box answered " + resp.Status}
	}
	f.Error.Status = resp.StatusCode
	return nil, f.Error
}

func (c *Client) unreachable(err error) error {
	mend := ""
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		mend = "start smartboxd, or name its socket with --socket"
	case errors.Is(err, fs.ErrPermission):
		mend = "run this as root, or as a member of the group that owns the socket"
	}
	return &Error{Code: CodeUnavailable, Message: fmt.Sprintf("no box daemon answers at %s (%v)", c.socket, rootOf(err)), Mend: mend}
}

// rootOf is the innermost error: what the kernel said.
func rootOf(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
