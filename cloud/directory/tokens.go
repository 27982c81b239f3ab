package directory

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"smartbox"
)

// tokenPrefix makes a token recognisable to those who scan for leaked secrets.
const tokenPrefix = "sbt_"

// secretBytes of a token's secret: with 256 bits a plain SHA-256 is as good as a slow digest.
const secretBytes = 32

// heed is how much later a token's use has to be to be written down again.
const heed = smartbox.Stamp(60_000)

// fineScopes are parts of the scopes above, which the API tells apart by its routes; it gives an actor the scopes above
// for what she asks.
func fineScopes() []Scope {
	return []Scope{"members:read", "members:write", "keys:read", "keys:write", "boxes:read", "boxes:write", "events:read"}
}

func scopes() []Scope {
	return append(fineScopes(), ScopeRead, ScopeMembers, ScopeKeys, ScopeBoxes, ScopeCommands, ScopeTokens)
}

func (c *change) checkToken(t *Token) error {
	if err := checkName(kindToken, "name", t.Name, true); err != nil {
		return err
	}
	if len(t.Scopes) == 0 {
		return invalid(kindToken, "scopes", "are missing", "name at least one")
	}
	known := map[Scope]bool{}
	for _, s := range scopes() {
		known[s] = true
	}
	for _, s := range t.Scopes {
		if !known[s] {
			return invalid(kindToken, "scopes", "hold one that there is not", "use read, members, keys, boxes, commands or tokens")
		}
		if c.actor.Scopes != nil && !slices.Contains(c.actor.Scopes, s) {
			return &ForbiddenError{Need: "the scope " + string(s) + ": a token gives no more than it has"}
		}
	}
	if t.Role > smartbox.RoleAdministrator || (!c.actor.System && t.Role > c.actor.Role) {
		return &ForbiddenError{Need: "the role that the token is to have"}
	}
	if t.Expires != 0 && t.Expires <= c.now {
		return invalid(kindToken, "expires", "is past", "let it end later, or leave it out")
	}
	return nil
}

// MakeToken makes an API token. The secret is shown once.
func (s *Service) MakeToken(ctx context.Context, a Actor, t Token) (made Token, secret string, err error) {
	if err := a.need(ManageTokens); err != nil {
		return Token{}, "", err
	}
	err = s.change(ctx, a, func(c *change) error {
		raw := make([]byte, secretBytes)
		_, _ = rand.Read(raw) // never fails (crypto/rand)
		secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
		made = t
		made.ID, made.Digest, made.LastUsed, made.Member = 0, tokenDigest(secret), 0, a.Member
		return create(ctx, c, tokenKind(), &made)
	})
	if err != nil {
		return Token{}, "", err
	}
	return made, secret, nil
}

func tokenDigest(secret string) []byte {
	d := sha256.Sum256([]byte(secret))
	return d[:]
}

// Authenticate finds who a token's secret belongs to; ErrNotFound for a wrong, revoked or expired one. A token that was
// made by a member is worth nothing once she may not use the system, and never more than her role.
func (s *Service) Authenticate(ctx context.Context, secret string) (a Actor, err error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return a, notFound(kindToken, TokenID(0))
	}
	var t Token
	err = s.o.Repo.View(ctx, func(tx Tx) error {
		list, err := tx.Tokens().Find(ctx, Query{Where: []Cond{Eq(FieldDigest, tokenDigest(secret))}})
		if err != nil {
			return err
		}
		if len(list) == 0 || (list[0].Expires != 0 && list[0].Expires <= s.now()) {
			return notFound(kindToken, TokenID(0))
		}
		t = list[0]
		a = Actor{Org: t.Org, Member: t.Member, Token: t.ID, Role: t.Role, Scopes: t.Scopes}
		if t.Member == 0 {
			return nil
		}
		m, err := tx.Members().Get(ctx, uint64(t.Member))
		if err != nil || m.Status != smartbox.StatusValidated {
			return notFound(kindToken, TokenID(0))
		}
		a.Role = min(a.Role, m.Role)
		return nil
	})
	if err != nil {
		return Actor{}, err
	}
	if s.now() < t.LastUsed+heed {
		return a, nil
	}
	return a, s.o.Repo.Update(ctx, t.Org, func(tx Tx) error {
		t, err := tx.Tokens().Get(ctx, uint64(t.ID))
		if err != nil {
			return err
		}
		t.LastUsed = s.now()
		return tx.Tokens().Update(ctx, &t)
	})
}
