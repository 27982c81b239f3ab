package api

import (
	"context"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// readable refuses a body of a form that the route does not read. A body without a form is taken for JSON.
func (s *server) readable(ctx huma.Context, next func(huma.Context)) {
	given, body := ctx.Header("Content-Type"), ctx.Operation().RequestBody
	if given == "" || body == nil {
		next(ctx)
		return
	}
	if form, _, err := mime.ParseMediaType(given); err == nil && body.Content[form] != nil {
		next(ctx)
		return
	}
	s.refuse(ctx, newProblem(http.StatusUnsupportedMediaType, "unsupported-media-type", "send the body as application/json"))
}

// bound ends a request that takes too long, and bounds how long its body may take to come.
func (s *server) bound(ctx huma.Context, next func(huma.Context)) {
	r, ok := ctx.Operation().Metadata[routeKey].(*route)
	if !ok || r.stream {
		next(ctx)
		return
	}
	inner, cancel := context.WithTimeout(ctx.Context(), s.Limits.Timeout)
	defer cancel()
	next(huma.WithContext(ctx, inner))
}
