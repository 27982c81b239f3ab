package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"smartbox/cloud/directory"
)

// tokenPrefix begins every token, so that a secret scanner knows one when it sees it.
const tokenPrefix = "sbt_"

// caller is who a token belongs to.
type caller struct {
	actor  directory.Actor // with the scopes of the route
	scopes scopes
	secret string // to look again in long streams
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// admit lets a request in: known token, scope of the route, within the limits.
func (s *server) admit(ctx huma.Context, next func(huma.Context)) {
	r, ok := ctx.Operation().Metadata[routeKey].(*route)
	if !ok || r.scope == "" {
		next(ctx)
		return
	}
	c, p := s.authenticate(ctx)
	if p == nil && !c.scopes.has(r.scope) {
		p = newProblem(http.StatusForbidden, sortForbidden, "the token lacks the scope "+string(r.scope)+"; use one that has it")
	}
	if p == nil {
		if wait := s.calls.take(c.actor.Name(), s.Now()); wait > 0 {
			p = newProblem(http.StatusTooManyRequests, sortTooMany, "too many requests with this token; wait as Retry-After says").after(wait)
		}
	}
	if p != nil {
		s.refuse(ctx, p)
		return
	}
	c.actor.Scopes = needs()[r.scope]
	requestOf(ctx.Context()).who = c.actor.Name()
	next(huma.WithValue(ctx, callerKey{}, c))
}

// authenticate finds the token's owner. The directory looks a token up by its digest, so that the time it takes tells
// nothing about how much of a guess was right. Guesses are counted by address; a right token from there is let in all the
// same, for many may share an address with one who guesses.
func (s *server) authenticate(ctx huma.Context) (caller, *Problem) {
	secret, ok := bearer(ctx.Header("Authorization"))
	if !ok {
		return caller{}, unauthorized("send Authorization: Bearer and a token that begins with " + tokenPrefix)
	}
	a, err := s.dir.Authenticate(ctx.Context(), secret)
	switch {
	case errors.Is(err, directory.ErrNotFound):
		from := addressOf(s.ClientIP(requestOf(ctx.Context()).http))
		if wait := s.guess.take(from, s.Now()); wait > 0 {
			return caller{}, newProblem(http.StatusTooManyRequests, sortTooMany, "too many wrong tokens from this address; wait as Retry-After says").after(wait)
		}
		return caller{}, unauthorized("the token is wrong, revoked or expired; make a new one")
	case err != nil:
		p, known := problemOf(err)
		if !known {
			s.Log.Error().Err(err).Str("request", requestOf(ctx.Context()).id).Msg("authentication failed")
		}
		return caller{}, p
	}
	return caller{actor: a, scopes: scopesOf(a.Scopes), secret: secret}, nil
}

func bearer(header string) (string, bool) {
	scheme, secret, ok := strings.Cut(header, " ")
	secret = strings.TrimSpace(secret)
	return secret, ok && strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(secret, tokenPrefix) && len(secret) <= 200
}

func unauthorized(detail string) *Problem {
	p := newProblem(http.StatusUnauthorized, sortUnauthorized, detail)
	p.header.Set("WWW-Authenticate", `Bearer realm="smartbox"`)
	return p
}

// refuse answers before the handler.
func (s *server) refuse(ctx huma.Context, p *Problem) {
	p.Instance = instance(ctx.Context())
	_, w := humago.Unwrap(ctx)
	p.write(w)
}
