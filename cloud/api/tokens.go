package api

import (
	"context"
	"net/http"

	"smartbox"
	"smartbox/cloud/directory"
)

// TokenFields are what a caller may write of a token.
type TokenFields struct {
	Name    string        `json:"name" minLength:"1" maxLength:"100"`
	Scopes  []Scope       `json:"scopes" nullable:"false" minItems:"1" uniqueItems:"true" doc:"What it may be used for; one that writes reads too."`
	Role    smartbox.Role `json:"role" doc:"What its owner could do at most; none above the caller's own."`
	Expires Time          `json:"expires_at,omitempty" doc:"Never if it is not there."`
}

// Token lets a program use the API.
type Token struct {
	ID directory.TokenID `json:"id"`
	TokenFields
	Member   smartbox.UserID `json:"member,omitempty" doc:"On whose behalf; the organization's own if it is not there."`
	LastUsed Time            `json:"last_used_at,omitempty"`
	Head
}

// TokenMade is a new token, with what is shown once.
type TokenMade struct {
	Token
	Secret string `json:"token" doc:"To be sent as Authorization: Bearer. It is shown here and never again." example:"sbt_…"`
}

func tokenView(t *directory.Token) Token {
	return Token{
		ID: t.ID, TokenFields: TokenFields{Name: t.Name, Scopes: scopeWords(t.Scopes), Role: t.Role, Expires: Time(t.Expires)},
		Member: t.Member, LastUsed: Time(t.LastUsed), Head: headOf(t.Meta),
	}
}

type tokenIn struct {
	Body TokenFields
}

func (s *server) tokens() {
	handle(s, route{
		method: http.MethodGet, path: "/v1/tokens", id: "list-tokens", summary: "List tokens", tag: "Tokens", scope: Tokens,
	}, func(ctx context.Context, a directory.Actor, in *namedList) (*pageOut[Token], error) {
		p, err := s.dir.Tokens.List(ctx, a, in.base())
		if err != nil {
			return nil, err
		}
		return pageOf(p, tokenView), nil
	})
	handle(s, route{
		method: http.MethodGet, path: "/v1/tokens/{id}", id: "get-token", summary: "Read a token", tag: "Tokens", scope: Tokens,
		text: "Without its secret.",
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*struct{ Body Token }, error) {
		id, err := idOf[directory.Token](in.ID)
		if err != nil {
			return nil, err
		}
		t, err := s.dir.Tokens.Get(ctx, a, id)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Token }{tokenView(&t)}, nil
	})
	handle(s, route{
		method: http.MethodPost, path: "/v1/tokens", id: "create-token", summary: "Make a token", tag: "Tokens", scope: Tokens,
		status: http.StatusCreated, text: "It cannot do what the token that makes it cannot.",
	}, func(ctx context.Context, a directory.Actor, in *tokenIn) (*struct{ Body TokenMade }, error) {
		t := directory.Token{
			Name: in.Body.Name, Role: in.Body.Role, Expires: smartbox.Stamp(in.Body.Expires),
		}
		if t.Role > a.Role {
			return nil, newProblem(http.StatusForbidden, sortForbidden, "the role is above that of the token that asks; choose a lower one")
		}
		own := callerOf(ctx)
		for _, sc := range in.Body.Scopes {
			if !own.scopes.has(sc) {
				return nil, newProblem(http.StatusForbidden, sortForbidden, "the token that asks lacks the scope "+string(sc)+"; use one that has it")
			}
			t.Scopes = append(t.Scopes, stored(sc)...)
		}
		a.Scopes = own.scopes.all()
		made, secret, err := s.dir.MakeToken(ctx, a, t)
		if err != nil {
			return nil, err
		}
		return &struct{ Body TokenMade }{TokenMade{Token: tokenView(&made), Secret: secret}}, nil
	})
	handle(s, route{
		method: http.MethodDelete, path: "/v1/tokens/{id}", id: "revoke-token", summary: "Revoke a token", tag: "Tokens", scope: Tokens,
		status: http.StatusNoContent,
	}, func(ctx context.Context, a directory.Actor, in *ThingPath) (*empty, error) {
		id, err := idOf[directory.Token](in.ID)
		if err != nil {
			return nil, err
		}
		return nil, s.dir.Tokens.Delete(ctx, a, id, 0)
	})
}
