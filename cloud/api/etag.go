package api

import (
	"net/http"
	"strconv"
	"strings"

	"smartbox/cloud/directory"
)

// etag is a version as a header has it (RFC 9110, 8.8.3).
func etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

// ifMatch reads the version that a change is meant for; 0 = any. A list of versions matches where it has the present one.
func ifMatch(header string, present int64) (int64, error) {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return 0, nil
	}
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		text, err := strconv.Unquote(tag)
		n, err2 := strconv.ParseInt(text, 10, 64)
		if err != nil || err2 != nil || n < 1 || !strings.HasPrefix(tag, `"`) {
			p := newProblem(http.StatusBadRequest, sortBadRequest, "a header cannot be as given")
			p.Errors = []FieldError{{"header.If-Match", "is no ETag of this API", `send the ETag of the last answer, such as "3"`}}
			return 0, p
		}
		if n == present {
			return n, nil
		}
	}
	return 0, directory.ErrStale
}
